/** Collects reported samples and decides when a batch is complete.
 *  report → [batcher] → journal → egress */
import type { Cancel, Clock } from "@nonreturn/station/thread";
import { type SampleColumns, SampleColumnsBuilder } from "@nonreturn/wire-format";
import { estimateBytes, rowsOf } from "./sample-rows.ts";

export interface BatcherSettings {
  /** No sample waits longer than this for its batch to close. */
  readonly maxAgeMs: number;
  /** After the scan that opened a batch is complete, wait this long for others to join. */
  readonly lingerMs: number;
  readonly maxSamples: number;
  /** Estimated bytes of the batch before compression. */
  readonly maxBytes: number;
}

/** One scan's contribution. */
export interface ScanPart {
  readonly channel: string;
  /** True with the last part of a scan. */
  readonly complete: boolean;
}

/**
 * A batch closes when the scan that opened it is complete and `lingerMs` has passed, when it is full, or when it is `maxAgeMs` old;
 * whichever comes first. While the listener commits, further columns queue in the port and join the next batch: commits group
 * themselves under load, and an idle plant's batch leaves at once.
 */
export class Batcher {
  readonly #settings: BatcherSettings;
  readonly #clock: Clock;
  readonly #onBatch: (samples: SampleColumns) => void;
  readonly #builder = new SampleColumnsBuilder();
  #bytes = 0;
  #opener: string | undefined;
  #openedAt = 0;
  #closesAt = Number.POSITIVE_INFINITY;
  #cancel: Cancel | undefined;

  /** @param onBatch  takes ownership of the samples; must not throw. */
  constructor(settings: BatcherSettings, clock: Clock, onBatch: (samples: SampleColumns) => void) {
    this.#settings = settings;
    this.#clock = clock;
    this.#onBatch = onBatch;
  }

  /** Samples waiting. */
  get count(): number {
    return this.#builder.count;
  }

  /** Every row ends up in exactly one batch, in the order of acceptance. Columns too large for one batch are split. */
  accept(columns: SampleColumns, scan: ScanPart): void {
    const { maxSamples, maxBytes } = this.#settings;
    let row = 0;
    while (row < columns.count) {
      const room = maxSamples - this.#builder.count;
      const take = rowsOf(columns, row, room, maxBytes - this.#bytes);
      if (take.count === 0 && this.#builder.count > 0) {
        this.close();
        continue;
      }
      if (this.#builder.count === 0) this.#open(scan.channel);
      // A row larger than a whole batch travels alone.
      const part = take.count > 0 ? take : rowsOf(columns, row, 1, Number.POSITIVE_INFINITY);
      this.#builder.append(part);
      this.#bytes += estimateBytes(part);
      row += part.count;
      if (this.#builder.count >= maxSamples || this.#bytes >= maxBytes) this.close();
    }
    if (scan.complete && scan.channel === this.#opener && this.#builder.count > 0) {
      this.#closeAt(Math.max(this.#clock.monotonicMs(), this.#openedAt + this.#settings.lingerMs));
    }
  }

  /** Hand out what is waiting, now. */
  close(): void {
    this.#cancel?.();
    this.#cancel = undefined;
    this.#closesAt = Number.POSITIVE_INFINITY;
    this.#opener = undefined;
    this.#bytes = 0;
    if (this.#builder.count > 0) this.#onBatch(this.#builder.take());
  }

  #open(channel: string): void {
    this.#opener = channel;
    this.#openedAt = this.#clock.monotonicMs();
    this.#closeAt(this.#openedAt + this.#settings.maxAgeMs);
  }

  #closeAt(atMs: number): void {
    if (atMs >= this.#closesAt) return;
    this.#closesAt = atMs;
    this.#cancel?.();
    this.#cancel = this.#clock.after(Math.max(0, atMs - this.#clock.monotonicMs()), () => this.close());
  }
}
