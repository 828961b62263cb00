/** Puts closed batches into the journal, and what cannot be journaled into loss records. Goes on by itself after a full disk.
 *  batcher → [recorder] → journal → link */
import { type Clock, isDiskFull } from "@nonreturn/station/thread";
import { type Batch, type LossRecord, type SampleColumns, WireError } from "@nonreturn/wire-format";
import type { Journal, JournaledBlock } from "./journal.ts";
import { LossAccumulator } from "./loss-accumulator.ts";

/** Closed batches kept while the journal cannot be written; the rest becomes a loss record. At 8,192 samples each about 20 MB. */
export const MAXIMUM_WAITING = 64;
/** While writing fails it is tried so often. */
const RETRY_MS = 1000;
/** Batches per commit: bounds how long a commit takes, and what a failed one has to try again. */
const BATCHES_PER_COMMIT = 16;

export interface RecorderEvents {
  /** Committed: may go to the link. */
  onBlocks(blocks: readonly JournaledBlock[]): void;
  /** These samples are accounted for: committed, or given to the loss accumulator. */
  onSettled(samples: number): void;
  /** Why nothing can be written; "" once it works again. Not repeated while it stays the same. */
  onAlarm(reason: string): void;
}

export interface RecorderCounters {
  samples: number;
  samplesLost: number;
  lossRecords: number;
  failures: number;
  longestCommitMs: number;
}

/** Accepts always, never throws: what is wrong with the disk is an alarm, not an exception. */
export class Recorder {
  readonly counters: RecorderCounters = {
    samples: 0,
    samplesLost: 0,
    lossRecords: 0,
    failures: 0,
    longestCommitMs: 0,
  };
  readonly #journal: Journal;
  readonly #clock: Clock;
  readonly #events: RecorderEvents;
  readonly #waiting: SampleColumns[] = [];
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

  get isEmpty(): boolean {
    return this.#waiting.length === 0 && this.#losses.isEmpty;
  }

  accept(samples: SampleColumns): void {
    this.#waiting.push(samples);
    if (this.#waiting.length > MAXIMUM_WAITING) this.#lose(this.#waiting.shift()!, "disk-full");
    if (this.#alarm === "") this.flush();
  }

  acceptLosses(records: readonly LossRecord[]): void {
    for (const record of records) {
      this.counters.samplesLost += record.sampleCount;
      this.#losses.addRecord(record);
    }
    if (this.#alarm === "") this.flush();
  }

  /** Commit everything that waits. Stops at the first failure and tries again in a second. */
  flush(): void {
    while (!this.isEmpty) {
      const columns = this.#waiting.slice(0, BATCHES_PER_COMMIT);
      const records = this.#losses.take();
      if (!this.#commit(columns, records)) {
        for (const record of records) this.#losses.addRecord(record);
        return;
      }
    }
  }

  close(): void {
    this.#cancelRetry?.();
  }

  #commit(columns: readonly SampleColumns[], records: readonly LossRecord[]): boolean {
    const batches: Batch[] = columns.map((samples) => ({
      kind: "data",
      directoryRevision: this.#journal.directoryRevision,
      samples,
    }));
    if (records.length > 0) batches.push({ kind: "loss", records });
    const startedMs = this.#clock.monotonicMs();
    try {
      const blocks = this.#journal.append(batches);
      this.#noteSuccess(this.#clock.monotonicMs() - startedMs, records.length);
      this.#waiting.splice(0, columns.length);
      const samples = columns.reduce((sum, { count }) => sum + count, 0);
      this.counters.samples += samples;
      this.#events.onBlocks(blocks);
      this.#events.onSettled(samples);
      return true;
    } catch (error) {
      this.counters.failures++;
      if (error instanceof WireError || error instanceof RangeError) return this.#dropUnsealable(columns);
      this.#raise(isDiskFull(error) ? "the disk is full" : error instanceof Error ? error.message : String(error));
      return false;
    }
  }

  /** A batch that does not fit the format never will: find it alone, and name it as lost. Should not happen; must not stop the station. */
  #dropUnsealable(columns: readonly SampleColumns[]): boolean {
    if (columns.length === 0) return false;
    const [first] = this.#waiting;
    try {
      const blocks = this.#journal.append([
        { kind: "data", directoryRevision: this.#journal.directoryRevision, samples: first! },
      ]);
      this.#waiting.shift();
      this.counters.samples += first!.count;
      this.#events.onBlocks(blocks);
      this.#events.onSettled(first!.count);
    } catch (error) {
      if (!(error instanceof WireError || error instanceof RangeError)) {
        this.#raise(error instanceof Error ? error.message : String(error));
        return false;
      }
      this.#lose(this.#waiting.shift()!, "append-failed");
    }
    return true;
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
