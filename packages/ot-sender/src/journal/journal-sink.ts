/** Main's end of the way to the journal: bounded, and never losing anything silently.
 *  report → [journal sink] → journal thread */
import type { Port } from "@nonreturn/station";
import { type SampleColumns, transferListOf } from "@nonreturn/wire-format";
import type { ReportSink } from "../report/report-sink.ts";
import type { FromJournal, ToJournal } from "./journal-port.ts";
import { LossAccumulator } from "./loss-accumulator.ts";

/**
 * Posts columns to the journal thread while it keeps up. Beyond `maximumInFlight` samples they are dropped into a loss record, which is
 * posted as soon as there is room: the plant is read on, and the IT side learns what is missing.
 */
export class JournalSink implements ReportSink {
  readonly #port: Port<ToJournal, FromJournal>;
  readonly #maximumInFlight: number;
  readonly #losses = new LossAccumulator();
  #inFlight = 0;
  #dropped = 0;

  constructor(port: Port<ToJournal, FromJournal>, maximumInFlight: number) {
    this.#port = port;
    this.#maximumInFlight = maximumInFlight;
  }

  /** Samples posted and not settled yet. */
  get inFlight(): number {
    return this.#inFlight;
  }

  /** Samples that went into loss records. */
  get dropped(): number {
    return this.#dropped;
  }

  accept(columns: SampleColumns, scan: { readonly channel: string; readonly complete: boolean }): void {
    if (this.#inFlight + columns.count > this.#maximumInFlight && this.#inFlight > 0) {
      this.#losses.addColumns("journal-slow", columns);
      this.#dropped += columns.count;
      return;
    }
    this.#postLosses(); // in order: what was dropped came before these
    this.#inFlight += columns.count;
    const { channel, complete } = scan;
    this.#port.post({ type: "columns", columns, channel, complete }, transferListOf(columns));
  }

  /** The journal thread accounted for so many. */
  settled(samples: number): void {
    this.#inFlight -= samples;
    if (this.#inFlight < this.#maximumInFlight / 2) this.#postLosses();
  }

  /** Post what is known to be lost without waiting for room: before a drain, so that nothing stays unnamed. */
  flush(): void {
    this.#postLosses();
  }

  #postLosses(): void {
    if (!this.#losses.isEmpty) this.#port.post({ type: "loss", records: this.#losses.take() });
  }
}
