import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { repairSymbols, sourceSymbol } from "../../src/fec/encode.ts";
import { symbolBytesFor } from "../../src/fec/protection.ts";
import { recoverBlock } from "../../src/fec/recover.ts";
import { SymbolSlab } from "../../src/fec/symbol-slab.ts";
import type { WireError } from "../../src/wire-error.ts";

/** Every symbol 0 … 254 of a block, made on demand. */
function symbolOf(block: Uint8Array, k: number, symbolBytes: number, index: number): Uint8Array {
  return index < k ? sourceSymbol(block, k, symbolBytes, index) : repairSymbols(block, k, symbolBytes, [index])[0]!;
}

function codeOf(run: () => unknown): string | undefined {
  try {
    run();
  } catch (error) {
    return (error as WireError).code;
  }
  return undefined;
}

const blockAndArrivals = fc.integer({ min: 1, max: 60 }).chain((k) =>
  fc.record({
    k: fc.constant(k),
    // At least one byte in every source symbol: 16 · k would do, fewer in the last.
    block: fc
      .integer({ min: 16 * (k - 1) + 1, max: 16 * k + 90 * k })
      .map((length) => new Uint8Array(length).map((_, at) => at * 167 + (at >> 8) * 13 + k)),
    // Any symbols in any order, some twice.
    arrivals: fc.array(fc.integer({ min: 0, max: 254 }), { minLength: 1, maxLength: 3 * k, size: "max" }),
  }),
);

describe("symbol slab", () => {
  test("gives the block back from whatever k different symbols arrive first, in any order", () => {
    let recovered = 0;
    fc.assert(
      fc.property(blockAndArrivals, ({ k, block, arrivals }) => {
        const symbolBytes = symbolBytesFor(block.length, k);
        const storage = new Uint8Array(k * symbolBytes + 48).fill(0x5a); // dirty, as a pool's is
        const slab = new SymbolSlab(k, symbolBytes, storage);
        const seen = new Set<number>();
        for (const index of arrivals) {
          const expected = seen.has(index) ? "held" : seen.size === k ? "complete" : "placed";
          expect(slab.place(index, symbolOf(block, k, symbolBytes, index))).toBe(expected);
          if (expected === "placed") seen.add(index);
          expect(slab.holds(index)).toBe(seen.has(index));
          expect(slab.heldCount).toBe(seen.size);
        }
        const result = slab.recover(block.length);
        if (seen.size < k) expect(result).toBeUndefined();
        else {
          expect(Buffer.compare(result!, block)).toBe(0);
          expect(slab.bytes.subarray(block.length).every((byte) => byte === 0)).toBe(true);
          recovered++;
        }
        expect(storage.subarray(k * symbolBytes).every((byte) => byte === 0x5a)).toBe(true);
      }),
      { seed: 17, numRuns: 400 },
    );
    expect(recovered).toBeGreaterThan(100);
  });

  test("recovering twice, or being offered more symbols afterwards, changes nothing", () => {
    const block = new Uint8Array(100).fill(7);
    const slab = new SymbolSlab(3, 48);
    for (const index of [6, 1, 5]) slab.place(index, symbolOf(block, 3, 48, index));
    expect(slab.recover(100)).toEqual(block);
    expect(slab.place(0, new Uint8Array(48).fill(0xff))).toBe("complete");
    expect(slab.recover(100)).toEqual(block);
  });

  test("refuses what does not fit", () => {
    const slab = new SymbolSlab(3, 48);
    expect(codeOf(() => slab.place(0, new Uint8Array(32)))).toBe("FEC_SYMBOL_SIZE");
    expect(codeOf(() => slab.place(255, new Uint8Array(48)))).toBe("FEC_PARAMETERS");
    expect(codeOf(() => slab.place(-1, new Uint8Array(48)))).toBe("FEC_PARAMETERS");
    expect(codeOf(() => slab.recover(145))).toBe("FEC_PARAMETERS");
    expect(codeOf(() => new SymbolSlab(3, 48, new Uint8Array(143)))).toBe("FEC_PARAMETERS");
    expect(codeOf(() => new SymbolSlab(0, 48))).toBe("FEC_PARAMETERS");
    expect(codeOf(() => new SymbolSlab(256, 48))).toBe("FEC_PARAMETERS");
    expect(codeOf(() => new SymbolSlab(3, 40))).toBe("FEC_PARAMETERS");
  });
});

describe("encode and recover", () => {
  test("every erasure pattern of every (k, n) with k ≤ 5, n ≤ 8", () => {
    for (let k = 1; k <= 5; k++) {
      const block = new Uint8Array(k * 32 - 5).map((_, at) => at * 91 + k);
      const all = Array.from({ length: 8 }, (_, index) => symbolOf(block, k, 32, index));
      for (let pattern = 0; pattern < 256; pattern++) {
        const held = new Map([...all.entries()].filter(([index]) => (pattern & (1 << index)) !== 0));
        const result = recoverBlock(held, k, 32, block.length);
        if (held.size < k) expect(result).toBeUndefined();
        else expect(Buffer.compare(result!, block)).toBe(0);
      }
    }
  });

  test("random k, n, loss and sizes", () => {
    const transfer = fc.integer({ min: 1, max: 254 }).chain((k) =>
      fc.record({
        k: fc.constant(k),
        units: fc.integer({ min: 1, max: 20 }),
        survivors: fc.shuffledSubarray([...Array(255).keys()], { minLength: k, maxLength: k }),
      }),
    );
    fc.assert(
      fc.property(transfer, ({ k, units, survivors }) => {
        const symbolBytes = units * 16;
        const block = new Uint8Array(k * symbolBytes - 3).map((_, at) => (at * 2_654_435_761) >>> 21);
        const repair = survivors.filter((index) => index >= k);
        const held = new Map(repairSymbols(block, k, symbolBytes, repair).map((symbol, at) => [repair[at]!, symbol]));
        for (const index of survivors) if (index < k) held.set(index, sourceSymbol(block, k, symbolBytes, index));
        expect(Buffer.compare(recoverBlock(held, k, symbolBytes, block.length)!, block)).toBe(0);
      }),
      { seed: 23, numRuns: 120 },
    );
  });

  test("a wrong symbol gives a wrong block: integrity is the MAC's and the signature's business", () => {
    const block = new Uint8Array(64).fill(1);
    const [first, second] = repairSymbols(block, 2, 32, [2, 3]);
    first![5]! ^= 1;
    const wrong = recoverBlock(
      new Map([
        [2, first!],
        [3, second!],
      ]),
      2,
      32,
      64,
    );
    expect(Buffer.compare(wrong!, block)).not.toBe(0);
  });

  test("symbols that do not exist are refused", () => {
    const block = new Uint8Array(64);
    expect(codeOf(() => sourceSymbol(block, 2, 32, 2))).toBe("FEC_PARAMETERS");
    expect(codeOf(() => repairSymbols(block, 2, 32, [1]))).toBe("FEC_PARAMETERS");
    expect(codeOf(() => repairSymbols(block, 2, 32, [255]))).toBe("FEC_PARAMETERS");
    expect(codeOf(() => repairSymbols(block, 1, 32, [1]))).toBe("FEC_PARAMETERS"); // the block does not fit one symbol
    expect(codeOf(() => repairSymbols(new Uint8Array(4000), 250, 16, [250, 251, 252, 253, 254, 250]))).toBe(
      "FEC_PARAMETERS",
    );
    expect(repairSymbols(block, 2, 32, [])).toEqual([]);
  });
});
