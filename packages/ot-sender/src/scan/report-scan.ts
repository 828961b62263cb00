/** Takes the samples of a scan through tag, alarms and report, and hands on what is left.
 *  polling channel, subscription → [report scan] → tag → alarms, report by exception → event outbox, report sink */
import type { Clock } from "@nonreturn/station";
import { qualityOf, type Sample, type SampleColumns, SampleColumnsBuilder, sampleAt } from "@nonreturn/wire-format";
import type { Alarms } from "../alarm/alarms.ts";
import type { ReportByException, ReportInstant } from "../report/report-by-exception.ts";
import type { ReportSink } from "../report/report-sink.ts";
import type { ApplyTag } from "../tag/apply-tag.ts";
import type { Calculations } from "../tag/calculations.ts";

/** One per channel. */
export class ReportScan {
  readonly #channel: string;
  readonly #report: ReportByException;
  /** Of the whole station. */
  readonly #calculations: Calculations;
  readonly #alarms: Alarms;
  readonly #handOnAlarms: () => void;
  readonly #sink: ReportSink;
  readonly #clock: Clock;
  /** Tags that change samples; the others are not in it. */
  readonly #applyTag: ReadonlyMap<number, ApplyTag>;
  readonly #builder = new SampleColumnsBuilder();

  constructor(
    channel: string,
    station: {
      readonly report: ReportByException;
      readonly calculations: Calculations;
      readonly alarms: Alarms;
      readonly handOnAlarms: () => void;
      readonly sink: ReportSink;
    },
    clock: Clock,
    applyTag: ReadonlyMap<number, ApplyTag>,
  ) {
    this.#channel = channel;
    this.#report = station.report;
    this.#calculations = station.calculations;
    this.#alarms = station.alarms;
    this.#handOnAlarms = station.handOnAlarms;
    this.#sink = station.sink;
    this.#clock = clock;
    this.#applyTag = applyTag;
  }

  /** One complete scan. Rows that nothing but the report looks at never become samples. @param nextLookMs  when these tags will be read next. */
  read(columns: SampleColumns, nextLookMs: number): void {
    const instant = { nowMs: this.#clock.monotonicMs(), nextLookMs };
    for (let row = 0; row < columns.count; row++) {
      const tagId = columns.tagIds[row]!;
      if (this.#isLookedAt(tagId)) this.#offer(sampleAt(columns, row), instant);
      else this.#report.offerRow(columns, row, instant, this.#builder);
    }
    this.#calculate(instant);
    this.#handOn();
  }

  /** What a device delivered by itself. */
  delivered(samples: readonly Sample[], nextLookMs: number): void {
    const instant = { nowMs: this.#clock.monotonicMs(), nextLookMs };
    for (const sample of samples) this.#offer(sample, instant);
    this.#calculate(instant);
    this.#handOn();
  }

  /** Nothing could be read: the tags are Bad as of now. */
  unread(tagIds: readonly number[], statusCode: number, nextLookMs: number): void {
    const instant = { nowMs: this.#clock.monotonicMs(), nextLookMs };
    const sourceTimestamp = this.#clock.nowUtcMicros();
    for (const tagId of tagIds) {
      const sample = { tagId, value: null, statusCode, sourceTimestamp };
      this.#report.offerUnread(sample, instant, this.#builder);
      this.#calculations.note(sample);
      this.#alarms.note(sample, instant.nowMs);
    }
    this.#calculate(instant);
    this.#handOn();
  }

  /** For drivers that deliver only changes. */
  repeatSilent(tagIds: readonly number[], nextLookMs: number): void {
    const instant = { nowMs: this.#clock.monotonicMs(), nextLookMs };
    this.#report.repeatSilent(tagIds, instant, this.#builder);
    for (const tagId of tagIds) this.#calculations.again(tagId);
    this.#calculate(instant);
    this.#handOn();
  }

  /** What a change of the configuration made due. A Bad result is as of now: the time of an input that is gone says nothing. */
  recalculate(nextLookMs: number): void {
    const now = this.#clock.nowUtcMicros();
    this.#calculate({ nowMs: this.#clock.monotonicMs(), nextLookMs }, (result) =>
      qualityOf(result.statusCode) === "bad" ? { ...result, sourceTimestamp: now } : result,
    );
    this.#handOn();
  }

  /** Whether the tag is scaled, goes into a calculation or has alarms. What nobody configured is not looked up for every row. */
  #isLookedAt(tagId: number): boolean {
    return (
      (this.#applyTag.size > 0 && this.#applyTag.has(tagId)) ||
      (this.#calculations.configured > 0 && this.#calculations.uses(tagId)) ||
      (this.#alarms.configured > 0 && this.#alarms.watches(tagId))
    );
  }

  #offer(sample: Sample, instant: ReportInstant): void {
    const applied = this.#applyTag.get(sample.tagId)?.(sample) ?? sample;
    this.#report.offer(applied, instant, this.#builder);
    this.#calculations.note(applied);
    this.#alarms.note(applied, instant.nowMs); // whether it is reported or not
  }

  /** Results are not counted as read. */
  #calculate(instant: ReportInstant, adapt: (result: Sample) => Sample = (result) => result): void {
    for (const calculated of this.#calculations.results()) {
      const result = adapt(calculated);
      this.#report.offerUnread(result, instant, this.#builder);
      this.#alarms.note(result, instant.nowMs);
    }
  }

  #handOn(): void {
    if (this.#builder.count > 0) {
      const columns: SampleColumns = this.#builder.take();
      this.#sink.accept(columns, { channel: this.#channel, complete: true });
    }
    this.#handOnAlarms();
  }
}
