/** Remembers samples and alarm events that had to be dropped before they could be journaled, until a loss record can say so.
 *  report, journal worker → [loss accumulator] → loss record in the chain */
import {
  type AlarmEvent,
  BATCH_LIMITS,
  BatchKind,
  type BlockHeader,
  type LossReason,
  type LossRecord,
  type SampleColumns,
} from "@nonreturn/wire-format";

interface Tally {
  sampleCount: number;
  eventCount: number;
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
    tally.sampleCount += columns.count;
    addTimes(tally, first, last);
  }

  addEvents(reason: LossReason, events: readonly Pick<AlarmEvent, "tagId" | "time">[]): void {
    if (events.length === 0) return;
    const tally = this.#tallyOf(reason);
    tally.eventCount += events.length;
    for (const { tagId, time } of events) {
      addTimes(tally, time, time);
      addTag(tally, tagId);
    }
  }

  /** A whole block that was journaled, but never sent. */
  addBlock(reason: LossReason, sequence: number, columns: SampleColumns): void {
    addSequences(this.#tallyOf(reason), sequence, sequence);
    this.addColumns(reason, columns);
  }

  /** The same of alarm events. */
  addEventBlock(reason: LossReason, sequence: number, events: readonly AlarmEvent[]): void {
    addSequences(this.#tallyOf(reason), sequence, sequence);
    this.addEvents(reason, events);
  }

  /** A block that cannot be opened any more: its tags stay unnamed. */
  addHeader(reason: LossReason, header: BlockHeader): void {
    const { batchKind, sequence, sampleCount, firstTimestamp, lastTimestamp } = header;
    if (sampleCount === 0) return;
    const tally = this.#tallyOf(reason);
    addSequences(tally, sequence, sequence);
    addTimes(tally, firstTimestamp, lastTimestamp);
    if (batchKind === BatchKind.events) tally.eventCount += sampleCount;
    else tally.sampleCount += sampleCount;
  }

  /** What another accumulator handed out; ranges and tags are united. */
  addRecord(record: LossRecord): void {
    const tally = this.#tallyOf(record.reason);
    tally.sampleCount += record.sampleCount;
    tally.eventCount += record.eventCount;
    // Without samples and events its times mean nothing.
    if (record.sampleCount + record.eventCount > 0) addTimes(tally, record.firstTimestamp, record.lastTimestamp);
    if (record.firstSequence > 0) addSequences(tally, record.firstSequence, record.lastSequence);
    for (const tagId of record.tagIds) addTag(tally, tagId);
  }

  /** Hand out one record per reason and start anew. A tally of blocks without samples or events has the time range 0 … 0. */
  take(): LossRecord[] {
    const records: LossRecord[] = [];
    for (const [reason, tally] of this.#tallies) {
      const hasTimes = tally.sampleCount + tally.eventCount > 0;
      records.push({
        reason,
        sampleCount: tally.sampleCount,
        firstTimestamp: hasTimes ? tally.firstTimestamp : 0,
        lastTimestamp: hasTimes ? tally.lastTimestamp : 0,
        tagIds: [...tally.tagIds].sort((a, b) => a - b),
        tagsOmitted: tally.omitted.size,
        firstSequence: tally.firstSequence,
        lastSequence: tally.lastSequence,
        eventCount: tally.eventCount,
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
        eventCount: 0,
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

function addTimes(tally: Tally, firstTimestamp: number, lastTimestamp: number): void {
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
