/** Minimum, maximum, average and time-weighted average of one tag, interval by interval, in one pass.
 *  historian → [aggregate] → history endpoints
 *  Source: OPC UA Part 13 §5.4.3 (Average, TimeAverage with stepped values, Minimum, Maximum). */
import { type SampleColumns, type UtcMicros, type Value, ValueKind } from "@nonreturn/wire-format";

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

/** 0 ≤ severity < 2: good or uncertain. */
const BAD = 2;

/** The value a sample counts with; undefined if it does not. 64-bit integers lose digits beyond 2^53. */
export function numberOf(value: Value | null, statusCode: number): number | undefined {
  if (statusCode >>> 30 >= BAD) return undefined;
  const number = typeof value === "boolean" || typeof value === "bigint" ? Number(value) : value;
  return typeof number === "number" && Number.isFinite(number) ? number : undefined;
}

/** About 56 bytes per interval. */
export class IntervalAggregator {
  readonly #from: UtcMicros;
  readonly #to: UtcMicros;
  readonly #interval: number;
  readonly #samples: Uint32Array;
  readonly #unusable: Uint32Array;
  readonly #min: Float64Array;
  readonly #max: Float64Array;
  readonly #mean: Float64Array;
  /** Of the value over time, divided by the interval. */
  readonly #area: Float64Array;
  readonly #covered: Float64Array; // µs
  /** What holds since #since; undefined where nothing does. */
  #held: number | undefined;
  #since: UtcMicros;

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
    this.#samples = new Uint32Array(count);
    this.#unusable = new Uint32Array(count);
    this.#min = new Float64Array(count).fill(Number.POSITIVE_INFINITY);
    this.#max = new Float64Array(count).fill(Number.NEGATIVE_INFINITY);
    this.#mean = new Float64Array(count);
    this.#area = new Float64Array(count);
    this.#covered = new Float64Array(count);
    this.#held = held;
    this.#since = from;
  }

  /** In order of time, from ≤ at < to. */
  push(number: number | undefined, at: UtcMicros): void {
    this.#holdUntil(at);
    this.#held = number;
    const index = Math.floor((at - this.#from) / this.#interval);
    if (number === undefined) {
      this.#unusable[index]!++;
      return;
    }
    const samples = ++this.#samples[index]!;
    if (number < this.#min[index]!) this.#min[index] = number;
    if (number > this.#max[index]!) this.#max[index] = number;
    // A running mean: a sum of large values would overflow.
    this.#mean[index]! += number / samples - this.#mean[index]! / samples;
  }

  /** Rows first … end − 1, the same as as many pushes. */
  pushRows({ kinds, numbers, timestamps, statusCodes, others }: SampleColumns, first: number, end: number): void {
    for (let row = first; row < end; row++) {
      const kind = kinds[row]!;
      const number = numbers[row]!;
      const value =
        kind === ValueKind.boolean || kind === ValueKind.number
          ? number
          : kind === ValueKind.bigint
            ? others[number]!
            : null;
      this.push(numberOf(value, statusCodes[row]!), timestamps[row]!);
    }
  }

  /** @param until  what holds then is held no longer: now, or the end of the range. */
  finish(until: UtcMicros): IntervalFigures[] {
    this.#holdUntil(Math.min(until, this.#to));
    return Array.from(this.#samples, (samples, index) => {
      const start = this.#from + index * this.#interval;
      const length = Math.min(this.#interval, this.#to - start);
      const covered = this.#covered[index]!;
      return {
        start,
        samples,
        unusable: this.#unusable[index]!,
        min: samples === 0 ? null : this.#min[index]!,
        max: samples === 0 ? null : this.#max[index]!,
        avg: samples === 0 ? null : this.#mean[index]!,
        timeWeighted: covered === 0 ? null : this.#area[index]! / (covered / this.#interval),
        coverage: covered / length,
      };
    });
  }

  #holdUntil(at: UtcMicros): void {
    const held = this.#held;
    if (held === undefined) {
      this.#since = Math.max(this.#since, at);
      return;
    }
    while (this.#since < at) {
      const index = Math.floor((this.#since - this.#from) / this.#interval);
      const end = Math.min(this.#from + (index + 1) * this.#interval, at);
      const length = end - this.#since;
      this.#area[index]! += held * (length / this.#interval);
      this.#covered[index]! += length;
      this.#since = end;
    }
  }
}
