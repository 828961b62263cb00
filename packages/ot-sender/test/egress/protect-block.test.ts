import { DatagramFlag, MAX_SYMBOLS, recoverBlock } from "@nonreturn/wire-format";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { seededBytes } from "../../../../test/support/station-keys.ts";
import { firstPass, laterPass, type OutgoingBlock, singleSymbol } from "../../src/egress/protect-block.ts";

const LIMITS = { maxSymbolBytes: 1408, redundancyPercent: 25 };
const blockOf = (length: number): OutgoingBlock => ({
  stream: 1,
  sealingEpoch: 10,
  sequence: 7,
  bytes: seededBytes(length)(length),
});

describe("protect block", () => {
  it("makes k source and n − k repair symbols, any k of which give the block back, over both passes", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 241, max: 60_000 }),
        fc.array(fc.nat(1000), { minLength: 200, maxLength: 200 }),
        (length, picks) => {
          const block = blockOf(length);
          const first = firstPass(block, LIMITS);
          const later = laterPass(block, LIMITS);
          const { sourceSymbols, totalSymbols, symbolBytes } = first[0]!.protection;
          expect(first.map(({ index }) => index)).toEqual([...Array(totalSymbols).keys()]);
          expect(later.slice(0, sourceSymbols).map(({ index }) => index)).toEqual([...Array(sourceSymbols).keys()]);
          // Repair symbols of the second pass were not sent before.
          for (const { index } of later.slice(sourceSymbols)) expect(index).toBeGreaterThanOrEqual(totalSymbols);
          for (const { index, totalSymbols: n } of [...first, ...later]) expect(index).toBeLessThan(n);
          expect(first.every(({ flags }) => flags === 0)).toBe(true);
          expect(later.every(({ flags }) => flags === DatagramFlag.repeat)).toBe(true);
          const pool = [...first, ...later];
          const chosen = new Map<number, Uint8Array>();
          for (const pick of picks) {
            const { index, symbol } = pool[pick % pool.length]!;
            if (chosen.size < sourceSymbols) chosen.set(index, symbol);
          }
          if (chosen.size < sourceSymbols) return;
          const recovered = recoverBlock(chosen, sourceSymbols, symbolBytes, length);
          expect(Buffer.from(recovered!).equals(block.bytes)).toBe(true);
        },
      ),
      { seed: 9, numRuns: 30 },
    );
  });

  it("stays within 255 symbols for the largest block, and refuses a larger one", () => {
    const block = blockOf(200 * 1408);
    const later = laterPass(block, LIMITS);
    expect(Math.max(...later.map(({ index }) => index))).toBeLessThan(MAX_SYMBOLS);
    expect(new Set(later.map(({ index }) => index)).size).toBe(later.length);
    expect(() => firstPass(blockOf(200 * 1408 + 1), LIMITS)).toThrow();
  });

  it("puts a heartbeat into one datagram, or says that it cannot", () => {
    const symbol = singleSymbol(blockOf(400), LIMITS)!;
    expect([symbol.index, symbol.totalSymbols, symbol.protection.totalSymbols]).toEqual([0, 1, 1]);
    expect(singleSymbol(blockOf(1409), LIMITS)).toBeUndefined();
  });
});
