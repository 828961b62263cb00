import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type Scaling, scaleOf } from "../../src/tag/scaling.ts";

const linear = (scale: number, offset = 0): Scaling => ({ kind: "linear", scale, offset });
const range = (rawLow: number, rawHigh: number, low: number, high: number): Scaling => ({
  kind: "range",
  rawLow,
  rawHigh,
  low,
  high,
});

describe("scaling", () => {
  test.each<[string, Scaling, number | bigint, number]>([
    ["a decimal is the decimal", linear(0.1), 234, 23.4],
    ["and with an offset", linear(0.1, -40), 653, 25.3],
    ["a negative scale", linear(-0.01), 5, -0.05],
    ["zero is zero, not minus zero", linear(-0.1), 0, 0],
    ["a scale above one", linear(2.5, 0.25), 3, 7.75],
    ["a scale in powers of ten", linear(1e-9), 5, 5e-9],
    ["large scale", linear(1e21), 3, 3e21],
    ["a raw value with a fraction is computed in doubles", linear(0.1), 0.5, 0.05],
    ["0 … 27648 to 0 … 100", range(0, 27648, 0, 100), 13824, 50],
    ["the ends are the ends", range(0, 27648, -50, 99.9), 27648, 99.9],
    ["and the lower one", range(0, 27648, -50, 99.9), 0, -50],
    ["beyond the range it goes on", range(0, 1000, 0, 100), 1100, 110],
    ["raw range with an offset", range(4000, 20000, 0, 10), 12000, 5],
    ["raw range downwards", range(1000, 0, 0, 100), 250, 75],
    ["a bigint becomes a number", linear(0.001), 9007199254740993n, 9007199254740.992],
    ["a bigint beyond 2^53, divisible", linear(0.1), 90071992547409940n, 9007199254740994],
    ["the largest UINT64", linear(1), 2n ** 64n - 1n, 18446744073709552000],
    ["upper end of a FLOAT32 range, in doubles", range(0.5, 1.5, 0, 0.3), 1.5, 0.3],
  ])("%s", (_, scaling, raw, value) => {
    expect(Object.is(scaleOf(scaling)(raw), value), String(scaleOf(scaling)(raw))).toBe(true);
  });

  test("NaN and infinities stay what they are", () => {
    expect(scaleOf(linear(0.1, 1))(Number.NaN)).toBeNaN();
    expect(scaleOf(linear(0.1, 1))(Number.POSITIVE_INFINITY)).toBe(Number.POSITIVE_INFINITY);
    expect(scaleOf(linear(-0.1))(Number.POSITIVE_INFINITY)).toBe(Number.NEGATIVE_INFINITY);
  });

  test("impossible scalings are refused", () => {
    expect(() => scaleOf(linear(Number.NaN))).toThrow(RangeError);
    expect(() => scaleOf(linear(1, Number.POSITIVE_INFINITY))).toThrow(RangeError);
    expect(() => scaleOf(range(5, 5, 0, 1))).toThrow(RangeError);
  });

  test("16- and 32-bit counts with decimal scale and offset: the double nearest the exact result, as decimal arithmetic by hand gives it", () => {
    const decimal = fc.record({
      mantissa: fc.integer({ min: -99_999, max: 99_999 }),
      places: fc.integer({ min: 0, max: 6 }),
    });
    fc.assert(
      fc.property(fc.integer({ min: -(2 ** 31), max: 2 ** 32 }), decimal, decimal, (raw, scale, offset) => {
        fc.pre(scale.mantissa !== 0);
        const written = ({ mantissa, places }: { mantissa: number; places: number }) =>
          Number(`${mantissa}e-${places}`);
        // raw · m1/10^p1 + m2/10^p2, over 10^12, written out as decimal text and read by the engine's own correctly rounding parser.
        const numerator =
          BigInt(raw) * BigInt(scale.mantissa) * 10n ** BigInt(12 - scale.places) +
          BigInt(offset.mantissa) * 10n ** BigInt(12 - offset.places);
        const exact = Number(`${numerator}e-12`);
        const scaled = scaleOf(linear(written(scale), written(offset)))(raw);
        expect(scaled === exact, `${raw} · ${written(scale)} + ${written(offset)} = ${scaled}, not ${exact}`).toBe(
          true,
        );
      }),
      { seed: 5, numRuns: 5000 },
    );
  });
});
