/** A range of one tag, unit by unit, from the coarsest of hours, minutes and samples that is fine enough, or is left.
 *  figures table, samples → [read figures] → read history */
import type { Database, Statement } from "@nonreturn/station/thread";
import type { UtcMicros } from "@nonreturn/wire-format";
import type { HistoryPart, HistoryRun } from "../publisher.ts";
import type { SampleCell } from "../sample-cells.ts";
import { hasUnit, unitOf, unitStart } from "./figure-units.ts";
import { FiguresReader, type FiguresRow, TIERS } from "./figures-table.ts";
import { CellList, hoursOf, mergeCells } from "./join-cells.ts";

/** What stands for the samples of a whole unit of one tag, and of what it is made. */
export interface UnitFigures {
  readonly unit: number;
  readonly cells: readonly SampleCell[];
  readonly cellMicros: number;
  /** Some of the samples themselves are gone. */
  readonly samples: "kept" | "gone";
}

export interface FiguresQuery {
  readonly from: UtcMicros;
  /** Not included. */
  readonly to: UtcMicros;
  /** Asked of each cell; where the samples are gone the finest figures come whatever it says. */
  readonly fits: (cell: SampleCell) => boolean;
  /** Times of samples that are in no chunk yet. */
  readonly recent: readonly { readonly firstTimestamp: UtcMicros; readonly lastTimestamp: UtcMicros }[];
}

/** A moment's last value that counts, or one that does not: NaN. */
export interface LastFigure {
  readonly at: UtcMicros;
  readonly value: number;
}

export class TagFigures {
  readonly #figures: FiguresReader;
  readonly #pending: Statement;
  readonly #reduced: Statement;

  constructor(database: Database) {
    this.#figures = new FiguresReader(database);
    this.#pending = database.prepare("SELECT unit FROM pending_unit WHERE tag = ? AND unit BETWEEN ? AND ?").pluck();
    this.#reduced = database.prepare("SELECT through FROM reduced WHERE tag = ?").pluck();
  }

  /** Units that are answered by figures, in order of time; what lies between them is for the samples to say. */
  *units(tag: number, { from, to, fits, recent }: FiguresQuery): Generator<UnitFigures, void, void> {
    const [first, last] = [unitOf(from), unitOf(to - 1)];
    const reduced = this.#reducedThrough(tag);
    const pending = new Set(this.#pending.all(tag, first, last) as number[]);
    const isKept = (unit: number): boolean => unitStart(unit) >= reduced;
    const isStale = (unit: number): boolean =>
      pending.has(unit) ||
      recent.some(
        ({ firstTimestamp, lastTimestamp }) => firstTimestamp < unitStart(unit + 1) && lastTimestamp >= unitStart(unit),
      );
    for (const row of this.#figures.rows(tag, "hours", first, last)) {
      const hours = byUnit(this.#figures.cells(row));
      const end = Math.min(last, row.unit + TIERS.hours.units - 1);
      for (let unit = Math.max(first, row.unit); unit <= end; unit++) {
        if (!hasUnit(row.units, unit) || (isKept(unit) && isStale(unit))) continue;
        const figures = this.#ofUnit(tag, unit, hours.get(unit) ?? [], isKept(unit), { from, to, fits });
        if (figures !== undefined) yield figures;
      }
    }
  }

  /** The newest sample before a moment, as far as figures know it: of cells that ended before. */
  lastBefore(tag: number, at: UtcMicros): LastFigure | undefined {
    const reduced = Math.min(at, this.#reducedThrough(tag));
    let newest: LastFigure | undefined;
    for (const tier of ["minutes", "hours"] as const) {
      for (const row of this.#figures.rowsBefore(tag, tier, unitOf(reduced))) {
        const cell = this.#figures.cells(row).findLast(({ lastAt }) => lastAt < reduced);
        if (cell === undefined) continue;
        if (newest === undefined || cell.lastAt > newest.at) newest = { at: cell.lastAt, value: cell.last };
        break;
      }
    }
    return newest;
  }

  #reducedThrough(tag: number): UtcMicros {
    return (this.#reduced.get(tag) as number | undefined) ?? 0;
  }

  #ofUnit(
    tag: number,
    unit: number,
    hours: readonly SampleCell[],
    isKept: boolean,
    { from, to, fits }: Pick<FiguresQuery, "from" | "to" | "fits">,
  ): UnitFigures | undefined {
    const samples = isKept ? "kept" : "gone";
    const inRange = ({ firstAt, lastAt }: SampleCell): boolean => lastAt >= from && firstAt < to;
    // Of a unit that is cut by the range the samples say more than its figures.
    if (isKept && (unitStart(unit) < from || unitStart(unit + 1) > to)) return undefined;
    const some = hours.filter(inRange);
    if (some.every(fits)) return { unit, cells: some, cellMicros: TIERS.hours.cellMicros, samples };
    const row: FiguresRow | undefined = this.#figures.row(tag, "minutes", unit);
    if (row === undefined)
      return isKept ? undefined : { unit, cells: some, cellMicros: TIERS.hours.cellMicros, samples };
    const cells = this.#figures.cells(row).filter(inRange);
    if (isKept && !cells.every(fits)) return undefined;
    return { unit, cells, cellMicros: TIERS.minutes.cellMicros, samples };
  }
}

/** A path's figures and rows, in order of time. */
export interface PathHistory {
  /** {@link TagFigures.units} of each of its tags. */
  readonly units: readonly Iterable<UnitFigures>[];
  /** Of all its tags together, or of one. */
  readonly rows: (from: UtcMicros, to: UtcMicros, tag?: number) => Iterable<HistoryRun>;
}

/** @param range  what of it no figures stand for is read from the rows. */
export function* joinParts(
  { units, rows }: PathHistory,
  { from, to }: Pick<FiguresQuery, "from" | "to">,
): Generator<HistoryPart, void, void> {
  let at = from;
  for (const [unit, figures] of unitsOf(units)) {
    const cells = cellsOf(figures, rows, Math.max(from, unitStart(unit)), Math.min(to, unitStart(unit + 1)));
    if (cells === undefined) continue;
    if (unitStart(unit) > at) for (const run of rows(at, unitStart(unit))) yield { is: "rows", ...run };
    if (cells.length > 0) yield { is: "cells", cells };
    at = unitStart(unit + 1);
  }
  if (at < to) for (const run of rows(at, to)) yield { is: "rows", ...run };
}

/** Unit by unit, what each tag's figures are; undefined where it has none. */
function* unitsOf(
  tags: readonly Iterable<UnitFigures>[],
): Generator<[number, readonly (UnitFigures | undefined)[]], void, void> {
  const only = tags.length === 1 ? tags[0] : undefined;
  if (only !== undefined) {
    for (const figures of only) yield [figures.unit, [figures]];
    return;
  }
  const known = tags.map((units) => new Map(Array.from(units, (figures) => [figures.unit, figures])));
  const all = new Set(known.flatMap((units) => [...units.keys()]));
  for (const unit of [...all].sort((a, b) => a - b)) yield [unit, known.map((units) => units.get(unit))];
}

/** Of the tags of a path usually one has samples in a unit. undefined: the rows of all of them say it better. */
function cellsOf(
  tags: readonly (UnitFigures | undefined)[],
  rows: PathHistory["rows"],
  from: UtcMicros,
  to: UtcMicros,
): readonly SampleCell[] | undefined {
  const given = tags.filter((figures) => figures !== undefined && figures.cells.length > 0) as UnitFigures[];
  const others = tags.flatMap((figures, tag) => {
    if (figures !== undefined) return [];
    const minutes = new CellList(TIERS.minutes.cellMicros);
    for (const { series, first, end } of rows(from, to, tag)) minutes.pushRows(series, first, end);
    return minutes.cells.length === 0 ? [] : [minutes.cells];
  });
  if (given.length + others.length <= 1) return given[0]?.cells ?? (others.length === 0 ? [] : undefined);
  if (given.every(({ samples }) => samples === "kept")) return undefined;
  const hourly = given.some(({ cellMicros }) => cellMicros === TIERS.hours.cellMicros);
  const { cellMicros } = hourly ? TIERS.hours : TIERS.minutes;
  return [...given.map(({ cells }) => cells), ...others].reduce<readonly SampleCell[]>(
    (merged, cells) => mergeCells(merged, hourly ? hoursOf(cells) : cells, cellMicros),
    [],
  );
}

function byUnit(cells: readonly SampleCell[]): Map<number, SampleCell[]> {
  return Map.groupBy(cells, ({ firstAt }) => unitOf(firstAt));
}
