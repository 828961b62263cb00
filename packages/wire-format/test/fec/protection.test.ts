import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { chooseProtection, symbolBytesFor } from "../../src/fec/protection.ts";
import type { WireError } from "../../src/wire-error.ts";

const mtu1500 = { maxSymbolBytes: 1408, redundancyPercent: 25 };

function codeOf(run: () => unknown): string | undefined {
  try {
    run();
  } catch (error) {
    return (error as WireError).code;
  }
  return undefined;
}

describe("chooseProtection", () => {
  test.each([
    [1, 1, 4, 16],
    [600, 1, 4, 608],
    [1408, 1, 4, 1408],
    [1409, 2, 6, 720],
    [2816, 2, 6, 1408],
    [2817, 3, 7, 944],
    [8 * 1408, 8, 12, 1408],
    [16 * 1408, 16, 22, 1408],
    [64 * 1408, 64, 82, 1408],
    [200 * 1408, 200, 252, 1408],
  ])("%i bytes at 25 %%: k %i, n %i, symbols of %i bytes", (blockBytes, sourceSymbols, totalSymbols, symbolBytes) => {
    expect(chooseProtection(blockBytes, mtu1500)).toEqual({ sourceSymbols, totalSymbols, symbolBytes });
  });

  test("n ends at 255", () => {
    expect(chooseProtection(200 * 1408, { maxSymbolBytes: 1408, redundancyPercent: 100 }).totalSymbols).toBe(255);
  });

  test("a percentage that divides evenly is not rounded up by binary fractions", () => {
    expect(chooseProtection(100 * 1408, { maxSymbolBytes: 1408, redundancyPercent: 7 }).totalSymbols).toBe(109);
    // 0.07 · 100 is 7.000000000000001
    expect(chooseProtection(100 * 1408, { maxSymbolBytes: 1408, redundancyPercent: 0.07 * 100 }).totalSymbols).toBe(
      109,
    );
  });

  test("what cannot be protected is refused", () => {
    expect(codeOf(() => chooseProtection(200 * 1408 + 1, mtu1500))).toBe("FEC_PARAMETERS");
    expect(codeOf(() => chooseProtection(0, mtu1500))).toBe("FEC_PARAMETERS");
    expect(codeOf(() => chooseProtection(1.5, mtu1500))).toBe("FEC_PARAMETERS");
    expect(codeOf(() => chooseProtection(100, { maxSymbolBytes: 1400, redundancyPercent: 25 }))).toBe("FEC_PARAMETERS");
    expect(codeOf(() => chooseProtection(100, { maxSymbolBytes: 0, redundancyPercent: 25 }))).toBe("FEC_PARAMETERS");
    expect(codeOf(() => chooseProtection(100, { maxSymbolBytes: 1408, redundancyPercent: -1 }))).toBe("FEC_PARAMETERS");
    expect(codeOf(() => chooseProtection(100, { maxSymbolBytes: 1408, redundancyPercent: Number.NaN }))).toBe(
      "FEC_PARAMETERS",
    );
  });

  test("symbols hold the block, fit the limit, and none is only padding", () => {
    const wanted = fc.record({
      maxSymbolBytes: fc.integer({ min: 1, max: 556 }).map((units) => units * 16),
      share: fc.double({ min: 0, max: 1, noNaN: true }),
      redundancyPercent: fc.double({ min: 0, max: 300, noNaN: true }),
    });
    fc.assert(
      fc.property(wanted, ({ maxSymbolBytes, share, redundancyPercent }) => {
        const blockBytes = 1 + Math.floor(share * (200 * maxSymbolBytes - 1));
        const {
          sourceSymbols: k,
          totalSymbols: n,
          symbolBytes,
        } = chooseProtection(blockBytes, { maxSymbolBytes, redundancyPercent });
        expect(symbolBytes).toBeLessThanOrEqual(maxSymbolBytes);
        expect(symbolBytes % 16).toBe(0);
        expect(symbolBytes).toBe(symbolBytesFor(blockBytes, k));
        expect(k * symbolBytes).toBeGreaterThanOrEqual(blockBytes);
        expect((k - 1) * symbolBytes).toBeLessThan(blockBytes);
        expect(n - k).toBeGreaterThanOrEqual(3);
        expect(n).toBeLessThanOrEqual(255);
      }),
      { seed: 2, numRuns: 2000 },
    );
  });
});
