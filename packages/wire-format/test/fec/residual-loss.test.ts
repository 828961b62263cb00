import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { independentLoss, type LossChannel, meanLoss, mixing } from "../../src/fec/loss-channel.ts";
import {
  blocksLostPerYear,
  type ErasureCode,
  independentResidualLoss,
  passCorrelation,
  residualLoss,
  residualLossOfTwoPasses,
  type SymbolSpacing,
} from "../../src/fec/residual-loss.ts";
import type { WireError } from "../../src/wire-error.ts";

const code = (sourceSymbols: number, totalSymbols: number): ErasureCode => ({ sourceSymbols, totalSymbols });
const bursts = (badShare: number, meanBurst: number, clock: "datagrams" | "ms" = "datagrams"): LossChannel => ({
  goodLoss: 0,
  badLoss: 1,
  badShare,
  meanBurst,
  clock,
});

/** Relative difference. */
function expectNear(value: number, exact: number, relative: number): void {
  if (!(Math.abs(value - exact) <= relative * Math.abs(exact))) expect.fail(`${value} instead of ${exact}`);
}

/** mulberry32: the whole simulation follows from its seed. */
function uniform(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Datagram by datagram, or stretch by stretch in milliseconds: the channel itself, not its transition matrix over a distance. */
function* lossesOf(channel: LossChannel, distances: readonly number[], random: () => number): Generator<boolean> {
  const { badShare, meanBurst, goodLoss, badLoss, clock } = channel;
  let bad = random() < badShare;
  const leave = (from: boolean) => (from ? 1 / meanBurst : badShare / ((1 - badShare) * meanBurst));
  yield random() < (bad ? badLoss : goodLoss);
  for (const distance of distances) {
    if (clock === "datagrams") {
      for (let step = 0; step < distance; step++) if (random() < leave(bad)) bad = !bad;
    } else {
      // Memoryless: a stretch may be drawn afresh at every symbol.
      for (let left = distance; ; bad = !bad) {
        left -= -Math.log(1 - random()) / leave(bad);
        if (left <= 0) break;
      }
    }
    yield random() < (bad ? badLoss : goodLoss);
  }
}

function distancesOf({ totalSymbols }: ErasureCode, spacing: SymbolSpacing): readonly number[] {
  return typeof spacing === "number" ? Array<number>(totalSymbols - 1).fill(spacing) : spacing;
}

/** Blocks lost of `blocks`, after one pass or (with fresh repair symbols, 0 included) two. */
function simulateLost(
  blocks: number,
  of: ErasureCode,
  channel: LossChannel,
  spacing: SymbolSpacing,
  seed: number,
  fresh?: number,
): number {
  const random = uniform(seed);
  const distances = distancesOf(of, spacing);
  let lostBlocks = 0;
  for (let block = 0; block < blocks; block++) {
    const arrived = new Set<number>();
    let index = 0;
    for (const lost of lossesOf(channel, distances, random)) {
      if (!lost) arrived.add(index);
      index++;
    }
    if (fresh !== undefined) {
      index = 0;
      for (const lost of lossesOf(channel, distances, random)) {
        // The last `fresh` symbols of the second pass have new indices.
        if (!lost) arrived.add(index >= of.totalSymbols - fresh ? index + of.totalSymbols : index);
        index++;
      }
    }
    if (arrived.size < of.sourceSymbols) lostBlocks++;
  }
  return lostBlocks;
}

/** Whether a count of `trials` lies within the 99 % interval around probability p. */
function isWithin99Percent(count: number, trials: number, p: number): boolean {
  return Math.abs(count - trials * p) <= 2.576 * Math.sqrt(trials * p * (1 - p));
}

describe("independent loss", () => {
  /** The binomial tail in whole numbers: numerator over 10^(digits · n). */
  function exactTail(k: number, n: number, perThousand: bigint): number {
    let [sum, choose] = [0n, 1n];
    for (let i = 0; i <= n; i++) {
      if (i > n - k) sum += choose * perThousand ** BigInt(i) * (1000n - perThousand) ** BigInt(n - i);
      choose = (choose * BigInt(n - i)) / BigInt(i + 1);
    }
    const digits = sum.toString();
    return Number(`${digits[0]}.${digits.slice(1, 18)}e${digits.length - 1 - 3 * n}`);
  }

  test.each([
    [1, 4, 10n],
    [8, 12, 10n],
    [64, 82, 10n],
    [64, 82, 50n],
    [200, 252, 10n], // 1e-48
    [200, 252, 150n],
    [200, 252, 300n],
    [1, 255, 500n],
    [255, 255, 1n],
  ])("k %i, n %i, %s per thousand: twelve digits of the exact value", (k, n, perThousand) => {
    const exact = exactTail(k, n, perThousand);
    const loss = Number(perThousand) / 1000;
    expectNear(independentResidualLoss(code(k, n), loss), exact, 1e-12);
    expectNear(residualLoss(code(k, n), independentLoss(loss), 1), exact, 1e-11);
  });

  test("reaches below 1e-30", () => {
    const tail = exactTail(200, 252, 10n);
    expect(tail).toBeLessThan(1e-30);
    expect(tail).toBeGreaterThan(0);
  });

  test("nothing lost, everything lost", () => {
    expect(independentResidualLoss(code(3, 7), 0)).toBe(0);
    expect(independentResidualLoss(code(3, 7), 1)).toBe(1);
    expect(residualLoss(code(3, 7), independentLoss(0), 1)).toBe(0);
    expect(residualLoss(code(3, 7), independentLoss(1), 1)).toBe(1);
  });

  test("a second pass of the same symbols is a binomial tail for p²", () => {
    for (const loss of [0.01, 0.1, 0.4]) {
      const both = residualLossOfTwoPasses(code(16, 22), independentLoss(loss), 1, { freshRepairSymbols: 0 });
      expectNear(both, independentResidualLoss(code(16, 22), loss * loss), 1e-11);
    }
  });
});

describe("bursts, closed cases", () => {
  test("the distances of the design: (64, 80), 1 % bad, bursts of 10", () => {
    expectNear(residualLoss(code(64, 80), bursts(0.01, 10), 1), 1.4e-2, 0.02);
    expectNear(residualLoss(code(64, 80), bursts(0.01, 10), 4), 5.4e-4, 0.02);
    expectNear(residualLoss(code(64, 80), bursts(0.01, 10), 16), 1.2e-9, 0.02);
  });

  test("two passes in the table of docs/wire-format.md", () => {
    const twice = (depth: number) =>
      residualLossOfTwoPasses(code(64, 80), bursts(0.01, 10), depth, { freshRepairSymbols: 16 });
    expectNear(twice(1), 1.3e-5, 0.05);
    expectNear(twice(4), 4.5e-10, 0.02);
    expectNear(twice(16), 2.1e-27, 0.03);
  });

  test("without repair: lost unless the chain stays good throughout", () => {
    const [badShare, meanBurst, n] = [0.02, 8, 30];
    const leaveGood = badShare / ((1 - badShare) * meanBurst);
    const exact = 1 - (1 - badShare) * (1 - leaveGood) ** (n - 1);
    expectNear(residualLoss(code(n, n), bursts(badShare, meanBurst), 1), exact, 1e-12);
  });

  test("two copies: lost if both meet a bad state", () => {
    const channel = bursts(0.03, 5);
    const stillBad = 0.03 + 0.97 * (1 - 1 / (0.97 * 5)) ** 7;
    expectNear(residualLoss(code(1, 2), channel, 7), 0.03 * stillBad, 1e-12);
    const timed = bursts(0.03, 5, "ms");
    expectNear(residualLoss(code(1, 2), timed, 7.5), 0.03 * (0.03 + 0.97 * Math.exp(-7.5 / (0.97 * 5))), 1e-12);
  });

  test("far apart, symbols are lost for themselves", () => {
    const channel = { ...bursts(0.05, 20), goodLoss: 0.01, badLoss: 0.8 };
    expectNear(
      residualLoss(code(10, 16), channel, 1e6),
      independentResidualLoss(code(10, 16), meanLoss(channel)),
      1e-9,
    );
  });

  test("a whole block within one instant shares one state", () => {
    expectNear(residualLoss(code(10, 16), bursts(0.05, 20, "ms"), 0), 0.05, 1e-12);
  });

  test("d steps of distance 1 are one of distance d", () => {
    const channel = bursts(0.1, 4);
    const once = mixing(channel, 1);
    for (const distance of [1, 2, 3, 10, 1000])
      expectNear(mixing(channel, distance), 1 - (1 - once) ** distance, 1e-12);
    expect(mixing(bursts(0.5, 1), 1)).toBe(2); // strictly alternating
    expectNear(mixing(bursts(0.01, 1e15, "ms"), 1), 1 / (0.99 * 1e15), 1e-12); // not swallowed by 1 − …
  });

  test("correlation of two passes", () => {
    expect(passCorrelation(bursts(0.01, 20, "ms"), 60_000)).toBeLessThan(1e-300);
    expectNear(passCorrelation(bursts(0.01, 60_000, "ms"), 60_000), Math.exp(-1 / 0.99), 1e-12);
    expect(passCorrelation(independentLoss(0.1), 1)).toBe(0);
  });

  test("a mean of lost blocks per year", () => {
    expect(blocksLostPerYear(20, 1e-9)).toBeCloseTo(0.631152, 6);
  });
});

describe("bursts, properties", () => {
  const channels = fc.record({
    goodLoss: fc.double({ min: 0, max: 0.3, noNaN: true }),
    badLoss: fc.double({ min: 0.3, max: 1, noNaN: true }),
    badShare: fc.double({ min: 0, max: 0.4, noNaN: true }),
    meanBurst: fc.double({ min: 1, max: 100, noNaN: true }),
    clock: fc.constantFrom("datagrams" as const, "ms" as const),
  });
  const codes = fc
    .tuple(fc.integer({ min: 1, max: 40 }), fc.integer({ min: 0, max: 20 }))
    .map(([k, repair]) => code(k, k + repair));

  test("a probability; more repair and a second pass only help, fresh repair symbols more than repeated ones", () => {
    fc.assert(
      fc.property(codes, channels, fc.integer({ min: 1, max: 50 }), (of, channel, distance) => {
        const spare = of.totalSymbols - of.sourceSymbols;
        const once = residualLoss(of, channel, distance);
        const more = residualLoss(code(of.sourceSymbols, of.totalSymbols + 1), channel, distance);
        const repeated = residualLossOfTwoPasses(of, channel, distance, { freshRepairSymbols: 0 });
        const fresh = residualLossOfTwoPasses(of, channel, distance, { freshRepairSymbols: spare });
        const slack = 1 + 1e-9;
        expect(once).toBeGreaterThanOrEqual(0);
        expect(once).toBeLessThanOrEqual(1);
        expect(more).toBeLessThanOrEqual(once * slack);
        expect(repeated).toBeLessThanOrEqual(once * once * slack);
        expect(fresh).toBeLessThanOrEqual(repeated * slack);
      }),
      { seed: 13, numRuns: 300 },
    );
  });
});

describe("against a simulation, within its 99 % interval", () => {
  const spread = [1, 1, 1, 12, 12, 12, 12]; // four source symbols at once, repair spread
  const cases: [string, ErasureCode, LossChannel, SymbolSpacing][] = [
    ["contiguous", code(16, 22), bursts(0.02, 10), 1],
    ["interleaved over 4", code(16, 22), bursts(0.05, 10), 4],
    ["repair spread", code(4, 8), { ...bursts(0.05, 10), goodLoss: 0.05 }, spread],
    ["partial loss inside bursts", code(16, 20), { ...bursts(0.1, 30), goodLoss: 0.01, badLoss: 0.5 }, 2],
    ["clocked in ms, contiguous", code(16, 22), bursts(0.02, 3, "ms"), 0.12],
    ["clocked in ms, spread over 40 ms", code(16, 22), bursts(0.1, 3, "ms"), 40 / 22],
  ];

  test.each(cases)("%s", (_, of, channel, spacing) => {
    const blocks = 30_000;
    const exact = residualLoss(of, channel, spacing);
    const lost = simulateLost(blocks, of, channel, spacing, 20_261_123);
    expect(lost).toBeGreaterThan(100); // the interval means something
    if (!isWithin99Percent(lost, blocks, exact)) expect.fail(`${lost} of ${blocks} lost, expected ${exact * blocks}`);
  });

  test.each([
    ["the same symbols again", code(8, 11), 0],
    ["fresh repair symbols", code(8, 11), 3],
    ["some fresh repair symbols", code(8, 11), 1],
  ])("two passes, %s", (_, of, fresh) => {
    const blocks = 30_000;
    const channel = { ...bursts(0.25, 6), goodLoss: 0.05 };
    const exact = residualLossOfTwoPasses(of, channel, 2, { freshRepairSymbols: fresh });
    const lost = simulateLost(blocks, of, channel, 2, 99, fresh);
    expect(lost).toBeGreaterThan(100);
    if (!isWithin99Percent(lost, blocks, exact)) expect.fail(`${lost} of ${blocks} lost, expected ${exact * blocks}`);
  });

  test("a wrong burst length, share, distance or pass falls outside (positive control)", () => {
    const blocks = 30_000;
    const [of, channel] = [code(16, 22), bursts(0.05, 10)];
    const lost = simulateLost(blocks, of, channel, 4, 20_261_123);
    const fits = (wrong: number) => isWithin99Percent(lost, blocks, wrong);
    expect(fits(residualLoss(of, channel, 4))).toBe(true);
    expect(fits(residualLoss(of, { ...channel, meanBurst: 11 }, 4))).toBe(false);
    expect(fits(residualLoss(of, { ...channel, badShare: 0.045 }, 4))).toBe(false);
    expect(fits(residualLoss(of, channel, 3))).toBe(false);
    expect(fits(independentResidualLoss(of, meanLoss(channel)))).toBe(false);
    const twice = simulateLost(blocks, code(8, 11), bursts(0.25, 6), 2, 99, 0);
    expect(
      isWithin99Percent(
        twice,
        blocks,
        residualLossOfTwoPasses(code(8, 11), bursts(0.25, 6), 2, { freshRepairSymbols: 3 }),
      ),
    ).toBe(false);
  });
});

describe("refused", () => {
  const codeOf = (run: () => unknown): string | undefined => {
    try {
      run();
    } catch (error) {
      return (error as WireError).code;
    }
    return undefined;
  };

  test.each<[string, () => unknown]>([
    ["k = 0", () => residualLoss(code(0, 4), independentLoss(0.1), 1)],
    ["n < k", () => residualLoss(code(5, 4), independentLoss(0.1), 1)],
    ["n > 255", () => independentResidualLoss(code(5, 256), 0.1)],
    ["loss above 1", () => independentResidualLoss(code(5, 6), 1.1)],
    ["loss that is no number", () => residualLoss(code(1, 1), independentLoss(Number.NaN), 1)],
    ["always bad", () => residualLoss(code(5, 6), bursts(1, 10), 1)],
    ["bursts of half a datagram", () => residualLoss(code(5, 6), bursts(0.1, 0.5), 1)],
    ["bursts without length", () => residualLoss(code(5, 6), bursts(0.1, 0, "ms"), 1)],
    ["bursts too short for their share", () => residualLoss(code(5, 6), bursts(0.9, 2), 1)],
    ["too few distances", () => residualLoss(code(5, 6), bursts(0.1, 5), [1, 1])],
    ["a negative distance", () => residualLoss(code(2, 3), bursts(0.1, 5), [1, -1])],
    [
      "more fresh repair symbols than repair",
      () => residualLossOfTwoPasses(code(5, 6), bursts(0.1, 5), 1, { freshRepairSymbols: 2 }),
    ],
    ["indices beyond 254", () => residualLossOfTwoPasses(code(200, 252), bursts(0.1, 5), 1, { freshRepairSymbols: 4 })],
  ])("%s", (_, run) => {
    expect(codeOf(run)).toBe("FEC_PARAMETERS");
  });
});
