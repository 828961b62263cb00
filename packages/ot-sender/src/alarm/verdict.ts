/** Says of one value whether the condition of an alarm is met.
 *  alarm settings, value → [verdict] → watched alarm */
import type { Value } from "@nonreturn/wire-format";
import type { DiscreteTest, LimitTest, RateTest } from "./alarm-settings.ts";

/** unknown: the value says nothing about the condition, and the alarm stays as it is. */
export type Verdict = "met" | "not met" | "unknown";
export type AlarmState = "active" | "normal";

/**
 * Source: ISA-18.2 "alarm deadband". Active means beyond the limit, never on it; normal again at the limit less the deadband. NaN is
 * neither above nor below anything.
 *
 * @param state  the deadband holds for an active alarm only.
 */
export function judgeLimit({ kind, limit, deadband }: LimitTest, value: Value, state: AlarmState): Verdict {
  if (typeof value !== "number" && typeof value !== "bigint") return "unknown";
  // Comparing a bigint with a number is exact.
  const turn = state === "active" ? (kind === "above" ? limit - deadband : limit + deadband) : limit;
  if (kind === "above" ? value > turn : value < turn) return "met";
  return Number.isNaN(value) ? "unknown" : "not met";
}

export function judgeDiscrete({ values }: DiscreteTest, value: Value): Verdict {
  if (typeof value === "object") return "unknown";
  const isOne = values.some((each) =>
    typeof value === "bigint" ? Number.isInteger(each) && BigInt(each) === value : each === value,
  );
  return isOne ? "met" : Number.isNaN(value) ? "unknown" : "not met";
}

/** @param perSecond  of the value over the window; undefined while that is not covered. */
export function judgeRate(
  { direction, limit, deadband }: RateTest,
  perSecond: number | undefined,
  state: AlarmState,
): Verdict {
  if (perSecond === undefined || Number.isNaN(perSecond)) return "unknown";
  const speed = direction === "both" ? Math.abs(perSecond) : direction === "rising" ? perSecond : -perSecond;
  return speed > (state === "active" ? limit - deadband : limit) ? "met" : "not met";
}
