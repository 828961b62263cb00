import { describe, expect, it } from "vitest";
import type { RateTest } from "../../src/alarm/alarm-settings.ts";
import { judgeDiscrete, judgeLimit, judgeRate } from "../../src/alarm/verdict.ts";

describe("a limit", () => {
  const high = { kind: "above", limit: 90, deadband: 2 } as const;
  const low = { kind: "below", limit: -5, deadband: 0 } as const;

  it.each([
    [high, 90, "normal", "not met"],
    [high, 90.001, "normal", "met"],
    [high, 89, "active", "met"],
    [high, 88.001, "active", "met"],
    [high, 88, "active", "not met"],
    [low, -5, "normal", "not met"],
    [low, -5.001, "normal", "met"],
    [low, -5, "active", "not met"],
    [high, Number.POSITIVE_INFINITY, "normal", "met"],
    [high, Number.NaN, "normal", "unknown"],
    [high, Number.NaN, "active", "unknown"],
    [high, 9_007_199_254_740_993n, "normal", "met"],
    [high, 90n, "normal", "not met"],
    [high, true, "normal", "unknown"],
    [high, "91", "normal", "unknown"],
    [high, [91], "normal", "unknown"],
  ] as const)("%j and %s while %s: %s", (test, value, state, verdict) => {
    expect(judgeLimit(test, value, state)).toBe(verdict);
  });

  it("is exact for 64-bit integers", () => {
    const test = { kind: "above", limit: 2 ** 53, deadband: 0 } as const;
    expect(judgeLimit(test, 2n ** 53n, "normal")).toBe("not met");
    expect(judgeLimit(test, 2n ** 53n + 1n, "normal")).toBe("met");
  });
});

it.each([
  [[true], true, "met"],
  [[true], false, "not met"],
  [[false], false, "met"],
  [[3, 4], 4, "met"],
  [[3, 4], 5, "not met"],
  [[3], 3n, "met"],
  [[3], 4n, "not met"],
  [["FAULT"], "FAULT", "met"],
  [["FAULT"], "fault", "not met"],
  [[1], true, "not met"],
  [[3], Number.NaN, "unknown"],
  [[3], [3], "unknown"],
] as const)("one of %j and %s: %s", (values, value, verdict) => {
  expect(judgeDiscrete({ kind: "equals", values }, value)).toBe(verdict);
});

describe("a rate", () => {
  const test = (direction: RateTest["direction"]): RateTest => ({
    kind: "rate",
    direction,
    limit: 5,
    deadband: 1,
    windowMs: 1000,
  });

  it.each([
    ["both", 5, "normal", "not met"],
    ["both", 5.1, "normal", "met"],
    ["both", -5.1, "normal", "met"],
    ["both", 4.5, "active", "met"],
    ["both", 4, "active", "not met"],
    ["rising", -50, "normal", "not met"],
    ["rising", 50, "normal", "met"],
    ["falling", -50, "normal", "met"],
    ["falling", 50, "normal", "not met"],
    ["both", undefined, "active", "unknown"],
    ["both", Number.NaN, "active", "unknown"],
  ] as const)("%s, %s per second while %s: %s", (direction, perSecond, state, verdict) => {
    expect(judgeRate(test(direction), perSecond, state)).toBe(verdict);
  });
});
