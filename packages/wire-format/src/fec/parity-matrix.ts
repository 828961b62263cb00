/** The coefficients of the code: what each repair symbol is made of, and what each missing source symbol is made of.
 *  galois → [parity matrix] → encode, recover
 *
 *  The code is systematic: symbol i < k is source symbol i itself. Repair symbol s, k ≤ s ≤ 254, is
 *
 *      repair(s) = Σ over j = 0 … k−1 of  source(j) / (s ⊕ j)        (division in GF(2^8))
 *
 *  so row i = s − k of the parity matrix is 1/(x_i ⊕ y_j) with x_i = k + i and y_j = j: a Cauchy matrix. It depends on (k, i)
 *  only; any number of repair symbols up to index 254 can be made later, in any order.
 *
 *  Why any k different symbols suffice (the code is MDS). Let M be the source symbols that are missing and R as many repair symbols
 *  that are held, |M| = |R| = m. Taking the known sources out of the repair symbols leaves m equations in m unknowns, whose matrix is
 *  1/(r ⊕ a), r ∈ R, a ∈ M: a square Cauchy matrix. Its determinant is
 *
 *      Π over pairs r < r' of (r ⊕ r') · Π over pairs a < a' of (a ⊕ a')  /  Π over all r, a of (r ⊕ a)
 *
 *  All r and a are different bytes (a < k ≤ r ≤ 254), so no factor is zero and neither is the determinant. This holds for every k,
 *  every number of repair symbols with k + rows ≤ 255, and every choice of M and R.
 *  Sources: RFC 5510 §8 (field, systematic use); Roth and Seroussi, On Generator Matrices of MDS Codes, 1985 (Cauchy form). */
import { inverse, logarithm, power } from "./galois.ts";

/** Factor of source symbol `sourceIndex` (0 … k−1) in repair symbol `symbolIndex` (k … 254). The two are never equal. */
export function parityCoefficient(symbolIndex: number, sourceIndex: number): number {
  return inverse(symbolIndex ^ sourceIndex);
}

// Scratch of recoveryCoefficients: one logarithm per symbol used. Never read before it is written.
const heldWeights = new Int32Array(255);

/**
 * Write the matrix that turns k held symbols into the missing source symbols.
 *
 * No elimination is needed. The code is a generalised Reed–Solomon code: a codeword is v(p) · f(p) at the points p = 0 … 254 for a
 * polynomial f of degree below k, and Lagrange interpolation through the held points, with everything that cancels cancelled, gives
 *
 *      source(a) = Σ over held b of  symbol(b) · w(a) / (w(b) · (a ⊕ b))
 *      w(p) = Π over r ∈ R, r ≠ p of (p ⊕ r)  /  Π over l ∈ M, l ≠ p of (p ⊕ l)
 *
 * with M the missing sources and R the repair symbols held. That is so cheap (a few microseconds) that inverses are not cached.
 *
 * @param held  k different symbol indices in the order the kernel will read them; those ≥ k are R.
 * @param missing  M: the source indices below k that `held` lacks. As many as `held` has repair symbols.
 * @param into  receives |M| rows of k coefficients, row after row.
 * Cost: O(k · |M|) table look-ups; allocates nothing.
 */
export function recoveryCoefficients(held: Uint8Array, missing: Uint8Array, into: Uint8Array): void {
  const k = held.length;
  for (let column = 0; column < k; column++) heldWeights[column] = weight(held[column]!, held, missing);
  for (let row = 0; row < missing.length; row++) {
    const a = missing[row]!;
    const weightOfA = weight(a, held, missing);
    for (let column = 0; column < k; column++) {
      into[row * k + column] = power(weightOfA - heldWeights[column]! - logarithm(a ^ held[column]!));
    }
  }
}

/** Logarithm of w(point), not reduced modulo 255. */
function weight(point: number, held: Uint8Array, missing: Uint8Array): number {
  const k = held.length;
  let sum = 0;
  for (let column = 0; column < k; column++) {
    const r = held[column]!;
    if (r >= k && r !== point) sum += logarithm(point ^ r);
  }
  for (let row = 0; row < missing.length; row++) {
    const l = missing[row]!;
    if (l !== point) sum -= logarithm(point ^ l);
  }
  return sum;
}
