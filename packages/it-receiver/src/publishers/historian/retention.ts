/** Removes what is older than its time or beyond the size, in slices: samples first, their figures by minute perhaps later.
 *  clock, file size → [retention] → chunk, figures */
import type { Database, Statement } from "@nonreturn/station";

/** Chunks looked at or removed in one step. */
const PER_STEP = 256;

interface OldChunk {
  readonly id: number;
  readonly endedAt: number;
  /** Its figures stand for it: they are there, and no other chunk has samples in its time. */
  readonly replaceable: 0 | 1;
}

export class Retention {
  readonly #old: Statement;
  readonly #remove: Statement;
  readonly #keepFigures: Statement;
  readonly #removeBefore: Statement;
  readonly #removeFiguresBefore: Statement;
  readonly #removeOldest: Statement;
  readonly #removeOldestFigures: Statement;
  /** Everything up to here was looked at since the start: what is left there has nothing that could stand for it. */
  #lookedThrough: { endedAt: number; id: number } = { endedAt: -1, id: -1 };

  constructor(database: Database) {
    this.#old = database.prepare(
      `SELECT c.id, c.last_timestamp AS endedAt,
         EXISTS (SELECT 1 FROM figures f WHERE f.chunk = c.id) AND NOT EXISTS (
           SELECT 1 FROM chunk o INDEXED BY chunk_by_time WHERE o.tag = c.tag AND o.id <> c.id
             AND o.first_timestamp <= c.last_timestamp AND o.last_timestamp >= c.first_timestamp) AS replaceable
       FROM chunk c INDEXED BY chunk_by_end
       WHERE (c.last_timestamp, c.id) > (?, ?) AND c.last_timestamp < ? ORDER BY c.last_timestamp, c.id LIMIT ${PER_STEP}`,
    );
    this.#remove = database.prepare("DELETE FROM chunk WHERE id = ?");
    this.#keepFigures = database.prepare("UPDATE figures SET chunk = NULL WHERE chunk = ?");
    this.#removeBefore = database.prepare(
      `DELETE FROM chunk WHERE id IN (SELECT id FROM chunk WHERE last_timestamp < ? ORDER BY last_timestamp LIMIT ${PER_STEP})`,
    );
    this.#removeFiguresBefore = database.prepare(
      `DELETE FROM figures WHERE id IN (SELECT id FROM figures WHERE chunk IS NULL AND last_timestamp < ? LIMIT ${PER_STEP})`,
    );
    this.#removeOldest = database.prepare(
      `DELETE FROM chunk WHERE id IN (SELECT id FROM chunk ORDER BY last_timestamp LIMIT ${PER_STEP})`,
    );
    this.#removeOldestFigures = database.prepare(
      `DELETE FROM figures WHERE id IN (SELECT id FROM figures WHERE chunk IS NULL ORDER BY last_timestamp LIMIT ${PER_STEP})`,
    );
  }

  /** Samples that ended before a time go; the figures of those that have any stay. In the caller's transaction. @returns how many. */
  reduceBefore(timestamp: number): number {
    const { endedAt, id } = this.#lookedThrough;
    const old = this.#old.all(endedAt, id, timestamp) as OldChunk[];
    for (const chunk of old) {
      this.#lookedThrough = chunk;
      if (chunk.replaceable === 0) continue;
      this.#keepFigures.run(chunk.id);
      this.#remove.run(chunk.id);
    }
    return old.length;
  }

  /** Samples and figures that ended before a time go. @returns how many; call again while it is not 0. */
  removeBefore(timestamp: number): number {
    return this.#removeBefore.run(timestamp).changes + this.#removeFiguresBefore.run(timestamp).changes;
  }

  /** What ended first goes; figures without samples when there are no samples any more. */
  removeOldest(): number {
    return this.#removeOldest.run().changes || this.#removeOldestFigures.run().changes;
  }
}
