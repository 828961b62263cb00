import { describe, expect, test } from "vitest";
import { FIELD_POLYNOMIAL, inverse, logarithm, multiply, power } from "../../src/fec/galois.ts";

/** The definition, bit by bit: product of polynomials, reduced. */
function multiplyByDefinition(a: number, b: number): number {
  let product = 0;
  for (let bit = 0; bit < 8; bit++) if (b & (1 << bit)) product ^= a << bit;
  for (let bit = 15; bit >= 8; bit--) if (product & (1 << bit)) product ^= FIELD_POLYNOMIAL << (bit - 8);
  return product;
}

describe("GF(2^8)", () => {
  test("every product is that of the polynomials modulo 0x11D", () => {
    for (let a = 0; a < 256; a++) {
      for (let b = 0; b < 256; b++) {
        if (multiply(a, b) !== multiplyByDefinition(a, b)) expect.fail(`${a} · ${b} = ${multiply(a, b)}`);
      }
    }
    expect(multiply(0x80, 2)).toBe(0x1d); // x^8 = x^4 + x^3 + x^2 + 1
  });

  test("every element but 0 has an inverse and a logarithm", () => {
    for (let a = 1; a < 256; a++) {
      expect(multiply(a, inverse(a))).toBe(1);
      expect(power(logarithm(a))).toBe(a);
    }
    expect(() => inverse(0)).toThrow(RangeError);
    expect(new Set(Array.from({ length: 255 }, (_, exponent) => power(exponent))).size).toBe(255);
  });

  test("exponents of any sign and size", () => {
    expect(power(-1)).toBe(inverse(2));
    expect(power(-255)).toBe(1);
    expect(power(255 * 7 + 3)).toBe(8);
    expect(power(-255 * 3 - 2)).toBe(inverse(4));
  });
});
