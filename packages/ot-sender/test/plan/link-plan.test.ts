import { StationError } from "@nonreturn/station";
import { independentLoss, type LossChannel } from "@nonreturn/wire-format";
import { describe, expect, test } from "vitest";
import { type LinkFigures, planLink, rounded } from "../../src/plan/link-plan.ts";
import { spacingsInDatagrams, spacingsMs } from "../../src/plan/symbol-spacing.ts";

const figures: LinkFigures = {
  channel: independentLoss(0.01),
  linkRate: 100e6,
  samplesPerSecond: 20_000,
  bytesPerSample: 12,
  batchAgeMs: 50,
  maxBlockBytes: 64 * 1024,
  maxSymbolBytes: 1408,
  redundancyPercent: 25,
  spreadMs: 40,
  secondPassAfterMs: 60_000,
  reservedPercent: 5,
};
const bursts: LossChannel = { goodLoss: 0, badLoss: 1, badShare: 0.01, meanBurst: 10, clock: "datagrams" };

function stationErrorOf(run: () => unknown): StationError {
  try {
    run();
  } catch (error) {
    if (error instanceof StationError) return error;
    throw error;
  }
  return expect.fail("nothing was refused");
}

describe("blocks", () => {
  test("one per batch age; k, n and the wire rate follow", () => {
    const plan = planLink(figures);
    expect(plan.blocksPerSecond).toBe(20);
    expect(plan.samplesPerBlock).toBe(1000);
    expect(plan.blockBytes).toBe(240 + 12_000);
    expect(plan.protection).toEqual({ sourceSymbols: 9, totalSymbols: 14, symbolBytes: 1360 });
    expect(plan.live.datagramsPerSecond).toBe(280);
    expect(plan.live.bitsPerSecond).toBe(280 * (1360 + 64 + 66) * 8);
    expect(plan.percentOfLinkUsed).toBeCloseTo(2 * 3.3376 + 5, 3);
  });

  test("more where they would be too large, fewer where there are not as many samples", () => {
    const full = planLink({ ...figures, samplesPerSecond: 200_000 });
    expect(full.blockBytes).toBeLessThanOrEqual(64 * 1024);
    expect(full.samplesPerBlock).toBe(Math.floor((64 * 1024 - 240) / 12));
    expect(full.blocksPerSecond * full.samplesPerBlock).toBeCloseTo(200_000, 6);
    const quiet = planLink({ ...figures, samplesPerSecond: 0.5 });
    expect(quiet.blocksPerSecond).toBe(0.5);
    expect(quiet.protection).toEqual({ sourceSymbols: 1, totalSymbols: 4, symbolBytes: 256 });
  });

  test("that need more symbols than there are are refused", () => {
    const refused = stationErrorOf(() => planLink({ ...figures, maxBlockBytes: 200 * 1408 + 1 }));
    expect(refused.code).toBe("PLAN_BLOCK_SIZE");
    expect(refused.action).toContain("281600");
  });
});

describe("link rate", () => {
  test("refused exactly where live, second pass and reserve exceed it", () => {
    const { live } = planLink(figures);
    const enough = (2 * live.bitsPerSecond) / 0.95;
    expect(planLink({ ...figures, linkRate: Math.ceil(enough * 1.000001) }).percentOfLinkUsed).toBeCloseTo(100, 3);
    const refused = stationErrorOf(() => planLink({ ...figures, linkRate: Math.floor(enough * 0.999999) }));
    expect(refused.code).toBe("PLAN_LINK_RATE");
    expect(refused.what).toContain("3.34 Mbit/s live + 3.34 Mbit/s second pass");
    expect(refused.action).toContain("no second pass");
    // Without a second pass half of it is enough.
    expect(
      planLink({ ...figures, linkRate: Math.ceil(enough / 2) + 1, secondPassAfterMs: undefined }).secondPass,
    ).toBeUndefined();
  });

  test("rates are written with three digits", () => {
    expect([rounded(0), rounded(999), rounded(50_000), rounded(7_351_234), rounded(2.5e9)]).toEqual([
      "0 bit/s",
      "999 bit/s",
      "50 kbit/s",
      "7.35 Mbit/s",
      "2.5 Gbit/s",
    ]);
  });
});

describe("residual loss", () => {
  test("spread helps against bursts in ms, and against bursts in datagrams only where others lie between", () => {
    const inMs: LossChannel = { ...bursts, meanBurst: 1, clock: "ms" };
    const loss = (change: Partial<LinkFigures>) => planLink({ ...figures, ...change }).afterFirstPass.blockLoss;
    expect(loss({ channel: inMs, spreadMs: 40 })).toBeLessThan(loss({ channel: inMs, spreadMs: 5 }) / 100);
    expect(loss({ channel: bursts, spreadMs: 40 })).toBe(loss({ channel: bursts, spreadMs: 5 }));
    expect(loss({ channel: bursts, spreadMs: 400 })).toBeLessThan(loss({ channel: bursts, spreadMs: 40 }) / 100);
  });

  test("without bursts it is the binomial tail, per year times blocks", () => {
    const { afterFirstPass, afterSecondPass, passCorrelation } = planLink(figures);
    // Σ C(14, i) 0.01^i 0.99^(14−i), i = 6 … 14
    expect(afterFirstPass.blockLoss / 2.803275e-9).toBeCloseTo(1, 5);
    expect(afterFirstPass.blocksPerYear).toBeCloseTo(afterFirstPass.blockLoss * 20 * 31_557_600, 12);
    expect(afterSecondPass!.blockLoss).toBeLessThan(afterFirstPass.blockLoss ** 2);
    expect(passCorrelation).toBe(0);
  });

  test("bursts that outlast the delay show in the correlation", () => {
    const slow: LossChannel = { ...bursts, meanBurst: 60_000, clock: "ms" };
    expect(planLink({ ...figures, channel: slow }).passCorrelation).toBeGreaterThan(0.3);
    expect(planLink({ ...figures, channel: { ...slow, meanBurst: 1000 } }).passCorrelation).toBeLessThan(1e-20);
  });

  test("a second pass of a block with all 255 symbols has no fresh ones", () => {
    const large = {
      ...figures,
      samplesPerSecond: 400_000,
      maxBlockBytes: 281_600,
      redundancyPercent: 100,
      linkRate: 1e9,
      channel: bursts,
    };
    const plan = planLink(large);
    expect(plan.protection.totalSymbols).toBe(255);
    expect(plan.afterSecondPass!.blockLoss).toBeLessThanOrEqual(plan.afterFirstPass.blockLoss);
  });
});

describe("distances between symbols", () => {
  test("few source symbols leave at once, their repair symbols over the spread", () => {
    expect(spacingsMs({ sourceSymbols: 3, totalSymbols: 7 }, 40, 0.1)).toEqual([0.1, 0.1, 10, 10, 10, 10]);
    expect(spacingsMs({ sourceSymbols: 1, totalSymbols: 4 }, 30, 0.1)).toEqual([10, 10, 10]);
  });

  test("many leave evenly, never faster than the link", () => {
    expect(spacingsMs({ sourceSymbols: 8, totalSymbols: 10 }, 40, 0.1)).toEqual(Array(9).fill(4));
    const uneven = spacingsMs({ sourceSymbols: 8, totalSymbols: 11 }, 40, 0.1);
    for (const gap of uneven) expect(gap).toBeCloseTo(40 / 11, 9);
    expect(spacingsMs({ sourceSymbols: 8, totalSymbols: 10 }, 0, 0.1)).toEqual(Array(9).fill(0.1));
  });

  test("in datagrams: what is sent meanwhile, at least the next one", () => {
    expect(spacingsInDatagrams([0.1, 4, 10], 1000)).toEqual([1, 4, 10]);
    expect(spacingsInDatagrams([4, 4.9], 1000)).toEqual([4, 4]);
  });
});
