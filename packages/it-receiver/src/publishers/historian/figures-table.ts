/** Figures in the file: minutes of a unit in one row, hours of ten days in one, each cut into pieces of which several fill a page of SQLite, since one
 *  row of half a page takes a whole one.
 *  roll up, fold late → [figures table] → read history, retention */
import type { Database, Statement } from "@nonreturn/station";
import { CELL_MICROS, type SampleCell } from "../sample-cells.ts";
import { HOUR_MICROS, hasUnit, rowOf, UNITS_PER_ROW, unitOf, unitStart, withUnit } from "./figure-units.ts";
import { decodeFigures, encodeFigures, type FiguresBody, HOURS_CODEC, MINUTES_CODEC } from "./figures-body.ts";

export const TIERS = {
  minutes: { number: 1, codec: MINUTES_CODEC, cellMicros: CELL_MICROS, units: 1 },
  hours: { number: 2, codec: HOURS_CODEC, cellMicros: HOUR_MICROS, units: UNITS_PER_ROW },
} as const;
export type Tier = keyof typeof TIERS;

/** Four rows of `figures` and five of `figures_rest` to a page of 4096 bytes. */
const FIRST_BYTES = 970;
const PIECE_BYTES = 800;
/** Piece n of figures f is row f × PIECES + n. 360 cells of at most 200 bytes are far fewer. */
const PIECES = 1024;

/** What is known of a row without its body. */
export interface FiguresRow {
  readonly id: number;
  /** Its first unit. */
  readonly unit: number;
  /** Those whose figures are in it, bit by bit; 1 for a row of minutes. */
  readonly units: number;
}

export class FiguresReader {
  readonly #first: Statement;
  readonly #rest: Statement;
  readonly #rows: Statement;
  readonly #rowsBefore: Statement;
  readonly #row: Statement;

  constructor(database: Database) {
    this.#first = database.prepare("SELECT codec, body FROM figures WHERE id = ?");
    this.#rest = database.prepare("SELECT body FROM figures_rest WHERE id >= ? AND id < ? ORDER BY id").pluck();
    const columns = "SELECT id, unit, units FROM figures WHERE tag = ? AND tier = ?";
    this.#rows = database.prepare(`${columns} AND unit > ? AND unit <= ? ORDER BY unit`);
    this.#rowsBefore = database.prepare(`${columns} AND unit <= ? ORDER BY unit DESC`);
    this.#row = database.prepare(`${columns} AND unit = ?`);
  }

  /** Those with units first … last, in order of time. */
  rows(tag: number, tier: Tier, first: number, last: number): FiguresRow[] {
    const { number, units } = TIERS[tier];
    return this.#rows.all(tag, number, first - units, last) as FiguresRow[];
  }

  /** Those that begin with a unit or before, the last first. */
  rowsBefore(tag: number, tier: Tier, unit: number): Iterable<FiguresRow> {
    return this.#rowsBefore.iterate(tag, TIERS[tier].number, unit) as Iterable<FiguresRow>;
  }

  /** The row that a unit would lie in. */
  row(tag: number, tier: Tier, unit: number): FiguresRow | undefined {
    const first = tier === "hours" ? rowOf(unit) : unit;
    return this.#row.get(tag, TIERS[tier].number, first) as FiguresRow | undefined;
  }

  /** @throws {WireError} BATCH_MALFORMED for a damaged row. */
  cells({ id }: Pick<FiguresRow, "id">): SampleCell[] {
    const { codec, body } = this.#first.get(id) as FiguresBody;
    const rest = this.#rest.all(id * PIECES, (id + 1) * PIECES) as Uint8Array[];
    return decodeFigures({ codec, body: rest.length === 0 ? body : Buffer.concat([body, ...rest]) });
  }
}

export class FiguresWriter extends FiguresReader {
  readonly #insert: Statement;
  readonly #insertRest: Statement;
  readonly #update: Statement;
  readonly #removeRest: Statement;

  constructor(database: Database) {
    super(database);
    this.#insert = database.prepare(
      "INSERT INTO figures (tag, tier, unit, units, cells, codec, body) VALUES (?, ?, ?, ?, ?, ?, ?)",
    );
    this.#insertRest = database.prepare("INSERT INTO figures_rest (id, body) VALUES (?, ?)");
    this.#update = database.prepare("UPDATE figures SET units = ?, cells = ?, codec = ?, body = ? WHERE id = ?");
    this.#removeRest = database.prepare("DELETE FROM figures_rest WHERE id >= ? AND id < ?");
  }

  /**
   * The figures of one unit in place of those that were there. In the caller's transaction.
   *
   * @param minutes  undefined: they are kept no longer.
   */
  putUnit(tag: number, unit: number, minutes: readonly SampleCell[] | undefined, hours: readonly SampleCell[]): void {
    if (minutes !== undefined) this.#put(tag, "minutes", unit, 1, minutes);
    const row = this.row(tag, "hours", unit);
    const others = row === undefined ? [] : this.cells(row).filter(({ firstAt }) => unitOf(firstAt) !== unit);
    const before = others.filter(({ firstAt }) => firstAt < unitStart(unit));
    const all = [...before, ...hours, ...others.slice(before.length)];
    this.#put(tag, "hours", rowOf(unit), withUnit(row?.units ?? 0, unit), all);
  }

  /** The hours of one unit; undefined while they are not known. */
  hoursOf(tag: number, unit: number): SampleCell[] | undefined {
    const row = this.row(tag, "hours", unit);
    if (row === undefined || !hasUnit(row.units, unit)) return undefined;
    return this.cells(row).filter(({ firstAt }) => unitOf(firstAt) === unit);
  }

  minutesOf(tag: number, unit: number): SampleCell[] | undefined {
    const row = this.row(tag, "minutes", unit);
    return row && this.cells(row);
  }

  #put(tag: number, tier: Tier, unit: number, units: number, cells: readonly SampleCell[]): void {
    const { number, codec } = TIERS[tier];
    const { body } = encodeFigures(cells, codec);
    const first = body.subarray(0, FIRST_BYTES);
    let id = this.row(tag, tier, unit)?.id;
    if (id === undefined) {
      const { lastInsertRowid } = this.#insert.run(...[tag, number, unit, units, cells.length, codec, first]);
      id = Number(lastInsertRowid);
    } else {
      // In its place: hours grow unit by unit, and would leave holes behind them.
      this.#update.run(units, cells.length, codec, first, id);
      this.#removeRest.run(id * PIECES, (id + 1) * PIECES);
    }
    let piece = id * PIECES;
    for (let at = FIRST_BYTES; at < body.length; at += PIECE_BYTES)
      this.#insertRest.run(piece++, body.subarray(at, at + PIECE_BYTES));
  }
}
