/** How time is divided for figures: a unit is what is derived from samples, and removed, at once.
 *  [figure units] ← roll up, retention, read history */
import type { UtcMicros } from "@nonreturn/wire-format";

export const HOUR_MICROS = 3_600_000_000;
/** A quarter of a day (UTC): 21,600 samples at 1 s, a few milliseconds of work. Its minutes are one row. */
export const UNIT_MICROS = 6 * HOUR_MICROS;
/** Hours of ten days are one row; which of its units are in it, a bit each, is less than 2^53. */
export const UNITS_PER_ROW = 40;

/** Number of the unit that a time lies in. */
export function unitOf(at: UtcMicros): number {
  return Math.floor(at / UNIT_MICROS);
}

export function unitStart(unit: number): UtcMicros {
  return unit * UNIT_MICROS;
}

/** First unit of the row of hours that a unit lies in. */
export function rowOf(unit: number): number {
  return unit - (unit % UNITS_PER_ROW);
}

/** @param units  of a row of hours, bit by bit. */
export function hasUnit(units: number, unit: number): boolean {
  return Math.floor(units / 2 ** (unit % UNITS_PER_ROW)) % 2 === 1;
}

export function withUnit(units: number, unit: number): number {
  return hasUnit(units, unit) ? units : units + 2 ** (unit % UNITS_PER_ROW);
}
