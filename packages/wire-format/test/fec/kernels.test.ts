import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { multiply } from "../../src/fec/galois.ts";
import { kernel } from "../../src/fec/kernel.ts";
import { scalarKernel } from "../../src/fec/scalar-kernel.ts";
import { loadSimdKernel } from "../../src/fec/simd-kernel.ts";
import type { SymbolKernel } from "../../src/fec/symbol-kernel.ts";

const simdKernel = loadSimdKernel()!;
const kernels: [string, SymbolKernel][] = [
  ["wasm-simd", simdKernel],
  ["scalar", scalarKernel],
];

interface Sums {
  readonly sources: number;
  readonly outputs: number;
  readonly symbolBytes: number;
  /** Bytes of the last source that lie beyond the end of the input. */
  readonly cut: number;
  readonly seed: number;
}

/** Sizes around every boundary of the kernels: columns of 16, 32, 64 bytes, groups of four outputs, and more than their memory holds. */
const sums: fc.Arbitrary<Sums> = fc.record({
  sources: fc.oneof(fc.integer({ min: 1, max: 9 }), fc.integer({ min: 10, max: 255 })),
  outputs: fc.oneof(fc.integer({ min: 1, max: 9 }), fc.integer({ min: 10, max: 60 })),
  symbolBytes: fc
    .oneof(fc.integer({ min: 1, max: 12 }), fc.constantFrom(88, 96, 97, 193, 556))
    .map((units) => units * 16),
  cut: fc.integer({ min: 0, max: 15 }),
  seed: fc.integer(),
});

/** Reproducible bytes; any full-period generator does. */
function bytesFrom(seed: number, length: number): Uint8Array {
  let state = seed | 1;
  return new Uint8Array(length).map(() => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) | 0;
    return state >>> 24;
  });
}

function everySymbolBytes(count: number, symbolBytes: number): Int32Array {
  return Int32Array.from({ length: count }, (_, at) => at * symbolBytes);
}

function combined(by: SymbolKernel, { sources, outputs, symbolBytes, cut, seed }: Sums): Uint8Array {
  const input = bytesFrom(seed, sources * symbolBytes - cut);
  const coefficients = bytesFrom(seed + 1, sources * outputs);
  const output = new Uint8Array(outputs * symbolBytes).fill(0xee);
  const [from, to] = [everySymbolBytes(sources, symbolBytes), everySymbolBytes(outputs, symbolBytes)];
  by.combine(input, from, sources, coefficients, output, to, outputs, symbolBytes);
  return output;
}

describe.each(kernels)("%s kernel", (_, subject) => {
  test("gives the sums of the definition", () => {
    const small = fc.record({
      sources: fc.integer({ min: 1, max: 20 }),
      outputs: fc.integer({ min: 1, max: 9 }),
      symbolBytes: fc.integer({ min: 1, max: 10 }).map((units) => units * 16),
      cut: fc.integer({ min: 0, max: 15 }),
      seed: fc.integer(),
    });
    fc.assert(
      fc.property(small, (wanted) => {
        const { sources, outputs, symbolBytes, cut, seed } = wanted;
        const input = bytesFrom(seed, sources * symbolBytes - cut);
        const coefficients = bytesFrom(seed + 1, sources * outputs);
        const expected = new Uint8Array(outputs * symbolBytes);
        for (let row = 0; row < outputs; row++) {
          for (let at = 0; at < symbolBytes; at++) {
            for (let source = 0; source < sources; source++) {
              const byte = input[source * symbolBytes + at] ?? 0;
              expected[row * symbolBytes + at]! ^= multiply(coefficients[row * sources + source]!, byte);
            }
          }
        }
        expect(Buffer.compare(combined(subject, wanted), expected)).toBe(0);
      }),
      { seed: 1, numRuns: 150 },
    );
  });

  test("may write outputs over sources", () => {
    const symbolBytes = 1552; // more than one stretch of columns of the scalar kernel
    const [sources, outputs] = [40, 11];
    const separate = combined(subject, { sources, outputs, symbolBytes, cut: 0, seed: 5 });
    const slab = bytesFrom(5, sources * symbolBytes);
    const coefficients = bytesFrom(6, sources * outputs);
    const over = Int32Array.from({ length: outputs }, (_, row) => (row * 3 + 2) * symbolBytes);
    subject.combine(
      slab,
      everySymbolBytes(sources, symbolBytes),
      sources,
      coefficients,
      slab,
      over,
      outputs,
      symbolBytes,
    );
    for (let row = 0; row < outputs; row++) {
      const [here, there] = [row * symbolBytes, over[row]!];
      expect(
        Buffer.compare(slab.subarray(there, there + symbolBytes), separate.subarray(here, here + symbolBytes)),
      ).toBe(0);
    }
    expect(Buffer.compare(slab.subarray(0, 2 * symbolBytes), bytesFrom(5, 2 * symbolBytes))).toBe(0); // the others are untouched
  });

  test("symbols far larger than its memory go through in parts", () => {
    // 255 · 8896 B = 2.3 MB through 311 KiB.
    const wanted = { sources: 250, outputs: 5, symbolBytes: 8896, cut: 9, seed: 11 };
    const last = combined(subject, { ...wanted, sources: 250 }).subarray(-8896);
    const input = bytesFrom(11, 250 * 8896 - 9);
    const coefficients = bytesFrom(12, 250 * 5);
    for (const at of [0, 575, 576, 1023, 4097, 8887, 8895]) {
      let sum = 0;
      for (let source = 0; source < 250; source++) {
        sum ^= multiply(coefficients[4 * 250 + source]!, input[source * 8896 + at] ?? 0);
      }
      expect(last[at]).toBe(sum);
    }
  });
});

describe("both kernels", () => {
  test("agree byte for byte", () => {
    fc.assert(
      fc.property(sums, (wanted) => {
        expect(Buffer.compare(combined(simdKernel, wanted), combined(scalarKernel, wanted))).toBe(0);
      }),
      { seed: 3, numRuns: 120 },
    );
  });
});

describe("selection", () => {
  test("WebAssembly SIMD where there is one", () => {
    expect(kernel.name).toBe("wasm-simd");
  });

  test("none where the engine refuses the module, or is missing", () => {
    const engine = (globalThis as unknown as { WebAssembly: NonNullable<Parameters<typeof loadSimdKernel>[0]> })
      .WebAssembly;
    expect(loadSimdKernel({ validate: () => false, Module: engine.Module, Instance: engine.Instance })).toBeUndefined();
    expect(
      loadSimdKernel({ validate: (bytes) => engine.validate(bytes), Module: engine.Module, Instance: engine.Instance })
        ?.name,
    ).toBe("wasm-simd");
  });
});
