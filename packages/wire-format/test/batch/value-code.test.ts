import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { NumberCoder, POWER_OF_TEN, ValueCode } from "../../src/batch/value-code.ts";
import { anyNumber, bitsOf } from "./sample-rows.ts";

function codeOf(value: number, predicted = 0): { code: number; mantissa: number } {
  const coder = new NumberCoder();
  coder.choose(value, predicted);
  return { code: coder.code, mantissa: coder.mantissa };
}

/** What docs/wire-format.md tells a receiver to do, written down a second time. */
function decoded(code: number, mantissa: number, raw: number): number {
  if (code === ValueCode.float) return Math.fround(raw);
  if (code === ValueCode.double) return raw;
  if (code === ValueCode.integer || code === ValueCode.wideInteger) return mantissa;
  const quotient = mantissa / 10 ** (code & 15);
  return code >> 4 === 2 ? Math.fround(quotient) : quotient;
}

describe("value code of a number", () => {
  it.each([
    [0, ValueCode.integer, 0],
    [-0, ValueCode.float, undefined],
    [234, ValueCode.integer, 234],
    [-(2 ** 31), ValueCode.float, undefined],
    [2 ** 31 - 1, ValueCode.integer, 2 ** 31 - 1],
    [2 ** 40, ValueCode.float, undefined],
    [2 ** 40 + 1, ValueCode.wideInteger, 2 ** 40 + 1],
    [2 ** 53 - 1, ValueCode.wideInteger, 2 ** 53 - 1],
    [1e20, ValueCode.double, undefined],
    [23.4, 0x11, 234],
    [-0.0265878, 0x17, -265878],
    [Math.fround(23.4), 0x21, 234],
    [Math.fround(0.1), 0x21, 1],
    [0.5, 0x11, 5],
    [123456789.25, 0x32, 12345678925],
    [1 / 3, ValueCode.double, undefined],
    [Math.fround(1 / 3), ValueCode.float, undefined],
    [Math.PI, ValueCode.double, undefined], // 16 digits, 52 bits: nothing to gain
    [Number.NaN, ValueCode.float, undefined],
    [Infinity, ValueCode.float, undefined],
    [5e-324, ValueCode.double, undefined],
    [2 ** -149, ValueCode.float, undefined],
  ] as const)("%d → code %i", (value, code, mantissa) => {
    const chosen = codeOf(value);
    expect(chosen.code).toBe(code);
    if (mantissa !== undefined) expect(chosen.mantissa).toBe(mantissa);
  });

  it("gives the same bits back for every number, with and without a prediction", () => {
    fc.assert(
      fc.property(anyNumber, fc.integer({ min: 0, max: 0x3f }), (value, predicted) => {
        const { code, mantissa } = codeOf(value, predicted);
        const back = decoded(code, mantissa, value);
        if (Number.isNaN(value)) expect(Number.isNaN(back)).toBe(true);
        else expect(bitsOf(back)).toBe(bitsOf(value));
        const narrow = code === ValueCode.integer || (code >= ValueCode.decimal && code < ValueCode.wideDecimal);
        if (narrow) expect(mantissa).toBe(mantissa | 0);
      }),
      { seed: 1, numRuns: 50_000 },
    );
  });

  it("finds the decimal of every number that has one of up to 31 bits", () => {
    fc.assert(
      fc.property(fc.integer(), fc.integer({ min: 1, max: 15 }), (mantissa, exponent) => {
        const value = mantissa / POWER_OF_TEN[exponent]!;
        fc.pre(!Number.isInteger(value) && Math.fround(value) !== value);
        expect(codeOf(value).code & 0xf0).toBe(ValueCode.decimal);
      }),
      { seed: 2, numRuns: 20_000 },
    );
  });

  it("takes a prediction only where it is exact and no longer than 3 bytes", () => {
    expect(codeOf(23.4, 0x13)).toEqual({ code: 0x13, mantissa: 23400 });
    expect(codeOf(23.4, 0x1f).code).toBe(0x11);
    expect(codeOf(23.45, 0x11).code).toBe(0x12);
    expect(codeOf(23.4, 0x21).code).toBe(0x11); // a double, not the float32 next to it
    expect(codeOf(Math.fround(23.5), 0x21)).toEqual({ code: 0x21, mantissa: 235 });
  });

  it("needs division: multiplying by 10^−e gives other bits (control)", () => {
    expect(3 * 10 ** -1).not.toBe(0.3);
    expect(3 / 10 ** 1).toBe(0.3);
  });
});
