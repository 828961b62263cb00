/** Decides whether a value differs enough from the one reported last.
 *  report by exception → [deadband] → report, or not */
import type { Scalar, Value } from "@nonreturn/wire-format";

/**
 * Whether `value` is to be reported after `reported`. Source: OPC UA Part 4 §7.22.2: a change is reported if |last − current| > deadband.
 *
 * Without a deadband any change counts, bit by bit (`Object.is`: −0 is not 0, NaN is NaN). With one, values that are not both finite are
 * compared without it. Text, bytes and arrays are compared by content; an array's deadband holds for each element.
 *
 * @param deadband  in engineering units, 0 or more.
 */
export function differs(reported: Value | null, value: Value | null, deadband: number): boolean {
  if (typeof value === "number" && typeof reported === "number") {
    if (Object.is(value, reported)) return false;
    const distance = Math.abs(value - reported);
    return deadband === 0 || !Number.isFinite(distance) || distance > deadband;
  }
  if (typeof value === "bigint" && typeof reported === "bigint") {
    if (value === reported) return false;
    // Exact: a bigint compares with any number, fractions included.
    return deadband === 0 || (value > reported ? value - reported : reported - value) > deadband;
  }
  if (value instanceof Uint8Array) return !(reported instanceof Uint8Array && equalBytes(value, reported));
  if (Array.isArray(value)) {
    if (!Array.isArray(reported) || reported.length !== value.length) return true;
    const [now, before] = [value as readonly Scalar[], reported as readonly Scalar[]];
    return now.some((each, index) => differs(before[index]!, each, deadband));
  }
  return !Object.is(value, reported);
}

function equalBytes(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, index) => byte === b[index]);
}
