/** Lets a sample through when it says something new: report by exception.
 *  tag → [report by exception] → sample columns → batch */
import {
  type Sample,
  type SampleColumns,
  SampleColumnsBuilder,
  sampleAt,
  TagRows,
  type Value,
  ValueKind,
  valueAt,
} from "@nonreturn/wire-format";
import { differs } from "./deadband.ts";
import { grown, ValueColumn } from "./value-column.ts";

export interface ReportedTag {
  readonly tagId: number;
  /** In engineering units. */
  readonly deadband: number;
  /** 0: an unchanged value is never repeated. */
  readonly maximumSilenceMs: number;
}

/** A tag after a change of the configuration. */
export interface CarriedTag extends ReportedTag {
  /** What is kept of it if it was there before. read: its value is current, and is reported anew, whether it changes or not. */
  readonly carried: "all" | "read" | "nothing";
}

/** When a sample was taken, for the maximum silence. */
export interface ReportInstant {
  readonly nowMs: number; // monotonic
  /** When the tag will be looked at next, at the earliest: a value is repeated now if then, perhaps a little late, would be too late. */
  readonly nextLookMs: number; // from now
}

/** A part of the current values, for value refresh. */
export interface CurrentValues {
  readonly samples: SampleColumns;
  /** Where the next part begins; undefined after the last. */
  readonly next: number | undefined;
}

/** What was reported and read last, of all tags of the station. One thread. About 75 bytes per tag, long values beside. */
export class ReportByException {
  readonly #rows: TagRows;
  #tagIds: Uint32Array;
  #deadbands: Float64Array;
  #maximumSilenceMs: Float64Array;
  #reportedAtMs: Float64Array;
  readonly #reported: ValueColumn;
  readonly #read: ValueColumn;
  #samplesRead = 0;
  #samplesReported = 0;

  /** @throws RangeError if a tag id is there twice. */
  constructor(tags: readonly ReportedTag[]) {
    this.#rows = rowsOf(tags);
    this.#tagIds = Uint32Array.from(tags, ({ tagId }) => tagId);
    this.#deadbands = Float64Array.from(tags, ({ deadband }) => deadband);
    this.#maximumSilenceMs = Float64Array.from(tags, ({ maximumSilenceMs }) => maximumSilenceMs);
    this.#reportedAtMs = new Float64Array(tags.length);
    this.#reported = new ValueColumn(tags.length);
    this.#read = new ValueColumn(tags.length);
  }

  /** A tag with other settings from now on, or a new one; `carried` says what is kept of what was read and reported. */
  put({ tagId, deadband, maximumSilenceMs, carried }: CarriedTag): void {
    const known = this.#rows.rowOf(tagId);
    const row = known < 0 ? this.#rows.add(tagId) : known;
    if (row >= this.#tagIds.length) this.reserve(Math.ceil((row + 1) * 1.25));
    this.#tagIds[row] = tagId;
    this.#deadbands[row] = deadband;
    this.#maximumSilenceMs[row] = maximumSilenceMs;
    if (carried === "nothing") this.#read.clear(row);
    if (carried !== "all") this.#reported.clear(row);
  }

  /** Nothing of it is kept. Its samples must not be offered any more. */
  remove(tagId: number): void {
    const row = this.#rows.remove(tagId);
    if (row < 0) return;
    this.#read.clear(row);
    this.#reported.clear(row);
  }

  /** Room for so many tags, so that putting them copies nothing. */
  reserve(tags: number): void {
    if (tags <= this.#tagIds.length) return;
    this.#tagIds = grown(this.#tagIds, new Uint32Array(tags));
    this.#deadbands = grown(this.#deadbands, new Float64Array(tags));
    this.#maximumSilenceMs = grown(this.#maximumSilenceMs, new Float64Array(tags));
    this.#reportedAtMs = grown(this.#reportedAtMs, new Float64Array(tags));
    this.#reported.grow(tags);
    this.#read.grow(tags);
  }

  /** Of all tags, in no order. They may be removed meanwhile. */
  *tagIds(): Generator<number> {
    for (let row = 0; row < this.#tagIds.length; row++) {
      const tagId = this.#tagIds[row]!;
      if (this.#rows.rowOf(tagId) === row) yield tagId;
    }
  }

  /** The sample of a tag as it was read last; undefined if it never was, or there is no such tag. */
  lastRead(tagId: number): Sample | undefined {
    const row = this.#rows.rowOf(tagId);
    return row < 0 || this.#read.isEmpty(row) ? undefined : this.#sampleOf(row);
  }

  /** Samples that drivers read, good or bad. */
  get samplesRead(): number {
    return this.#samplesRead;
  }

  /** Samples that went on to the journal. */
  get samplesReported(): number {
    return this.#samplesReported;
  }

  /**
   * A sample as read. Reported if it is the tag's first, its status changed, its value changed beyond the deadband of the one reported
   * last (so that a slow drift is seen), or the tag was silent for its maximum.
   *
   * @throws RangeError for an unknown tag: a driver answered for what it was not asked.
   */
  offer(sample: Sample, instant: ReportInstant, into: SampleColumnsBuilder): void {
    this.#samplesRead++;
    this.#consider(sample, instant, into);
  }

  /** The same of a row of columns: the fast path, without an object for a number, a boolean or a missing value. */
  offerRow(columns: SampleColumns, at: number, instant: ReportInstant, into: SampleColumnsBuilder): void {
    if (columns.kinds[at]! > ValueKind.number) {
      this.offer(sampleAt(columns, at), instant, into);
      return;
    }
    this.#samplesRead++;
    const row = this.#row(columns.tagIds[at]!);
    this.#read.setPlain(row, columns, at);
    const isNew =
      !this.#reported.isSamePlain(row, columns, at) &&
      (this.#deadbands[row] === 0 || this.#isNew(row, columns.statusCodes[at]!, valueAt(columns, at)));
    if (!isNew && !this.#isSilent(row, instant)) return;
    this.#reported.setPlain(row, columns, at);
    this.#reportedAtMs[row] = instant.nowMs;
    this.#samplesReported++;
    into.pushRow(columns, at);
  }

  /** A Bad sample made by the station itself, because nothing could be read. Not counted as read. */
  offerUnread(sample: Sample, instant: ReportInstant, into: SampleColumnsBuilder): void {
    this.#consider(sample, instant, into);
  }

  /** Repeat, as they are, the last read samples of tags that were silent too long: for drivers that deliver only changes. */
  repeatSilent(tagIds: readonly number[], instant: ReportInstant, into: SampleColumnsBuilder): void {
    for (const tagId of tagIds) {
      const row = this.#row(tagId);
      if (!this.#read.isEmpty(row) && (this.#reported.isEmpty(row) || this.#isSilent(row, instant)))
        this.#report(row, this.#sampleOf(row), instant, into);
    }
  }

  /**
   * The last read sample of each tag that has one, `limit` of them from row `from` on.
   *
   * @param from  0, then the previous part's `next`.
   */
  currentValues(from: number, limit: number): CurrentValues {
    const end = this.#tagIds.length;
    const builder = new SampleColumnsBuilder(Math.max(1, Math.min(limit, end - from)));
    let row = from; // rows of tags that are gone cost a look
    for (; row < end && builder.count < limit; row++)
      if (!this.#read.isEmpty(row)) builder.pushSample(this.#sampleOf(row));
    return { samples: builder.take(), next: row < end ? row : undefined };
  }

  #consider(sample: Sample, instant: ReportInstant, into: SampleColumnsBuilder): void {
    const row = this.#row(sample.tagId);
    this.#read.set(row, sample);
    if (this.#isNew(row, sample.statusCode, sample.value) || this.#isSilent(row, instant))
      this.#report(row, sample, instant, into);
  }

  #isNew(row: number, statusCode: number, value: Value | null): boolean {
    return (
      this.#reported.isEmpty(row) ||
      this.#reported.statusCode(row) !== statusCode ||
      differs(this.#reported.value(row), value, this.#deadbands[row]!)
    );
  }

  #isSilent(row: number, { nowMs, nextLookMs }: ReportInstant): boolean {
    const maximum = this.#maximumSilenceMs[row]!;
    return maximum > 0 && nowMs - this.#reportedAtMs[row]! + nextLookMs >= maximum;
  }

  #report(row: number, sample: Sample, { nowMs }: ReportInstant, into: SampleColumnsBuilder): void {
    this.#reported.set(row, sample);
    this.#reportedAtMs[row] = nowMs;
    this.#samplesReported++;
    into.pushSample(sample);
  }

  #sampleOf(row: number): Sample {
    return {
      tagId: this.#tagIds[row]!,
      value: this.#read.value(row),
      statusCode: this.#read.statusCode(row),
      sourceTimestamp: this.#read.timestamp(row),
    };
  }

  #row(tagId: number): number {
    const row = this.#rows.rowOf(tagId);
    if (row < 0) throw new RangeError(`no tag ${tagId}`);
    return row;
  }
}

function rowsOf(tags: readonly ReportedTag[]): TagRows {
  const rows = new TagRows();
  for (const { tagId } of tags) rows.add(tagId);
  if (rows.count !== tags.length) throw new RangeError("a tag id is there twice");
  return rows;
}
