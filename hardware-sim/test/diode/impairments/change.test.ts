import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { bitFlips, truncation } from "../../../src/diode/impairments/corruption.ts";
import { duplication } from "../../../src/diode/impairments/duplication.ts";
import type { Passing } from "../../../src/diode/impairments/impairment.ts";
import { seededRandom } from "../../../src/random/seeded-random.ts";
import { Z99 } from "./statistics-of.ts";

const anyBytes = fc.uint8Array({ minLength: 1, maxLength: 200 });

describe("bit flips", () => {
  test("flip exactly as many bits as asked for, in a copy, and keep the length", () => {
    fc.assert(
      fc.property(anyBytes, fc.integer({ min: 1, max: 8 }), fc.nat(), (bytes, bits, seed) => {
        const before = bytes.slice();
        const after = bitFlips(1, bits, seededRandom(seed, "flips")).pass({ bytes, atMs: 3 }) as Passing;
        expect(bytes).toEqual(before);
        expect(after.bytes.length).toBe(bytes.length);
        expect(differingBits(before, after.bytes)).toBe(bits);
        expect(after).toMatchObject({ corrupted: true, atMs: 3 });
      }),
      { seed: 2, numRuns: 300 },
    );
  });

  test("a datagram that is left alone is passed on as it is", () => {
    const datagram = { bytes: new Uint8Array([1, 2]), atMs: 0 };
    expect(bitFlips(0, 1, seededRandom(1, "flips")).pass(datagram)).toBe(datagram);
  });

  test("an empty datagram has no bit to flip", () => {
    const datagram = { bytes: new Uint8Array(0), atMs: 0 };
    expect(bitFlips(1, 1, seededRandom(1, "flips")).pass(datagram)).toBe(datagram);
  });
});

describe("truncation", () => {
  test("keeps a proper prefix", () => {
    fc.assert(
      fc.property(anyBytes, fc.nat(), (bytes, seed) => {
        const after = truncation(1, seededRandom(seed, "cut")).pass({ bytes, atMs: 0 }) as Passing;
        expect(after.bytes.length).toBeLessThan(bytes.length);
        expect([...after.bytes]).toEqual([...bytes.subarray(0, after.bytes.length)]);
        expect(after.corrupted).toBe(true);
      }),
      { seed: 3, numRuns: 300 },
    );
  });
});

describe("duplication", () => {
  test("the share of pairs lies within the 99 % interval, the copy follows within the delay", () => {
    const impairment = duplication(0.1, 5, seededRandom(4, "twice"));
    const count = 50_000;
    let pairs = 0;
    for (let n = 0; n < count; n++) {
      const outcome = impairment.pass({ bytes: new Uint8Array(1), atMs: n });
      if (!Array.isArray(outcome)) continue;
      pairs++;
      const [original, copy] = outcome as [Passing, Passing];
      expect(original.copy).toBeUndefined();
      expect(copy.copy).toBe(true);
      expect(copy.bytes).toBe(original.bytes);
      expect(copy.atMs - original.atMs).toBeGreaterThanOrEqual(0);
      expect(copy.atMs - original.atMs).toBeLessThanOrEqual(5);
    }
    expect(Math.abs(pairs / count - 0.1)).toBeLessThan(Z99 * Math.sqrt((0.1 * 0.9) / count));
  });
});

function differingBits(a: Uint8Array, b: Uint8Array): number {
  let bits = 0;
  for (const [index, byte] of a.entries())
    for (let rest = byte ^ (b[index] ?? 0); rest > 0; rest >>= 1) bits += rest & 1;
  return bits;
}
