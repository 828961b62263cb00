import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { inverse, multiply } from "../../src/fec/galois.ts";
import { parityCoefficient, recoveryCoefficients } from "../../src/fec/parity-matrix.ts";

type Coefficient = (symbolIndex: number, sourceIndex: number) => number;

/** Rank by elimination: the slow way that needs no theory. */
function rank(matrix: number[][]): number {
  const rows = matrix.map((row) => [...row]);
  let found = 0;
  for (let column = 0; column < (rows[0]?.length ?? 0); column++) {
    const pivot = rows.findIndex((row, at) => at >= found && row[column] !== 0);
    if (pivot < 0) continue;
    [rows[found], rows[pivot]] = [rows[pivot]!, rows[found]!];
    const scale = inverse(rows[found]![column]!);
    for (let at = found + 1; at < rows.length; at++) {
      const factor = multiply(rows[at]![column]!, scale);
      if (factor === 0) continue;
      for (let c = column; c < rows[at]!.length; c++) rows[at]![c]! ^= multiply(factor, rows[found]![c]!);
    }
    found++;
  }
  return found;
}

/** Whether these k symbols give all k sources back. */
function determines(k: number, held: readonly number[], coefficient: Coefficient): boolean {
  const rows = held.map((symbol) =>
    Array.from({ length: k }, (_, source) => (symbol < k ? Number(symbol === source) : coefficient(symbol, source))),
  );
  return rank(rows) === k;
}

function* subsets(of: number, size: number, from = 0): Generator<number[]> {
  if (size === 0) return yield [];
  for (let first = from; first <= of - size; first++) {
    for (const rest of subsets(of, size - 1, first + 1)) yield [first, ...rest];
  }
}

/** The k held symbols of one erasure pattern: sources in their places, repair symbols where sources are missing. */
function inSlots(k: number, missing: readonly number[], repair: readonly number[]): Uint8Array {
  const held = Uint8Array.from({ length: k }, (_, source) => source);
  for (const [at, source] of missing.entries()) held[source] = repair[at]!;
  return held;
}

describe("parity matrix", () => {
  test("any k of n symbols suffice: every pattern of every (k, n) up to n = 10", () => {
    let patterns = 0;
    for (let n = 1; n <= 10; n++) {
      for (let k = 1; k <= n; k++) {
        for (const held of subsets(n, k)) {
          if (!determines(k, held, parityCoefficient)) expect.fail(`k ${k}, symbols ${held}`);
          patterns++;
        }
      }
    }
    expect(patterns).toBe(2036); // Σ (2^n − 1) for n = 1 … 10
  });

  test("any k of 255 symbols suffice: random patterns of every size", () => {
    const pattern = fc
      .integer({ min: 1, max: 254 })
      .chain((k) =>
        fc.tuple(fc.constant(k), fc.shuffledSubarray([...Array(255).keys()], { minLength: k, maxLength: k })),
      );
    fc.assert(
      fc.property(pattern, ([k, held]) => determines(k, held, parityCoefficient)),
      { seed: 20_261_123, numRuns: 60 },
    );
  });

  test("the same check refuses a matrix that is not MDS (positive control)", () => {
    // Adding as integers where the field adds by XOR: an easy mistake, and right for most patterns.
    const mistaken: Coefficient = (symbol, source) => inverse(symbol + source);
    const failing = [...subsets(12, 4)].filter((held) => !determines(4, held, mistaken));
    expect(failing.length).toBeGreaterThan(0);
  });

  test("a row does not depend on the number of rows or on other rows", () => {
    expect(parityCoefficient(3, 0)).toBe(inverse(3));
    expect(parityCoefficient(3, 1)).toBe(inverse(2));
    expect(parityCoefficient(254, 199)).toBe(inverse(254 ^ 199));
  });

  test("recovery coefficients undo the parity rows: M · (I over P) is the identity", () => {
    const pattern = fc.integer({ min: 1, max: 200 }).chain((k) =>
      fc.integer({ min: 1, max: Math.min(k, 255 - k) }).chain((lost) =>
        fc.record({
          k: fc.constant(k),
          missing: fc.shuffledSubarray([...Array(k).keys()], { minLength: lost, maxLength: lost }),
          repair: fc.shuffledSubarray(
            Array.from({ length: 255 - k }, (_, at) => k + at),
            { minLength: lost, maxLength: lost },
          ),
        }),
      ),
    );
    fc.assert(
      fc.property(pattern, ({ k, missing, repair }) => {
        const held = inSlots(k, missing, repair);
        const matrix = new Uint8Array(k * missing.length);
        recoveryCoefficients(held, Uint8Array.from(missing), matrix);
        // Multiply by what each held symbol is made of; row `a` must come out as source a alone.
        for (const [row, a] of missing.entries()) {
          for (let source = 0; source < k; source++) {
            let sum = 0;
            for (let column = 0; column < k; column++) {
              const symbol = held[column]!;
              const part = symbol < k ? Number(symbol === source) : parityCoefficient(symbol, source);
              sum ^= multiply(matrix[row * k + column]!, part);
            }
            expect(sum).toBe(source === a ? 1 : 0);
          }
        }
      }),
      { seed: 7, numRuns: 40 },
    );
  });
});
