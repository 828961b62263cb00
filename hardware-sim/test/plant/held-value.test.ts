import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { holdAs } from "../../src/plant/held-value.ts";

describe("what a variable holds", () => {
  test("scaled integers are what a sensor would say, not a binary neighbour", () => {
    for (let tenths = -5000; tenths <= 5000; tenths++) expect(holdAs("INT16", 0, tenths / 10, 0.1)).toBe(tenths + 0);
  });

  test("analogue values stop at the ends of the range, counters wrap", () => {
    expect(holdAs("INT16", 0, 1e9, 1)).toBe(32_767);
    expect(holdAs("UINT16", 0, -5, 1)).toBe(0);
    expect(Object.is(holdAs("INT16", 0, -0.2, 1), 0)).toBe(true);
    expect(holdAs("UINT64", 0, 1e30, 1)).toBe(2n ** 64n - 1n);
    expect(holdAs("UINT32", 0, 2n ** 32n + 5n, 1)).toBe(5);
    expect(holdAs("INT64", 0, 2n ** 63n, 1)).toBe(-(2n ** 63n));
    expect(holdAs("UINT16", 0, Number.NaN, 1)).toBe(0);
  });

  test("text is cut at a character, never inside one", () => {
    fc.assert(
      fc.property(fc.string({ unit: "grapheme" }), fc.integer({ min: 1, max: 15 }), (text, length) => {
        const held = String(holdAs("STRING", length, text, 1));
        expect(text.startsWith(held)).toBe(true);
        expect(Buffer.byteLength(held)).toBeLessThanOrEqual(length);
        expect(held).not.toContain("\uFFFD");
      }),
      { seed: 3, numRuns: 500 },
    );
  });
});
