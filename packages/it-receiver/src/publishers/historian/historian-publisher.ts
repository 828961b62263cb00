/** The historian: every sample in one SQLite file, effectively once, because the cursor moves in the same transaction.
 *  runner → [historian] → historian.db → SQL, read history */
import { type Cancel, type Clock, type Database, explainDatabaseError, type Log } from "@nonreturn/station/thread";
import { WireError } from "@nonreturn/wire-format";
import { isoMicros } from "../iso-micros.ts";
import type { ProgressKeeper, ProgressStep } from "../progress.ts";
import { type Publisher, refusedEntry, type StoredEntry } from "../publisher.ts";
import { SqliteProgress } from "../sqlite-progress.ts";
import { Compaction, type CompactionSettings } from "./compaction.ts";
import { EventTable } from "./event-table.ts";
import { PendingUnits } from "./pending-units.ts";
import type { Removed } from "./removals.ts";
import { Retention, type RetentionSettings } from "./retention.ts";
import { RollUp } from "./roll-up.ts";
import { openHistorian } from "./schema.ts";
import { encodeSegment } from "./segment.ts";
import { TagTable } from "./tag-table.ts";

export interface HistorianSettings {
  readonly path: string;
  readonly publisher: string;
  readonly keep: RetentionSettings;
  readonly compaction: CompactionSettings;
  readonly clock: Clock;
  readonly log: Log;
}

/** 131,072 samples (more with many tags) or a minute: a query decodes all segments first. */
export const COMPACTION: CompactionSettings = { beginSamples: 131_072, beginAfterMs: 60_000, roundSamples: 1_048_576 };

/** A slice of compaction. The pause after it is as long, so half of the thread's time is left, unless too much is waiting. */
const SLICE_MS = 6;
const LOOK_EVERY_MS = 1000;
const RETENTION_EVERY_MS = 60_000;
const SAY_EVERY_MS = 60_000;
/** Samples waiting in segments beyond which publish compacts before it writes more: 10 % more of them cost 5 slices per call. */
const MOST_WAITING_SAMPLES = 2_097_152;
const SLICES_PER_EXCESS = 50;

interface Open {
  readonly database: Database;
  readonly progress: SqliteProgress;
  readonly tags: TagTable;
  readonly events: EventTable;
  readonly compaction: Compaction;
  readonly pending: PendingUnits;
  readonly rollUp: RollUp;
  readonly retention: Retention;
  readonly insert: (lane: string, first: number, last: number, samples: number, body: Uint8Array) => void;
  cancelLook: Cancel;
  cancelSlice: Cancel | undefined;
  retainedAtMs: number;
  saidAtMs: number;
  unsaid: number;
}

/** Publishing is synchronous and never waits for compaction, unless that has fallen far behind. */
export class HistorianPublisher implements Publisher {
  readonly events = "wanted";
  readonly #settings: HistorianSettings;
  #open: Open | undefined;
  #lastProgress: ProgressKeeper | undefined;

  constructor(settings: HistorianSettings) {
    this.#settings = settings;
  }

  get progress(): ProgressKeeper | undefined {
    return this.#lastProgress;
  }

  get unitsWaiting(): number | undefined {
    return this.#open?.pending.count;
  }

  async connect(): Promise<void> {
    if (this.#open !== undefined) return;
    const { path, publisher, clock } = this.#settings;
    const database = openHistorian(path);
    try {
      const tags = new TagTable(database);
      const statement = database.prepare(
        "INSERT INTO segment (lane, first_timestamp, last_timestamp, samples, body) VALUES (?, ?, ?, ?, ?)",
      );
      const progress = new SqliteProgress(database, publisher);
      const pending = new PendingUnits(database);
      const rollUp = new RollUp(database, pending, clock);
      const events = new EventTable(database, tags);
      this.#open = {
        database,
        progress,
        tags,
        events,
        pending,
        compaction: new Compaction(database, tags, { pending, rollUp }, clock, this.#settings.compaction),
        rollUp,
        retention: new Retention(database, this.#settings.keep, { events, pending, rollUp }),
        insert: (...row) => void statement.run(...row),
        cancelLook: clock.every(LOOK_EVERY_MS, () => this.#look()),
        cancelSlice: undefined,
        retainedAtMs: clock.monotonicMs(),
        saidAtMs: Number.NEGATIVE_INFINITY,
        unsaid: 0,
      };
      this.#lastProgress = progress;
    } catch (error) {
      database.close();
      throw explainDatabaseError(error, path);
    }
  }

  async publish(entries: readonly StoredEntry[], _signal: AbortSignal, step: ProgressStep): Promise<void> {
    const open = this.#opened();
    this.#catchUp(open);
    const fresh = entries.filter(
      ({ origin, lane, position }) => origin === "journal" && !open.progress.holds(lane, position, step),
    );
    const samples = samplesIn(fresh);
    const batches = fresh.length > 0 ? step.batches : 0; // nothing fresh: a repeat of what was confirmed before
    this.#write(open, fresh, (write) => open.progress.save({ ...step, samples, batches }, write));
    open.compaction.segmentAdded(samples);
    this.#scheduleSlice(0);
  }

  /** In a transaction that is rolled back. */
  async trial(entries: readonly StoredEntry[]): Promise<void> {
    const open = this.#opened();
    this.#write(open, entries, (write) => {
      try {
        open.database
          .transaction(() => {
            write();
            throw new RolledBack();
          })
          .immediate();
      } catch (error) {
        if (!(error instanceof RolledBack)) throw error;
        open.tags.reload();
      }
    });
  }

  async close(): Promise<void> {
    const open = this.#open;
    if (open === undefined) return;
    this.#open = undefined;
    open.cancelLook();
    open.cancelSlice?.();
    open.database.close();
  }

  /** Everything in chunks, and figures of all of it, e.g. before the file is copied; for tests. */
  compactAll(): void {
    while (this.#open?.compaction.step(1000, "now") === "more");
    while (this.#open?.rollUp.step(1000, "now") === "more");
  }

  /** Compaction has fallen behind: work on it before taking more, the longer the further behind it is, so that segments stay bounded. */
  #catchUp(open: Open): void {
    const behind = open.compaction.waitingSamples / MOST_WAITING_SAMPLES - 1;
    for (let slice = 0; slice < behind * SLICES_PER_EXCESS; slice++) open.compaction.step(SLICE_MS, "now");
  }

  /** @throws {StationError} PUBLISH_REFUSED_ENTRY for rows that no table can hold, DATABASE_… where the file cannot be written. */
  #write(open: Open, entries: readonly StoredEntry[], inTransaction: (write: () => void) => void): void {
    try {
      const series = entries.filter(({ events }) => events === undefined);
      const samples = samplesIn(series);
      const body = encodeSegment(series);
      inTransaction(() => {
        for (const entry of entries) {
          open.tags.learn(entry);
          open.events.add(entry);
        }
        if (samples > 0) open.insert(entries[0]!.lane, ...timeRangeOf(series), samples, body);
      });
    } catch (error) {
      open.tags.reload();
      if (isOfTheRows(error)) throw refusedEntry(this.#settings.publisher, error.message, { cause: error });
      throw explainDatabaseError(error, this.#settings.path);
    }
  }

  #opened(): Open {
    if (this.#open === undefined) throw new RangeError("publish before connect");
    return this.#open;
  }

  #look(): void {
    this.#scheduleSlice(0);
    const open = this.#open;
    if (open === undefined || this.#settings.clock.monotonicMs() - open.retainedAtMs < RETENTION_EVERY_MS) return;
    open.retainedAtMs = this.#settings.clock.monotonicMs();
    this.#guard(() => this.#retain(open));
  }

  #scheduleSlice(delayMs: number): void {
    const open = this.#open;
    if (open === undefined || open.cancelSlice !== undefined) return;
    if (delayMs === 0 && !open.compaction.due && !open.rollUp.due) return;
    const { clock } = this.#settings;
    open.cancelSlice = clock.after(delayMs, () => {
      open.cancelSlice = undefined;
      if (this.#open !== open) return;
      const startMs = clock.monotonicMs();
      const outcome = this.#guard(() => this.#slice(open));
      const hurried = open.compaction.waitingSamples > MOST_WAITING_SAMPLES / 2;
      if (outcome === "more") this.#scheduleSlice(hurried ? 1 : Math.max(1, clock.monotonicMs() - startMs));
    });
  }

  /** Figures are made while nothing waits to be compacted. */
  #slice({ compaction, rollUp }: Open): "more" | "idle" {
    return compaction.due ? compaction.step(SLICE_MS) : rollUp.step(SLICE_MS);
  }

  /** One slice per call; the next look goes on if more is to be removed. */
  #retain(open: Open): void {
    const removed = open.retention.step(this.#settings.clock.nowUtcMicros());
    if (removed.length > 0) open.retainedAtMs = Number.NEGATIVE_INFINITY;
    for (const one of removed) if (one.cause === "size") this.#sayRemoved(open, one);
  }

  /** Beyond its size the historian loses what it was asked to keep: said once a minute at most, counted in the table `removal`. */
  #sayRemoved(open: Open, { kind, count, first, last }: Removed): void {
    open.unsaid += count;
    const now = this.#settings.clock.monotonicMs();
    if (now - open.saidAtMs < SAY_EVERY_MS) return;
    open.saidAtMs = now;
    this.#settings.log.warn(
      { kind, removed: open.unsaid, from: isoMicros(first), to: isoMicros(last) },
      "historian: beyond keepSize, the oldest were removed",
    );
    open.unsaid = 0;
  }

  /** Compaction and retention may fail (disk full): samples stay where they are, and the next look tries again. */
  #guard<T>(work: () => T): T | undefined {
    try {
      return work();
    } catch (error) {
      this.#settings.log.error(
        { err: explainDatabaseError(error, this.#settings.path) },
        "historian: compaction or retention failed",
      );
      return undefined;
    }
  }
}

class RolledBack extends Error {}

/** SQLite result codes that speak of values (sqlite.org/rescode.html); its library throws TypeError and RangeError for values it cannot bind. */
const REFUSING_RESULT = /^SQLITE_(CONSTRAINT|MISMATCH|TOOBIG)/;

function isOfTheRows(error: unknown): error is Error {
  if (error instanceof WireError || error instanceof RangeError || error instanceof TypeError) return true;
  return error instanceof Error && REFUSING_RESULT.test(String((error as { code?: unknown }).code));
}

function samplesIn(entries: readonly StoredEntry[]): number {
  return entries.reduce((sum, { samples }) => sum + samples.count, 0);
}

function timeRangeOf(entries: readonly StoredEntry[]): [number, number] {
  let first = Number.POSITIVE_INFINITY;
  let last = 0;
  for (const { samples } of entries) {
    for (let row = 0; row < samples.count; row++) {
      const timestamp = samples.timestamps[row]!;
      if (timestamp < first) first = timestamp;
      if (timestamp > last) last = timestamp;
    }
  }
  return [first, last];
}
