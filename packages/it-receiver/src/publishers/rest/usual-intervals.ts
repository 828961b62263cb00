/** Intervals as people read them: of a round length, beginning at its multiples, so that the historian's figures by minute answer them.
 *  range, points → [usual intervals] → history queries */
import type { UtcMicros } from "@nonreturn/wire-format";

export interface Intervals {
  readonly from: UtcMicros;
  readonly to: UtcMicros;
  readonly each: number; // µs
}

const MS = 1000;
const SECOND = 1000 * MS;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

const USUAL: readonly number[] = [
  ...[1, 2, 5, 10, 20, 50, 100, 200, 500].map((count) => count * MS),
  ...[1, 2, 5, 10, 15, 30].map((count) => count * SECOND),
  ...[1, 2, 5, 10, 15, 20, 30].map((count) => count * MINUTE),
  ...[1, 2, 3, 4, 6, 8, 12].map((count) => count * HOUR),
];

/** The shortest usual length with which at most `points` whole intervals hold the range; days, where those are not enough. */
export function usualIntervals(from: UtcMicros, to: UtcMicros, points: number): Intervals {
  const around = (each: number): Intervals => ({
    from: Math.floor(from / each) * each,
    to: Math.ceil(to / each) * each,
    each,
  });
  for (const each of USUAL) {
    const intervals = around(each);
    if ((intervals.to - intervals.from) / each <= points) return intervals;
  }
  for (let days = Math.max(1, Math.floor((to - from) / DAY / points)); ; days++) {
    const intervals = around(days * DAY);
    // One interval cannot hold a range across its multiple.
    if ((intervals.to - intervals.from) / intervals.each <= Math.max(2, points)) return intervals;
  }
}
