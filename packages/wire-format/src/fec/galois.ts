/** Arithmetic in GF(2^8), by logarithm tables: what parity and recovery matrices are computed with.
 *  [galois] → parity matrix, recovery matrix → kernel
 *
 *  The field is that of RFC 5510 §8.1: polynomials over GF(2) modulo x^8 + x^4 + x^3 + x^2 + 1 (0x11D); a byte's bit i is the
 *  coefficient of x^i. The element 2 (that is, x) generates all 255 non-zero elements. Addition and subtraction are both XOR. */

export const FIELD_POLYNOMIAL = 0x11d;
const FIELD_SIZE = 256;

/** EXP[e] = 2^e for e = 0 … 509, so that a sum of two logarithms needs no reduction modulo 255. */
const EXP = new Uint8Array(510);
/** LOG[2^e] = e for e = 0 … 254. LOG[0] does not exist; the slot holds 0 and callers test for zero first. */
const LOG = new Uint8Array(FIELD_SIZE);

for (let exponent = 0, power = 1; exponent < 255; exponent++) {
  EXP[exponent] = power;
  EXP[exponent + 255] = power;
  LOG[power] = exponent;
  power <<= 1;
  if (power & 0x100) power ^= FIELD_POLYNOMIAL;
}

/** Product of two field elements, 0 … 255 each. */
export function multiply(a: number, b: number): number {
  return a === 0 || b === 0 ? 0 : EXP[LOG[a]! + LOG[b]!]!;
}

/** The element that gives 1 when multiplied by `a`. @throws RangeError for 0, which has none. */
export function inverse(a: number): number {
  if (a === 0) throw new RangeError("0 has no inverse");
  return EXP[255 - LOG[a]!]!;
}

/** Exponent e, 0 … 254, with 2^e = a. Only for a ≠ 0: products of many factors are sums of these. */
export function logarithm(a: number): number {
  return LOG[a]!;
}

/** 2^exponent for any integer exponent, negative ones included. */
export function power(exponent: number): number {
  const reduced = exponent % 255;
  return EXP[reduced < 0 ? reduced + 255 : reduced]!;
}
