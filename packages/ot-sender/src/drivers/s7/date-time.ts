/** Dates, times of day and durations as S7 stores them. All results are microseconds since 1970 as the CPU's clock shows them, or ms.
 *  reply → [date time] → convert */

/**
 * DATE_AND_TIME: year, month, day, hour, minute, second, each two decimal digits; then three digits of ms and the weekday.
 * Years 90 … 99 are 1990 … 1999, 00 … 89 are 2000 … 2089. Source: STEP 7 help, "Format of the data type DATE_AND_TIME".
 */
export function dateAndTime(bytes: DataView, at: number): number | undefined {
  const two = (index: number): number => {
    const byte = bytes.getUint8(at + index);
    return byte >> 4 > 9 || (byte & 15) > 9 ? Number.NaN : (byte >> 4) * 10 + (byte & 15);
  };
  const last = bytes.getUint8(at + 7) >> 4;
  const ms = last > 9 ? Number.NaN : two(6) * 10 + last;
  const year = two(0);
  return instant(year >= 90 ? 1900 + year : 2000 + year, two(1), two(2), two(3), two(4), two(5), ms * 1000);
}

/** DTL: year (2 bytes), month, day, weekday, hour, minute, second, nanoseconds (4 bytes). Source: S7-1500 system manual, "DTL". */
export function dtl(bytes: DataView, at: number): number | undefined {
  const nanos = bytes.getUint32(at + 8);
  if (nanos > 999_999_999) return undefined;
  const byte = (index: number): number => bytes.getUint8(at + index);
  return instant(bytes.getUint16(at), byte(2), byte(3), byte(5), byte(6), byte(7), Math.floor(nanos / 1000));
}

/** LDT: nanoseconds since 1970, 64 bits signed. */
export function longDateAndTime(bytes: DataView, at: number): number | undefined {
  return Number(bytes.getBigInt64(at) / 1000n); // 2^63 ns are 9.2e15 µs, a little beyond 2^53: to the year 2255 exact
}

/** DATE: days since 1990-01-01. */
export function dateOf(bytes: DataView, at: number): number {
  return (Date.UTC(1990, 0, 1) + bytes.getUint16(at) * 86_400_000) * 1000;
}

/** S5TIME and timers: time base in bits 12 and 13 (10 ms, 100 ms, 1 s, 10 s), three decimal digits. @returns ms */
export function s5TimeMs(bytes: DataView, at: number): number | undefined {
  const word = bytes.getUint16(at);
  const digits = [(word >> 8) & 15, (word >> 4) & 15, word & 15];
  if (digits.some((digit) => digit > 9)) return undefined;
  return (digits[0]! * 100 + digits[1]! * 10 + digits[2]!) * 10 ** (((word >> 12) & 3) + 1);
}

/** Undefined if there is no such date or time: Date.UTC would carry over. */
function instant(
  year: number,
  month: number,
  day: number,
  hour: number,
  minute: number,
  second: number,
  micros: number,
): number | undefined {
  const within = month >= 1 && month <= 12 && day >= 1 && hour <= 23 && minute <= 59 && second <= 59 && micros < 1e6;
  if (!within || !(year >= 1970 && year <= 2554)) return undefined;
  if (day > new Date(Date.UTC(year, month, 0)).getUTCDate()) return undefined;
  return Date.UTC(year, month - 1, day, hour, minute, second) * 1000 + micros;
}
