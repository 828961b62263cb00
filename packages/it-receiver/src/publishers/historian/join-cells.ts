/** Puts cells together: neighbours into a longer one, late samples into the one they fell into.
 *  rows, cells → [join cells] → roll up, fold late, read history */
import { AREA_SCALE, CELL_MICROS, forEachCell, type SampleCell } from "../sample-cells.ts";
import type { TagSeries } from "./chunk.ts";
import { HOUR_MICROS } from "./figure-units.ts";

/** Gathers cells of one length in order of time; what comes piecewise becomes one cell per minute or hour. */
export class CellList {
  readonly cells: SampleCell[] = [];
  readonly #cellMicros: number;

  constructor(cellMicros: number) {
    this.#cellMicros = cellMicros;
  }

  /** @param cell  not kept; begins when the last one has ended, or later. */
  push(cell: SampleCell): void {
    const last = this.cells.at(-1);
    if (last !== undefined && this.#slotOf(last) === this.#slotOf(cell)) append(last, cell);
    else this.cells.push({ ...cell });
  }

  pushRows(series: TagSeries, first: number, end: number): void {
    forEachCell(
      series,
      first,
      end,
      () => Number.POSITIVE_INFINITY,
      (cell) => this.push(cell),
    );
  }

  #slotOf({ firstAt }: SampleCell): number {
    return Math.floor(firstAt / this.#cellMicros);
  }
}

/** Exact: what the last value of each held until the next is known. */
export function hoursOf(minutes: readonly SampleCell[]): SampleCell[] {
  const hours = new CellList(HOUR_MICROS);
  for (const cell of minutes) hours.push(cell);
  return hours.cells;
}

/**
 * Cells of two origins, e.g. those in the file and those of samples that came late. Where one ends before the other begins the result is exact. Where samples of both lie between each
 * other in one minute (or hour), everything but area and covered is exact: these say what the later given knew, and the mean of the first for the rest.
 */
export function mergeCells(
  known: readonly SampleCell[],
  late: readonly SampleCell[],
  cellMicros: number,
): SampleCell[] {
  if (late.length === 0) return [...known];
  const slotOf = (cell: SampleCell | undefined): number =>
    cell === undefined ? Number.POSITIVE_INFINITY : Math.floor(cell.firstAt / cellMicros);
  const merged: SampleCell[] = [];
  for (let k = 0, l = 0; k < known.length || l < late.length; ) {
    const [one, other] = [known[k], late[l]];
    const [slot, otherSlot] = [slotOf(one), slotOf(other)];
    if (slot === otherSlot) merged.push(both(one!, other!));
    else merged.push({ ...(slot < otherSlot ? one! : other!) });
    if (slot <= otherSlot) k++;
    if (otherSlot <= slot) l++;
  }
  return merged;
}

function both(known: SampleCell, late: SampleCell): SampleCell {
  if (known.lastAt <= late.firstAt) return append({ ...known }, late);
  if (late.lastAt <= known.firstAt) return append({ ...late }, known);
  const cell = count({ ...known }, late);
  if (late.lastAt >= known.lastAt) cell.last = late.last;
  cell.firstAt = Math.min(known.firstAt, late.firstAt);
  cell.lastAt = Math.max(known.lastAt, late.lastAt);
  cell.covered = Math.min(cell.lastAt - cell.firstAt, known.covered + late.covered);
  const rest = cell.covered - late.covered;
  cell.area = late.area + (known.covered === 0 ? 0 : known.area * (rest / known.covered));
  return cell;
}

/** The later one behind the earlier one, which is changed. */
function append(earlier: SampleCell, later: SampleCell): SampleCell {
  const gap = later.firstAt - earlier.lastAt;
  if (!Number.isNaN(earlier.last)) {
    earlier.area += earlier.last * (gap * AREA_SCALE);
    earlier.covered += gap;
  }
  earlier.area += later.area;
  earlier.covered += later.covered;
  earlier.last = later.last;
  earlier.lastAt = later.lastAt;
  return count(earlier, later);
}

function count(cell: SampleCell, other: SampleCell): SampleCell {
  cell.samples += other.samples;
  cell.unusable += other.unusable;
  cell.sum += other.sum;
  if (other.min < cell.min) cell.min = other.min;
  if (other.max > cell.max) cell.max = other.max;
  return cell;
}

export function minutesOf(series: TagSeries, first: number, end: number): SampleCell[] {
  const minutes = new CellList(CELL_MICROS);
  minutes.pushRows(series, first, end);
  return minutes.cells;
}
