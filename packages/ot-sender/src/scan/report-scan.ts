/** Takes the samples of a scan through tag and report, and hands on what is left.
 *  polling channel, subscription → [report scan] → tag → report by exception → report sink */
import type { Clock } from "@nonreturn/station";
import { type Sample, type SampleColumns, SampleColumnsBuilder } from "@nonreturn/wire-format";
import type { ReportByException } from "../report/report-by-exception.ts";
import type { ReportSink } from "../report/report-sink.ts";
import type { ApplyTag } from "../tag/apply-tag.ts";

/** One per channel. */
export class ReportScan {
  readonly #channel: string;
  readonly #report: ReportByException;
  readonly #sink: ReportSink;
  readonly #clock: Clock;
  /** Tags that change samples; the others are not in it. */
  readonly #applyTag: ReadonlyMap<number, ApplyTag>;
  readonly #builder = new SampleColumnsBuilder();

  constructor(
    channel: string,
    report: ReportByException,
    sink: ReportSink,
    clock: Clock,
    applyTag: ReadonlyMap<number, ApplyTag>,
  ) {
    this.#channel = channel;
    this.#report = report;
    this.#sink = sink;
    this.#clock = clock;
    this.#applyTag = applyTag;
  }

  /** Samples of one complete scan. @param nextLookMs  when these tags will be read next. */
  read(samples: readonly Sample[], nextLookMs: number): void {
    const instant = { nowMs: this.#clock.monotonicMs(), nextLookMs };
    for (const sample of samples) {
      const applyTag = this.#applyTag.get(sample.tagId);
      this.#report.offer(applyTag === undefined ? sample : applyTag(sample), instant, this.#builder);
    }
    this.#handOn();
  }

  /** Nothing could be read: the tags are Bad as of now. */
  unread(tagIds: readonly number[], statusCode: number, nextLookMs: number): void {
    const instant = { nowMs: this.#clock.monotonicMs(), nextLookMs };
    const sourceTimestamp = this.#clock.nowUtcMicros();
    for (const tagId of tagIds)
      this.#report.offerUnread({ tagId, value: null, statusCode, sourceTimestamp }, instant, this.#builder);
    this.#handOn();
  }

  /** For drivers that deliver only changes. */
  repeatSilent(tagIds: readonly number[], nextLookMs: number): void {
    this.#report.repeatSilent(tagIds, { nowMs: this.#clock.monotonicMs(), nextLookMs }, this.#builder);
    this.#handOn();
  }

  #handOn(): void {
    if (this.#builder.count === 0) return;
    const columns: SampleColumns = this.#builder.take();
    this.#sink.accept(columns, { channel: this.#channel, complete: true });
  }
}
