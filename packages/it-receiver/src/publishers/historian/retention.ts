/** Removes what is older than its time, or beyond the size, in slices: samples first, minutes later, hours and alarms last. Nothing goes before what is
 *  coarser is made of it.
 *  clock, file size → [retention] → chunk, figures, removals */
import type { Database, Statement } from "@nonreturn/station";
import type { UtcMicros } from "@nonreturn/wire-format";
import type { EventTable } from "./event-table.ts";
import { unitOf, unitStart } from "./figure-units.ts";
import { TIERS, type Tier } from "./figures-table.ts";
import type { PendingUnits } from "./pending-units.ts";
import { type RemovalCause, Removals, type Removed } from "./removals.ts";
import type { RollUp } from "./roll-up.ts";

/** Chunks or rows of figures removed in one step. */
const PER_STEP = 256;
/** Units whose figures had to be made first: a few milliseconds each. */
const UNITS_PER_STEP = 8;

/** What is left out is kept without end. */
export interface RetentionSettings {
  readonly samplesMs?: number | undefined;
  readonly minutesMs?: number | undefined;
  readonly hoursMs?: number | undefined;
  readonly alarmsMs?: number | undefined;
  readonly bytes?: number | undefined;
}

interface OldRow {
  readonly id: number;
  readonly tag: number;
  readonly count: number;
  readonly bytes: number;
  readonly first: UtcMicros;
  readonly last: UtcMicros;
}

export class Retention {
  readonly #database: Database;
  readonly #settings: RetentionSettings;
  readonly #parts: { readonly events: EventTable; readonly pending: PendingUnits; readonly rollUp: RollUp };
  readonly #removals: Removals;
  readonly #oldChunks: Statement;
  readonly #removeChunk: Statement;
  readonly #oldFigures: Statement;
  readonly #removeFigures: Statement;

  constructor(
    database: Database,
    settings: RetentionSettings,
    parts: { readonly events: EventTable; readonly pending: PendingUnits; readonly rollUp: RollUp },
  ) {
    this.#database = database;
    this.#settings = settings;
    this.#parts = parts;
    this.#removals = new Removals(database);
    this.#oldChunks = database.prepare(
      `SELECT id, tag, samples AS count, length(body) AS bytes, first_timestamp AS first, last_timestamp AS last
       FROM chunk INDEXED BY chunk_by_end WHERE last_timestamp < ? ORDER BY last_timestamp, id LIMIT ${PER_STEP}`,
    );
    this.#removeChunk = database.prepare("DELETE FROM chunk WHERE id = ?");
    this.#oldFigures = database.prepare(
      `SELECT id, tag, cells AS count, length(body) AS bytes, unit AS first, unit AS last
       FROM figures INDEXED BY figures_by_age WHERE tier = ? AND unit < ? ORDER BY unit LIMIT ${PER_STEP}`,
    );
    this.#removeFigures = database.prepare("DELETE FROM figures WHERE id = ?");
  }

  /** One slice, in one transaction. @returns what went; call again while it is not empty. */
  step(now: UtcMicros): Removed[] {
    try {
      return this.#step(now);
    } catch (error) {
      this.#parts.pending.forget(this.#database);
      throw error;
    }
  }

  #step(now: UtcMicros): Removed[] {
    const { samplesMs, minutesMs, hoursMs, alarmsMs, bytes } = this.#settings;
    const before = (ms: number | undefined): number => (ms === undefined ? 0 : now - ms * 1000);
    return this.#database
      .transaction(() => {
        const removed = [
          this.#samples("age", before(samplesMs), Number.POSITIVE_INFINITY),
          this.#figures("age", "minutes", before(minutesMs)),
          this.#figures("age", "hours", before(hoursMs)),
          this.#alarms("age", before(alarmsMs)),
        ];
        const excess = bytes === undefined ? 0 : usedBytes(this.#database) - bytes;
        if (excess > 0) removed.push(this.#beyondSize(now, excess));
        const some = removed.filter((one) => one !== undefined);
        for (const one of some) this.#removals.add(one, now);
        return some;
      })
      .immediate();
  }

  /** The oldest samples, to the last; then minutes, then hours, then alarms. */
  #beyondSize(now: UtcMicros, excess: number): Removed | undefined {
    return (
      this.#samples("size", now, excess) ??
      this.#unfinished(excess) ??
      this.#figures("size", "minutes", Number.MAX_SAFE_INTEGER) ??
      this.#figures("size", "hours", Number.MAX_SAFE_INTEGER) ??
      this.#alarms("size", Number.MAX_SAFE_INTEGER)
    );
  }

  /**
   * Samples of units that ended before a time; their figures are made first if need be. A chunk goes as a whole, when all of it is so old.
   *
   * @param excess  bytes; no more than are needed go
   */
  #samples(cause: RemovalCause, before: UtcMicros, excess: number): Removed | undefined {
    const { pending, rollUp } = this.#parts;
    const end = unitStart(unitOf(Math.max(0, before)));
    const old = within(this.#oldChunks.all(end) as OldRow[], excess);
    let made = 0;
    let gone = 0;
    for (const { id, tag, last } of old) {
      const unit = unitOf(last) + 1;
      made += rollUp.rollUpBefore(tag, unit);
      pending.setReduced(tag, unitStart(unit));
      this.#removeChunk.run(id);
      gone++;
      if (made >= UNITS_PER_STEP) break;
    }
    return summary("samples", cause, old.slice(0, gone));
  }

  /** Samples of units that have not ended yet: the bound is smaller than a quarter of a day. Figures will be made of what is left. */
  #unfinished(excess: number): Removed | undefined {
    const old = within(this.#oldChunks.all(Number.MAX_SAFE_INTEGER) as OldRow[], excess);
    for (const { id } of old) this.#removeChunk.run(id);
    return summary("samples", "size", old);
  }

  #figures(cause: RemovalCause, tier: Tier, before: UtcMicros): Removed | undefined {
    const { number, units } = TIERS[tier];
    // A row that ended before: it has begun so many units earlier.
    const old = this.#oldFigures.all(number, unitOf(Math.max(0, before)) - units + 1) as OldRow[];
    for (const { id } of old) this.#removeFigures.run(id);
    const times = old.map((row) => ({
      ...row,
      first: unitStart(row.first),
      last: unitStart(row.first + units) - 1,
    }));
    return summary(tier, cause, times);
  }

  #alarms(cause: RemovalCause, before: UtcMicros): Removed | undefined {
    const { count, first, last } = this.#parts.events.deleteBefore(before);
    return count === 0 ? undefined : { kind: "alarms", cause, count, first, last };
  }
}

/** As many as take so many bytes. */
function within(rows: readonly OldRow[], bytes: number): readonly OldRow[] {
  let left = bytes;
  let count = 0;
  while (count < rows.length && left > 0) left -= rows[count++]!.bytes;
  return rows.slice(0, count);
}

function summary(kind: Removed["kind"], cause: RemovalCause, rows: readonly OldRow[]): Removed | undefined {
  if (rows.length === 0) return undefined;
  let [count, first, last] = [0, Number.POSITIVE_INFINITY, 0];
  for (const row of rows) {
    count += row.count;
    first = Math.min(first, row.first);
    last = Math.max(last, row.last);
  }
  return { kind, cause, count, first, last };
}

/** What the content occupies; pages of removed samples are used again. */
function usedBytes(database: Database): number {
  const pragma = (name: string): number => Number(database.pragma(name, { simple: true }));
  return (pragma("page_count") - pragma("freelist_count")) * pragma("page_size");
}
