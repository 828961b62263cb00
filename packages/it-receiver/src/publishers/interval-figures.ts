/** Minimum, maximum, average and time-weighted average of one tag, interval by interval, in one pass.
 *  historian → [interval figures] → REST, OPC UA, SQL
 *  Source: OPC UA Part 13 §5.4.3 (Average, TimeAverage with stepped values, Minimum, Maximum). */
import type { SampleColumns, UtcMicros } from "@nonreturn/wire-format";
import { AREA_SCALE, forEachCell, type SampleCell, SUM_SCALE } from "./sample-cells.ts";

export interface IntervalFigures {
  readonly start: UtcMicros;
  /** Samples that count: good or uncertain, a finite number or a boolean (1, 0). */
  readonly samples: number;
  /** Bad samples, and those without a finite number. */
  readonly unusable: number;
  readonly min: number | null;
  readonly max: number | null;
  readonly avg: number | null;
  /** A value holds until the next sample; a sample that does not count ends it. */
  readonly timeWeighted: number | null;
  /** Share of the interval in which a value held: 0 … 1. */
  readonly coverage: number;
}

/** About 56 bytes per interval. */
export class IntervalAggregator {
  readonly #from: UtcMicros;
  readonly #to: UtcMicros;
  readonly #interval: number;
  readonly #samples: Float64Array;
  readonly #unusable: Float64Array;
  readonly #min: Float64Array;
  readonly #max: Float64Array;
  readonly #sum: Float64Array; // × SUM_SCALE
  readonly #area: Float64Array; // of the value over time, × AREA_SCALE
  readonly #covered: Float64Array; // µs
  /** What holds since #since; NaN where nothing does. */
  #held: number;
  #since: UtcMicros;
  #resolution: "exact" | "coarser" = "exact";

  /**
   * Intervals of `interval` µs from `from` on; the last one may be cut short by `to`.
   *
   * @param held  the value that holds at `from`: that of the newest sample before, if it counts.
   */
  constructor(from: UtcMicros, to: UtcMicros, interval: number, held: number | undefined) {
    const count = Math.ceil((to - from) / interval);
    this.#from = from;
    this.#to = to;
    this.#interval = interval;
    this.#samples = new Float64Array(count);
    this.#unusable = new Float64Array(count);
    this.#min = new Float64Array(count).fill(Number.POSITIVE_INFINITY);
    this.#max = new Float64Array(count).fill(Number.NEGATIVE_INFINITY);
    this.#sum = new Float64Array(count);
    this.#area = new Float64Array(count);
    this.#covered = new Float64Array(count);
    this.#held = held ?? Number.NaN;
    this.#since = from;
  }

  /** Rows first … end − 1, in order of time, from ≤ time < to. */
  pushRows(series: SampleColumns, first: number, end: number): void {
    forEachCell(series, first, end, this.#endOf, this.pushCell);
  }

  /** coarser: a cell was longer than an interval, so what is said of its time is spread over it. */
  get resolution(): "exact" | "coarser" {
    return this.#resolution;
  }

  /** True if all of a cell's samples lie in one interval. */
  readonly fits = ({ firstAt, lastAt }: SampleCell): boolean =>
    firstAt >= this.#from && lastAt < this.#to && this.#indexOf(firstAt) === this.#indexOf(lastAt);

  /** In order of time. One that does not fit is counted where it begins, and held evenly over all its time. */
  readonly pushCell = (cell: SampleCell): void => {
    if (!this.fits(cell)) {
      this.#pushWide(cell);
      return;
    }
    this.#holdUntil(cell.firstAt);
    this.#held = cell.last;
    this.#since = cell.lastAt;
    const index = this.#indexOf(cell.firstAt);
    this.#count(index, cell);
    this.#area[index]! += cell.area;
    this.#covered[index]! += cell.covered;
  };

  /** @param until  what holds then is held no longer: now, or the end of the range. */
  finish(until: UtcMicros): IntervalFigures[] {
    this.#holdUntil(Math.min(until, this.#to));
    return Array.from(this.#samples, (samples, index) => {
      const start = this.#from + index * this.#interval;
      const length = Math.min(this.#interval, this.#to - start);
      const covered = this.#covered[index]!;
      const [min, max] = [this.#min[index]!, this.#max[index]!];
      // Rounding must not lead beyond the extremes, nor beyond what a double holds.
      const avg = Math.min(max, Math.max(min, this.#sum[index]! / samples / SUM_SCALE));
      return {
        start,
        samples,
        unusable: this.#unusable[index]!,
        min: samples === 0 ? null : min,
        max: samples === 0 ? null : max,
        avg: samples === 0 ? null : avg,
        timeWeighted: covered === 0 ? null : this.#area[index]! / (covered * AREA_SCALE),
        coverage: covered / length,
      };
    });
  }

  #pushWide(cell: SampleCell): void {
    const { firstAt, lastAt, area, covered, last } = cell;
    const [begin, end] = [Math.max(firstAt, this.#from), Math.min(lastAt, this.#to)];
    if (begin > end || begin >= this.#to) return;
    this.#resolution = "coarser";
    this.#holdUntil(begin);
    this.#count(this.#indexOf(begin), cell);
    for (let at = begin; at < end; ) {
      const until = Math.min(this.#endOf(at), end);
      const share = (until - at) / (lastAt - firstAt);
      const index = this.#indexOf(at);
      this.#area[index]! += area * share;
      this.#covered[index]! += covered * share;
      at = until;
    }
    this.#held = last;
    this.#since = lastAt;
  }

  #count(index: number, { samples, unusable, min, max, sum }: SampleCell): void {
    this.#samples[index]! += samples;
    this.#unusable[index]! += unusable;
    if (min < this.#min[index]!) this.#min[index] = min;
    if (max > this.#max[index]!) this.#max[index] = max;
    this.#sum[index]! += sum;
  }

  #indexOf(at: UtcMicros): number {
    return Math.floor((at - this.#from) / this.#interval);
  }

  readonly #endOf = (at: UtcMicros): UtcMicros => this.#from + (this.#indexOf(at) + 1) * this.#interval;

  #holdUntil(at: UtcMicros): void {
    const held = this.#held;
    if (Number.isNaN(held)) {
      this.#since = Math.max(this.#since, at);
      return;
    }
    while (this.#since < at) {
      const index = this.#indexOf(this.#since);
      const end = Math.min(this.#from + (index + 1) * this.#interval, at);
      const length = end - this.#since;
      this.#area[index]! += held * (length * AREA_SCALE);
      this.#covered[index]! += length;
      this.#since = end;
    }
  }
}
