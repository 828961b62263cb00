/** How fast a value changes, over a sliding window of its own timestamps.
 *  samples → [rate of change] → verdict */
import type { UtcMicros } from "@nonreturn/wire-format";

/** Points kept per window: the beginning of the window is found so exactly. */
const POINTS = 32;

/**
 * The difference between a value and the one that held a window ago, per second between the two. A value that came much longer ago than
 * that (a driver that delivers only changes) held until the window began.
 *
 * Cost: at most POINTS + 2 points, a few steps per sample.
 */
export class RateOfChange {
  readonly #windowMicros: number;
  readonly #spacingMicros: number;
  #points: { time: UtcMicros; value: number }[] = [];

  constructor(windowMs: number) {
    this.#windowMicros = windowMs * 1000;
    this.#spacingMicros = this.#windowMicros / POINTS;
  }

  /** What came before says nothing about what comes: the values between are not known. */
  forget(): void {
    this.#points = [];
  }

  /** @returns units per second; undefined until a whole window was seen. A timestamp that falls begins anew. */
  note(value: number, time: UtcMicros): number | undefined {
    const points = this.#points;
    const last = points.at(-1);
    if (last !== undefined && time < last.time) this.#points = [{ time, value }];
    else if (last !== undefined && (time === last.time || this.#isClose(last.time))) {
      last.time = time;
      last.value = value;
    } else points.push({ time, value });
    return this.#rate(value, time);
  }

  /** The newest point is always there; one too close to the one before it gives way to the next. */
  #isClose(time: UtcMicros): boolean {
    const before = this.#points.at(-2);
    return before !== undefined && time - before.time < this.#spacingMicros;
  }

  #rate(value: number, time: UtcMicros): number | undefined {
    const points = this.#points;
    const begin = time - this.#windowMicros;
    let first = 0;
    while (first + 1 < points.length && points[first + 1]!.time <= begin) first++;
    if (first > 0) points.splice(0, first);
    const base = points[0];
    if (base === undefined || base.time > begin) return undefined;
    const elapsed = time - base.time;
    const seconds = (elapsed <= 2 * this.#windowMicros ? elapsed : this.#windowMicros) / 1e6;
    return (value - base.value) / seconds;
  }
}
