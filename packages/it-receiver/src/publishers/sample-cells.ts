/** Figures of neighbouring samples of one tag: what an interval needs to know of them without their values.
 *  chunk, rows → [sample cells] → historian's figures, figures by interval
 *  Source: OPC UA Part 13 §5.4.3 (Average, TimeAverage with stepped values, Minimum, Maximum). */
import { type SampleColumns, type UtcMicros, type Value, ValueKind } from "@nonreturn/wire-format";

/** A cell ends with its minute (UTC) at the latest. */
export const CELL_MICROS = 60_000_000;

/** Sums are kept so small that no number of finite values overflows them; powers of two, so that nothing is rounded. */
export const SUM_SCALE = 2 ** -32;
/** Of value × µs: a year has less than 2^45 of them. */
export const AREA_SCALE = 2 ** -46;

export interface SampleCell {
  firstAt: UtcMicros;
  lastAt: UtcMicros;
  /** Samples that count: good or uncertain, a finite number or a boolean (1, 0). */
  samples: number;
  /** Bad samples, and those without a finite number. */
  unusable: number;
  /** +∞ and −∞ where no sample counts. */
  min: number;
  max: number;
  /** × SUM_SCALE */
  sum: number;
  /** Of the value over time from the first to the last sample, each holding until the next. × AREA_SCALE */
  area: number;
  /** µs of that in which a value held. */
  covered: number;
  /** The last sample's, which holds on; NaN if it does not count. */
  last: number;
}

/** 0 ≤ severity < 2: good or uncertain. */
const BAD = 2;

/** The value a sample counts with; undefined if it does not. 64-bit integers lose digits beyond 2^53. */
export function numberOf(value: Value | null, statusCode: number): number | undefined {
  if (statusCode >>> 30 >= BAD) return undefined;
  const number = typeof value === "boolean" || typeof value === "bigint" ? Number(value) : value;
  return typeof number === "number" && Number.isFinite(number) ? number : undefined;
}

/**
 * Cut rows first … end − 1 into cells, in order. The same rows cut at the same places give the same cells, bit for bit, whether at once or
 * as they are read again.
 *
 * @param cutAt  a time behind `at` at which a cell that begins at `at` has ended; its minute's end comes first where that is earlier.
 * @param take  is given the same object again and again.
 */
export function forEachCell(
  series: SampleColumns,
  first: number,
  end: number,
  cutAt: (at: UtcMicros) => UtcMicros,
  take: (cell: SampleCell) => void,
): void {
  const { timestamps } = series;
  const cell = emptyCell();
  for (let row = first; row < end; ) {
    const at = timestamps[row]!;
    const bound = Math.min(cutAt(at), (Math.floor(at / CELL_MICROS) + 1) * CELL_MICROS);
    let next = row + 1;
    while (next < end && timestamps[next]! < bound) next++;
    fill(cell, series, row, next);
    take(cell);
    row = next;
  }
}

export function emptyCell(): SampleCell {
  return {
    ...{ firstAt: 0, lastAt: 0, samples: 0, unusable: 0, sum: 0, area: 0, covered: 0, last: Number.NaN },
    min: Number.POSITIVE_INFINITY,
    max: Number.NEGATIVE_INFINITY,
  };
}

function fill(cell: SampleCell, series: SampleColumns, first: number, end: number): void {
  const { kinds, numbers, timestamps, statusCodes, others } = series;
  let [samples, sum, area, covered] = [0, 0, 0, 0];
  let min = Number.POSITIVE_INFINITY;
  let max = Number.NEGATIVE_INFINITY;
  let held = Number.NaN;
  let since = timestamps[first]!;
  for (let row = first; row < end; row++) {
    const at = timestamps[row]!;
    if (!Number.isNaN(held)) {
      area += held * ((at - since) * AREA_SCALE);
      covered += at - since;
    }
    since = at;
    const kind = kinds[row]!;
    held = Number.NaN;
    if (statusCodes[row]! >>> 30 >= BAD) continue;
    if (kind === ValueKind.number || kind === ValueKind.boolean) held = numbers[row]!;
    else if (kind === ValueKind.bigint) held = Number(others[numbers[row]!]);
    if (held - held !== 0) {
      held = Number.NaN; // NaN and infinities
      continue;
    }
    samples++;
    sum += held * SUM_SCALE;
    if (held < min) min = held;
    if (held > max) max = held;
  }
  cell.firstAt = timestamps[first]!;
  cell.lastAt = since;
  cell.samples = samples;
  cell.unusable = end - first - samples;
  cell.min = min;
  cell.max = max;
  cell.sum = sum;
  cell.area = area;
  cell.covered = covered;
  cell.last = held;
}
