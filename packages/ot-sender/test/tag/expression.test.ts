import { describe, expect, test } from "vitest";
import { parseExpression } from "../../src/tag/expression.ts";

function evaluate(text: string, values: Record<string, number | boolean> = {}) {
  const parsed = parseExpression(text);
  if ("mistake" in parsed) throw new Error(parsed.mistake);
  return parsed.evaluate(new Map(Object.entries(values)));
}

describe("an expression", () => {
  test.each([
    ["a + b * 2 - 10 / 4", { a: 1, b: 3 }, 4.5],
    ["-a ^ 2 % 3", { a: 2 }, -1],
    ["a > 1 and not (b or c)", { a: 2, b: false, c: false }, true],
    ["running ? speed : 0", { running: false, speed: 9 }, 0],
    ["max(a, 0) + min(a, b, 3) + abs(-2)", { a: -1, b: 5 }, 1],
    ["round(sqrt(a) * 1e1) / 10", { a: 2 }, 1.4],
    ["a == b", { a: 0.5, b: 0.5 }, true],
    ["a + 1", { a: true }, 2],
  ] as const)("%s", (text, values, expected) => {
    expect(evaluate(text, values)).toBe(expected);
  });

  test("without a result has none: division by zero, roots of negative numbers", () => {
    expect(evaluate("a / b", { a: 1, b: 0 })).toBeUndefined();
    expect(evaluate("sqrt(a)", { a: -1 })).toBeUndefined();
    expect(evaluate("a ^ 9999", { a: 10 })).toBeUndefined();
    expect(evaluate("a / b", { a: 1, b: 2 })).toBe(0.5);
  });

  test("names its inputs once each", () => {
    expect(parseExpression("a + min(b_2, a) * 1e3 + PI")).toMatchObject({ inputs: ["a", "b_2"] });
  });

  test.each([
    ["a +", /is no expression/],
    ["'text'", /"'" means nothing here/],
    ["a[0]", /"\[" means nothing here/],
    ["a; b", /";" means nothing here/],
    ["a.b", /is no expression/],
    ["f(x) = x", /is no expression/],
    ["a = 1", /is no expression/],
    ["constructor", /is no expression/],
    ["__proto__", /is no expression/],
    [`${"(".repeat(1999)}a`, /is no expression/],
    ["a".repeat(2001), /has 2001 characters/],
  ])("refuses %s", (text, expected) => {
    expect(parseExpression(text)).toEqual({ mistake: expect.stringMatching(expected) });
  });

  test.each([
    "random()",
    "fac(9)",
    "gamma(5)",
    "map(a, b)",
    "toString",
    "a!",
    "valueOf()",
    "hasOwnProperty(a)",
  ])("has no %s, nor anything else of the library or the language", (text) => {
    const parsed = parseExpression(text);
    // Either it does not parse, or the name is taken for an input, which the configuration then has to have.
    if ("mistake" in parsed) return expect(parsed.mistake).toMatch(/is no expression/);
    expect(parsed.inputs).toContain(/[A-Za-z]+/.exec(text)![0]);
    expect(parsed.evaluate(new Map())).toBeUndefined();
  });
});
