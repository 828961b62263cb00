/** Progress of publishers in SQLite tables: in publishers.db for most, in its own file for the historian.
 *  runner → [sqlite progress] → publishers.db, historian.db */
import { type Database, migrate, openDatabase, type Statement } from "@nonreturn/station/thread";
import type { Lane } from "../record/store.ts";
import { ALARM_TABLES } from "./alarm-table.ts";
import { GapRows } from "./gap-rows.ts";
import type { ParkedBlock, Progress, ProgressKeeper, ProgressStep, QuarantinedRows, RetentionGap } from "./progress.ts";
import { QUARANTINE_TABLES, QuarantineRows } from "./quarantine-table.ts";

/** For `migrate`: the tables this file needs, wherever they live. */
export const PROGRESS_TABLES = `
  CREATE TABLE progress (
    publisher TEXT PRIMARY KEY, live INTEGER NOT NULL, late INTEGER NOT NULL,
    samples INTEGER NOT NULL, batches INTEGER NOT NULL
  ) STRICT;
  CREATE TABLE parked (
    publisher TEXT NOT NULL, position INTEGER NOT NULL, stream INTEGER NOT NULL, journal_epoch INTEGER NOT NULL,
    needed_revision INTEGER NOT NULL, PRIMARY KEY (publisher, position)
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE quarantined (
    publisher TEXT NOT NULL, position INTEGER NOT NULL, lane TEXT NOT NULL, reason TEXT NOT NULL, at INTEGER NOT NULL,
    PRIMARY KEY (publisher, position)
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE retention_gap (
    publisher TEXT NOT NULL, lane TEXT NOT NULL, first_position INTEGER NOT NULL, last_position INTEGER NOT NULL, at INTEGER NOT NULL
  ) STRICT;
`;

/** For `migrate`, behind whatever a file has seen already. */
export const GAP_COLUMNS = `
  ALTER TABLE retention_gap ADD COLUMN reason TEXT NOT NULL DEFAULT 'store';
  ALTER TABLE retention_gap ADD COLUMN blocks INTEGER;
  ALTER TABLE retention_gap ADD COLUMN samples INTEGER;
  ALTER TABLE retention_gap ADD COLUMN sealed_from INTEGER;
  ALTER TABLE retention_gap ADD COLUMN sealed_to INTEGER;
`;

/** Behind GAP_COLUMNS. gaps: so many that a row stands for. */
export const GAP_BOUNDS = `
  ALTER TABLE retention_gap ADD COLUMN gaps INTEGER NOT NULL DEFAULT 1;
  CREATE INDEX retention_gap_by_position ON retention_gap (publisher, lane, reason, first_position);
`;

/**
 * Opens publishers.db. Durability normal: after a power cut a cursor may fall back a little, and those blocks are published again (P2 is
 * "at least once"); cursor and counts fall back together.
 *
 * @throws {StationError} DATABASE_…
 */
export function openProgressDatabase(path: string): Database {
  const database = openDatabase(path, { durability: "normal", integrity: "quick-check" });
  migrate(database, [PROGRESS_TABLES, ALARM_TABLES, GAP_COLUMNS, GAP_BOUNDS, QUARANTINE_TABLES]);
  return database;
}

type Held = { -readonly [Key in Exclude<keyof Progress, "parked">]: number };

const NOTHING_HELD: Held = {
  live: 0,
  late: 0,
  samples: 0,
  batches: 0,
  quarantined: 0,
  quarantinedRows: 0,
  gaps: 0,
  droppedBlocks: 0,
  droppedSamples: 0,
};

/** The rows of one publisher. Keeps cursors and parked positions in memory, so `holds` costs no query. */
export class SqliteProgress implements ProgressKeeper {
  readonly #publisher: string;
  readonly #database: Database;
  readonly #upsert: Statement;
  readonly #park: Statement;
  readonly #unpark: Statement;
  readonly #quarantine: QuarantineRows;
  readonly #gaps: GapRows;
  #held: Held | undefined;
  #parked: Set<number>;

  constructor(database: Database, publisher: string) {
    this.#database = database;
    this.#publisher = publisher;
    this.#upsert = database.prepare(
      `INSERT INTO progress (publisher, live, late, samples, batches) VALUES (?, ?, ?, ?, ?)
       ON CONFLICT (publisher) DO UPDATE SET live = excluded.live, late = excluded.late, samples = excluded.samples, batches = excluded.batches`,
    );
    this.#park = database.prepare(
      "INSERT OR REPLACE INTO parked (publisher, position, stream, journal_epoch, needed_revision) VALUES (?, ?, ?, ?, ?)",
    );
    this.#unpark = database.prepare("DELETE FROM parked WHERE publisher = ? AND position = ?");
    this.#quarantine = new QuarantineRows(database, publisher);
    this.#gaps = new GapRows(database, publisher);
    const row = database
      .prepare("SELECT live, late, samples, batches FROM progress WHERE publisher = ?")
      .get(publisher) as { live: number; late: number; samples: number; batches: number } | undefined;
    this.#held = row && { ...row, ...this.#quarantine.totals(), ...this.#gaps.totals() };
    this.#parked = new Set(
      database.prepare("SELECT position FROM parked WHERE publisher = ?").pluck().all(publisher) as number[],
    );
  }

  load(): Progress | undefined {
    return this.#held && { ...this.#held, parked: this.#parked.size };
  }

  /**
   * One transaction. What is kept in memory changes only after its commit.
   *
   * @param alongside  further writes to the same database that become true together with the step.
   */
  save(step: ProgressStep, alongside?: () => void): void {
    let newGaps = 0;
    this.#database
      .transaction(() => {
        alongside?.();
        newGaps = this.#write(step);
      })
      .immediate();
    this.#remember(step, newGaps);
  }

  holds(lane: Lane, position: number, step: ProgressStep): boolean {
    // A parked block lies behind the cursor without being published; it may have been parked in the other lane.
    if (step.release?.some((one) => one.position === position)) return false; // released in the transaction that stores it
    if (step.unpark?.includes(position)) return !this.#parked.has(position);
    return this.#held !== undefined && position <= this.#held[lane];
  }

  parkedUpTo(stream: number, journalEpoch: number, revision: number, limit: number): ParkedBlock[] {
    if (this.#parked.size === 0) return [];
    return this.#database
      .prepare(
        `SELECT position, stream, journal_epoch AS journalEpoch, needed_revision AS neededRevision FROM parked
         WHERE publisher = ? AND stream = ? AND journal_epoch = ? AND needed_revision <= ? ORDER BY position LIMIT ?`,
      )
      .all(this.#publisher, stream, journalEpoch, revision, limit) as ParkedBlock[];
  }

  toRetry(limit: number): QuarantinedRows[] {
    return this.#quarantine.toRetry(limit);
  }

  quarantined(limit: number): QuarantinedRows[] {
    return this.#quarantine.latest(limit);
  }

  gaps(limit: number): RetentionGap[] {
    return this.#gaps.latest(limit);
  }

  /** @returns gaps that make no earlier one longer. */
  #write(step: ProgressStep): number {
    const { live = this.#held?.live ?? 0, late = this.#held?.late ?? 0 } = step;
    const samples = (this.#held?.samples ?? 0) + step.samples;
    const batches = (this.#held?.batches ?? 0) + step.batches;
    this.#upsert.run(this.#publisher, live, late, samples, batches);
    for (const position of step.unpark ?? []) this.#unpark.run(this.#publisher, position);
    for (const block of step.park ?? []) {
      this.#park.run(this.#publisher, block.position, block.stream, block.journalEpoch, block.neededRevision);
    }
    this.#quarantine.release(step.release ?? []);
    this.#quarantine.write(step.quarantine ?? []);
    return (step.gaps ?? []).filter((gap) => this.#gaps.write(gap, this.#held?.[gap.lane] ?? 0)).length;
  }

  #remember(step: ProgressStep, newGaps: number): void {
    const held = this.#held ?? { ...NOTHING_HELD };
    held.live = step.live ?? held.live;
    held.late = step.late ?? held.late;
    held.samples += step.samples;
    held.batches += step.batches;
    const setAside = step.quarantine ?? [];
    held.quarantined += new Set(setAside.map(({ position }) => position)).size;
    held.quarantinedRows += setAside.reduce((sum, { rows }) => sum + rows, 0);
    if (step.release !== undefined) Object.assign(held, this.#quarantine.totals());
    held.gaps += newGaps;
    for (const { blocks = 0, samples = 0 } of step.gaps ?? []) {
      held.droppedBlocks += blocks;
      held.droppedSamples += samples;
    }
    this.#held = held;
    for (const position of step.unpark ?? []) this.#parked.delete(position);
    for (const { position } of step.park ?? []) this.#parked.add(position);
  }
}
