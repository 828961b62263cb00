/** Puts closed batches and alarm events into the journal, and what cannot be journaled into loss records. Goes on by itself after a full disk.
 *  batcher → [recorder] → journal → link */
import { type Clock, isDiskFull } from "@nonreturn/station/thread";
import { type LossRecord, type SampleColumns, WireError } from "@nonreturn/wire-format";
import type { AlarmChange } from "../alarm/alarm-settings.ts";
import { eventBatches } from "../batch/event-batches.ts";
import type { AppendableBatch, Journal, JournaledBlock } from "./journal.ts";
import { LossAccumulator } from "./loss-accumulator.ts";

/** Closed batches kept while the journal cannot be written; the rest becomes a loss record. At 8,192 samples each about 20 MB. */
export const MAXIMUM_WAITING = 64;
/** While writing fails it is tried so often. */
const RETRY_MS = 1000;
/** Batches per commit: bounds how long a commit takes, and what a failed one has to try again. */
const BATCHES_PER_COMMIT = 16;
const EVENTS_PER_COMMIT = 4096;

export interface RecorderEvents {
  /** Committed: may go to the link. */
  onBlocks(blocks: readonly JournaledBlock[]): void;
  /** These samples are accounted for: committed, or given to the loss accumulator. */
  onSettled(samples: number): void;
  /** So many alarm events are. */
  onEventsSettled(events: number): void;
  /** Why nothing can be written; "" once it works again. Not repeated while it stays the same. */
  onAlarm(reason: string): void;
}

export interface RecorderCounters {
  samples: number;
  samplesLost: number;
  events: number;
  eventsLost: number;
  lossRecords: number;
  failures: number;
  longestCommitMs: number;
}

/** Accepts always, never throws: what is wrong with the disk is an alarm, not an exception. */
export class Recorder {
  readonly counters: RecorderCounters = {
    samples: 0,
    samplesLost: 0,
    events: 0,
    eventsLost: 0,
    lossRecords: 0,
    failures: 0,
    longestCommitMs: 0,
  };
  readonly #journal: Journal;
  readonly #clock: Clock;
  readonly #events: RecorderEvents;
  readonly #waiting: SampleColumns[] = [];
  /** Bounded by main: it posts further ones when these are settled. */
  #changes: AlarmChange[] = [];
  readonly #losses = new LossAccumulator();
  #alarm = "";
  #cancelRetry: (() => void) | undefined;

  constructor(journal: Journal, clock: Clock, events: RecorderEvents) {
    this.#journal = journal;
    this.#clock = clock;
    this.#events = events;
  }

  get waiting(): number {
    return this.#waiting.length;
  }

  /** Samples of the batches that wait. */
  get waitingSamples(): number {
    return this.#waiting.reduce((sum, { count }) => sum + count, 0);
  }

  get waitingEvents(): number {
    return this.#changes.length;
  }

  get isEmpty(): boolean {
    return this.#waiting.length === 0 && this.#changes.length === 0 && this.#losses.isEmpty;
  }

  accept(samples: SampleColumns): void {
    this.#waiting.push(samples);
    if (this.#waiting.length > MAXIMUM_WAITING) this.#lose(this.#waiting.shift()!, "disk-full");
    if (this.#alarm === "") this.flush();
  }

  acceptEvents(events: readonly AlarmChange[]): void {
    this.#changes.push(...events);
    if (this.#alarm === "") this.flush();
  }

  acceptLosses(records: readonly LossRecord[]): void {
    for (const record of records) {
      this.counters.samplesLost += record.sampleCount;
      this.counters.eventsLost += record.eventCount;
      this.#losses.addRecord(record);
    }
    if (this.#alarm === "") this.flush();
  }

  /** Commit everything that waits. Stops at the first failure and tries again in a second. */
  flush(): void {
    while (!this.isEmpty) {
      const columns = this.#waiting.slice(0, BATCHES_PER_COMMIT);
      const events = this.#changes.slice(0, EVENTS_PER_COMMIT);
      const records = this.#losses.take();
      if (!this.#commit(columns, events, records)) {
        for (const record of records) this.#losses.addRecord(record);
        return;
      }
    }
  }

  close(): void {
    this.#cancelRetry?.();
  }

  #commit(columns: readonly SampleColumns[], events: readonly AlarmChange[], records: readonly LossRecord[]): boolean {
    const { directoryRevision } = this.#journal;
    const batches: AppendableBatch[] = columns.map((samples) => ({ kind: "data", directoryRevision, samples }));
    // Losses before events: what was lost is older, and has the lower numbers.
    if (records.length > 0) batches.push({ kind: "loss", records });
    for (const part of eventBatches(events)) batches.push({ kind: "events", directoryRevision, events: part });
    const startedMs = this.#clock.monotonicMs();
    try {
      const blocks = this.#journal.append(batches);
      this.#noteSuccess(this.#clock.monotonicMs() - startedMs, records.length);
      this.#waiting.splice(0, columns.length);
      this.#changes = this.#changes.slice(events.length);
      const samples = columns.reduce((sum, { count }) => sum + count, 0);
      this.counters.samples += samples;
      this.counters.events += events.length;
      this.#events.onBlocks(blocks);
      this.#events.onSettled(samples);
      if (events.length > 0) this.#events.onEventsSettled(events.length);
      return true;
    } catch (error) {
      this.counters.failures++;
      if (error instanceof WireError || error instanceof RangeError) return this.#dropUnsealable(columns, events);
      this.#raise(isDiskFull(error) ? "the disk is full" : error instanceof Error ? error.message : String(error));
      return false;
    }
  }

  /** A batch that does not fit the format never will: find it alone, and name it as lost. Should not happen; must not stop the station. */
  #dropUnsealable(columns: readonly SampleColumns[], events: readonly AlarmChange[]): boolean {
    const { directoryRevision } = this.#journal;
    const [samples] = columns;
    const [event] = events;
    if (samples !== undefined) {
      const isSealed = this.#appendAlone({ kind: "data", directoryRevision, samples });
      if (isSealed === "not now") return false;
      this.#waiting.shift();
      if (isSealed === "never") this.#lose(samples, "append-failed");
      else {
        this.counters.samples += samples.count;
        this.#events.onSettled(samples.count);
      }
      return true;
    }
    if (event === undefined) return false;
    const isSealed = this.#appendAlone({ kind: "events", directoryRevision, events: [event] });
    if (isSealed === "not now") return false;
    this.#changes = this.#changes.slice(1);
    if (isSealed === "sealed") this.counters.events++;
    else {
      this.counters.eventsLost++;
      this.#losses.addEvents("append-failed", [event]);
    }
    this.#events.onEventsSettled(1);
    return true;
  }

  #appendAlone(batch: AppendableBatch): "sealed" | "never" | "not now" {
    try {
      this.#events.onBlocks(this.#journal.append([batch]));
      return "sealed";
    } catch (error) {
      if (error instanceof WireError || error instanceof RangeError) return "never";
      this.#raise(error instanceof Error ? error.message : String(error));
      return "not now";
    }
  }

  #lose(samples: SampleColumns, reason: "disk-full" | "append-failed"): void {
    this.counters.samplesLost += samples.count;
    this.#losses.addColumns(reason, samples);
    this.#events.onSettled(samples.count);
  }

  #noteSuccess(tookMs: number, records: number): void {
    this.counters.longestCommitMs = Math.max(this.counters.longestCommitMs, tookMs);
    this.counters.lossRecords += records;
    if (this.#alarm === "") return;
    this.#alarm = "";
    this.#events.onAlarm("");
  }

  #raise(reason: string): void {
    if (this.#alarm !== reason) this.#events.onAlarm(reason);
    this.#alarm = reason;
    this.#cancelRetry?.();
    this.#cancelRetry = this.#clock.after(RETRY_MS, () => this.flush());
  }
}
