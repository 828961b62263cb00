/** Remembers samples that had to be dropped before they could be journaled, until a loss record can say so.
 *  report, journal worker → [loss accumulator] → loss record in the chain */
import {
  BATCH_LIMITS,
  type BlockHeader,
  type LossReason,
  type LossRecord,
  type SampleColumns,
} from "@nonreturn/wire-format";

interface Tally {
  sampleCount: number;
  firstTimestamp: number;
  lastTimestamp: number;
  firstSequence: number;
  lastSequence: number;
  readonly tagIds: Set<number>;
  readonly omitted: Set<number>;
}

/** One open tally per reason; memory is bounded by the tags, not by what is lost. */
export class LossAccumulator {
  readonly #tallies = new Map<LossReason, Tally>();

  get isEmpty(): boolean {
    return this.#tallies.size === 0;
  }

  addColumns(reason: LossReason, columns: SampleColumns): void {
    if (columns.count === 0) return;
    const tally = this.#tallyOf(reason);
    let first = Number.POSITIVE_INFINITY;
    let last = 0;
    for (let row = 0; row < columns.count; row++) {
      const time = columns.timestamps[row]!;
      if (time < first) first = time;
      if (time > last) last = time;
      addTag(tally, columns.tagIds[row]!);
    }
    addSamples(tally, columns.count, first, last);
  }

  /** A whole block that was journaled, but never sent. */
  addBlock(reason: LossReason, sequence: number, columns: SampleColumns): void {
    addSequences(this.#tallyOf(reason), sequence, sequence);
    this.addColumns(reason, columns);
  }

  /** A block that cannot be opened any more: its tags stay unnamed. */
  addHeader(reason: LossReason, header: BlockHeader): void {
    const { sequence, sampleCount, firstTimestamp, lastTimestamp } = header;
    if (sampleCount === 0) return;
    const tally = this.#tallyOf(reason);
    addSequences(tally, sequence, sequence);
    addSamples(tally, sampleCount, firstTimestamp, lastTimestamp);
  }

  /** What another accumulator handed out; ranges and tags are united. */
  addRecord(record: LossRecord): void {
    const tally = this.#tallyOf(record.reason);
    addSamples(tally, record.sampleCount, record.firstTimestamp, record.lastTimestamp);
    if (record.firstSequence > 0) addSequences(tally, record.firstSequence, record.lastSequence);
    for (const tagId of record.tagIds) addTag(tally, tagId);
  }

  /** Hand out one record per reason and start anew. A tally of blocks without samples has the time range 0 … 0. */
  take(): LossRecord[] {
    const records: LossRecord[] = [];
    for (const [reason, tally] of this.#tallies) {
      const hasSamples = tally.sampleCount > 0;
      records.push({
        reason,
        sampleCount: tally.sampleCount,
        firstTimestamp: hasSamples ? tally.firstTimestamp : 0,
        lastTimestamp: hasSamples ? tally.lastTimestamp : 0,
        tagIds: [...tally.tagIds].sort((a, b) => a - b),
        tagsOmitted: tally.omitted.size,
        firstSequence: tally.firstSequence,
        lastSequence: tally.lastSequence,
      });
    }
    this.#tallies.clear();
    return records;
  }

  #tallyOf(reason: LossReason): Tally {
    let tally = this.#tallies.get(reason);
    if (tally === undefined) {
      tally = {
        sampleCount: 0,
        firstTimestamp: Number.POSITIVE_INFINITY,
        lastTimestamp: Number.NEGATIVE_INFINITY,
        firstSequence: 0,
        lastSequence: 0,
        tagIds: new Set(),
        omitted: new Set(),
      };
      this.#tallies.set(reason, tally);
    }
    return tally;
  }
}

function addSamples(tally: Tally, count: number, firstTimestamp: number, lastTimestamp: number): void {
  if (count === 0) return; // then its times mean nothing
  tally.sampleCount += count;
  tally.firstTimestamp = Math.min(tally.firstTimestamp, firstTimestamp);
  tally.lastTimestamp = Math.max(tally.lastTimestamp, lastTimestamp);
}

function addSequences(tally: Tally, first: number, last: number): void {
  tally.firstSequence = tally.firstSequence === 0 ? first : Math.min(tally.firstSequence, first);
  tally.lastSequence = Math.max(tally.lastSequence, last);
}

function addTag(tally: Tally, tagId: number): void {
  if (tally.tagIds.has(tagId)) return;
  if (tally.tagIds.size < BATCH_LIMITS.lossTags) tally.tagIds.add(tagId);
  else tally.omitted.add(tagId);
}
