/** What one publisher never gets, by ranges of positions: bounded in number, exact in what was lost.
 *  progress → [gap rows] → publishers.db, historian.db */
import type { Database, Statement } from "@nonreturn/station/thread";
import type { RetentionGap } from "./progress.ts";

/** Rows of one lane and reason. Beyond it those that lie closest together become one, until so few are left: not at every new gap. */
const MOST_ROWS = 256;
const ROWS_LEFT = 192;

export interface GapTotals {
  readonly gaps: number;
  readonly droppedBlocks: number;
  readonly droppedSamples: number;
}

interface Row extends Required<Pick<RetentionGap, "firstPosition" | "lastPosition" | "at">> {
  readonly id: number;
  readonly blocks: number | null;
  readonly samples: number | null;
  readonly sealedFrom: number | null;
  readonly sealedTo: number | null;
  readonly gaps: number;
}

export class GapRows {
  readonly #database: Database;
  readonly #publisher: string;
  readonly #add: Statement;
  readonly #lengthen: Statement;
  readonly #count: Statement;

  constructor(database: Database, publisher: string) {
    this.#database = database;
    this.#publisher = publisher;
    this.#add = database.prepare(
      `INSERT INTO retention_gap (publisher, lane, reason, first_position, last_position, at, blocks, samples, sealed_from, sealed_to)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    );
    this.#lengthen = database.prepare(
      `UPDATE retention_gap SET last_position = ?, at = ?, blocks = blocks + ?, samples = samples + ?,
         sealed_from = min(sealed_from, ?), sealed_to = max(sealed_to, ?)
       WHERE rowid = (SELECT max(rowid) FROM retention_gap WHERE publisher = ? AND lane = ?)
         AND reason = ? AND last_position >= ? AND last_position < ?`,
    );
    this.#count = database
      .prepare("SELECT count(*) FROM retention_gap WHERE publisher = ? AND lane = ? AND reason = ?")
      .pluck();
  }

  totals(): GapTotals {
    return this.#database
      .prepare(
        `SELECT coalesce(sum(gaps), 0) AS gaps, coalesce(sum(blocks), 0) AS droppedBlocks, coalesce(sum(samples), 0) AS droppedSamples
         FROM retention_gap WHERE publisher = ?`,
      )
      .get(this.#publisher) as GapTotals;
  }

  /** The latest ones, newest first. */
  latest(limit: number): RetentionGap[] {
    return this.#database
      .prepare(
        `SELECT lane, reason, first_position AS firstPosition, last_position AS lastPosition, at, blocks, samples,
           sealed_from AS sealedFrom, sealed_to AS sealedTo FROM retention_gap
         WHERE publisher = ? ORDER BY at DESC, first_position DESC LIMIT ?`,
      )
      .all(this.#publisher, limit)
      .map((row) => withoutNulls(row as RetentionGap));
  }

  /** In the caller's transaction. @param held  the lane's cursor before the step. @returns false if it made the latest one longer. */
  write(gap: RetentionGap, held: number): boolean {
    const { lane, reason, firstPosition, lastPosition, at } = gap;
    const { blocks = null, samples = null, sealedFrom = null, sealedTo = null } = gap;
    if (reason !== "store") {
      const longer = [lastPosition, at, blocks, samples, sealedFrom, sealedTo];
      const { changes } = this.#lengthen.run(...longer, this.#publisher, lane, reason, held, firstPosition);
      if (changes > 0) return false;
    }
    const counts = [blocks, samples, sealedFrom, sealedTo];
    this.#add.run(this.#publisher, lane, reason, firstPosition, lastPosition, at, ...counts);
    if ((this.#count.get(this.#publisher, lane, reason) as number) > MOST_ROWS) this.#joinClosest(lane, reason);
    return true;
  }

  /** The rows that stay tell where; what they tell of is summed up. */
  #joinClosest(lane: RetentionGap["lane"], reason: RetentionGap["reason"]): void {
    const rows = this.#database
      .prepare(
        `SELECT rowid AS id, first_position AS firstPosition, last_position AS lastPosition, at, blocks, samples,
           sealed_from AS sealedFrom, sealed_to AS sealedTo, gaps FROM retention_gap
         WHERE publisher = ? AND lane = ? AND reason = ? ORDER BY first_position, rowid`,
      )
      .all(this.#publisher, lane, reason) as Row[];
    const remove = this.#database.prepare("DELETE FROM retention_gap WHERE rowid = ?");
    const change = this.#database.prepare(
      `UPDATE retention_gap SET first_position = ?, last_position = ?, at = ?, blocks = ?, samples = ?, sealed_from = ?, sealed_to = ?, gaps = ?
       WHERE rowid = ?`,
    );
    for (const group of closestTogether(rows, ROWS_LEFT)) {
      if (group.length === 1) continue;
      const joined = group.reduce(join);
      // The row that was written last stays the last one: it may still become longer.
      for (const { id } of group) if (id !== joined.id) remove.run(id);
      const { firstPosition, lastPosition, at, blocks, samples, sealedFrom, sealedTo, gaps, id } = joined;
      change.run(firstPosition, lastPosition, at, blocks, samples, sealedFrom, sealedTo, gaps, id);
    }
  }
}

/** @param rows  ascending by position. @returns the same in `most` groups of neighbours, parted where the widest stretches lie between. */
function closestTogether(rows: readonly Row[], most: number): Row[][] {
  const stretches = rows.slice(1).map((row, index) => ({
    before: index + 1,
    length: row.firstPosition - rows[index]!.lastPosition,
  }));
  const parts = stretches
    .sort((a, b) => b.length - a.length)
    .slice(0, most - 1)
    .map(({ before }) => before)
    .sort((a, b) => a - b);
  return [0, ...parts].map((first, index) => rows.slice(first, parts[index]));
}

function join(a: Row, b: Row): Row {
  return {
    id: Math.max(a.id, b.id),
    firstPosition: Math.min(a.firstPosition, b.firstPosition),
    lastPosition: Math.max(a.lastPosition, b.lastPosition),
    at: Math.max(a.at, b.at),
    blocks: either(a.blocks, b.blocks, (one, other) => one + other),
    samples: either(a.samples, b.samples, (one, other) => one + other),
    sealedFrom: either(a.sealedFrom, b.sealedFrom, Math.min),
    sealedTo: either(a.sealedTo, b.sealedTo, Math.max),
    gaps: a.gaps + b.gaps,
  };
}

/** null: not known. */
function either(a: number | null, b: number | null, both: (one: number, other: number) => number): number | null {
  return a === null || b === null ? (a ?? b) : both(a, b);
}

function withoutNulls<Gap extends object>(row: Gap): Gap {
  return Object.fromEntries(Object.entries(row).filter(([, value]) => value !== null)) as Gap;
}
