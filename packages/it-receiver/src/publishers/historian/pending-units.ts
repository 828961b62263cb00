/** Which units of which tags have samples that are not in their figures yet, and before which time samples go into figures at once.
 *  compaction → [pending units] → roll up, retention */
import type { Database, Statement } from "@nonreturn/station";
import type { UtcMicros } from "@nonreturn/wire-format";
import type { TagSeries } from "./chunk.ts";
import { unitOf, unitStart } from "./figure-units.ts";
import { firstRowFrom } from "./merge-sources.ts";

export interface PendingUnit {
  readonly unit: number;
  readonly tag: number;
}

export class PendingUnits {
  readonly #note: Statement;
  readonly #remove: Statement;
  readonly #next: Statement;
  readonly #ofTag: Statement;
  readonly #setReduced: Statement;
  readonly #countAll: Statement;
  #count: number;
  /** Of each tag the unit noted last: with 100,000 tags that is nearly always the right one. 4 bytes per tag. */
  #lastNoted = new Uint32Array(1024);
  readonly #reduced: Map<number, UtcMicros>;
  /** While a file of before is taken over, chunks may be merged whose units are not pending yet. */
  merges: "noted too" | "not noted" = "not noted";

  constructor(database: Database) {
    this.#note = database.prepare("INSERT OR IGNORE INTO pending_unit (unit, tag) VALUES (?, ?)");
    this.#remove = database.prepare("DELETE FROM pending_unit WHERE unit = ? AND tag = ?");
    this.#next = database.prepare(
      "SELECT unit, tag FROM pending_unit WHERE (unit, tag) > (?, ?) AND unit < ? ORDER BY unit, tag LIMIT 1",
    );
    this.#ofTag = database.prepare("SELECT unit, tag FROM pending_unit WHERE tag = ? AND unit < ? ORDER BY unit");
    this.#setReduced = database.prepare(
      `INSERT INTO reduced VALUES (?, ?) ON CONFLICT DO UPDATE SET through = excluded.through WHERE excluded.through > reduced.through`,
    );
    this.#countAll = database.prepare("SELECT count(*) FROM pending_unit").pluck();
    this.#count = this.#countAll.get() as number;
    this.#reduced = new Map(database.prepare("SELECT tag, through FROM reduced").raw().all() as [number, UtcMicros][]);
  }

  /** Of all tags; each has one for the present. */
  get count(): number {
    return this.#count;
  }

  /** Samples of a tag came into chunks. In the caller's transaction. */
  note(tag: number, series: TagSeries): void {
    for (let row = 0; row < series.count; ) {
      const unit = unitOf(series.timestamps[row]!);
      this.noteUnit(tag, unit);
      row = firstRowFrom(series, unitStart(unit + 1));
    }
  }

  /** Small chunks became one. In the caller's transaction. */
  noteMerged(tag: number, series: TagSeries): void {
    if (this.merges === "noted too") this.note(tag, series);
  }

  noteUnit(tag: number, unit: number): void {
    if (this.#lastNoted[tag] === unit) return;
    this.#count += this.#note.run(unit, tag).changes;
    if (tag >= this.#lastNoted.length) {
      const grown = new Uint32Array(Math.max(tag + 1, this.#lastNoted.length * 2));
      grown.set(this.#lastNoted);
      this.#lastNoted = grown;
    }
    this.#lastNoted[tag] = unit;
  }

  /** The figures of a unit are made. In the caller's transaction. */
  remove({ unit, tag }: PendingUnit): void {
    this.#count -= this.#remove.run(unit, tag).changes;
    if (this.#lastNoted[tag] === unit) this.#lastNoted[tag] = 0;
  }

  /** In order of time, the next one behind another, of those before a unit. */
  next(after: PendingUnit | undefined, bound: number): PendingUnit | undefined {
    return this.#next.get(after?.unit ?? -1, after?.tag ?? -1, bound) as PendingUnit | undefined;
  }

  ofTag(tag: number, bound: number): PendingUnit[] {
    return this.#ofTag.all(tag, bound) as PendingUnit[];
  }

  reducedThrough(tag: number): UtcMicros {
    return this.#reduced.get(tag) ?? 0;
  }

  /** Samples of a tag before a time, the border of a unit, may be gone from now on. In the caller's transaction. */
  setReduced(tag: number, through: UtcMicros): void {
    if (through <= this.reducedThrough(tag)) return;
    this.#setReduced.run(tag, through);
    this.#reduced.set(tag, through);
  }

  /** After a transaction that was rolled back: what is known came from it. */
  forget(database: Database): void {
    this.#lastNoted.fill(0);
    this.#count = this.#countAll.get() as number;
    this.#reduced.clear();
    for (const [tag, through] of database.prepare("SELECT tag, through FROM reduced").raw().all() as [number, number][])
      this.#reduced.set(tag, through);
  }
}
