import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { type BurstLossSettings, burstLoss, transitions } from "../../../src/diode/impairments/burst-loss.ts";
import { independentLoss } from "../../../src/diode/impairments/independent-loss.ts";
import { seededRandom } from "../../../src/random/seeded-random.ts";
import { burstLengths, fates, lossShare, mean, Z99 } from "./statistics-of.ts";

const COUNT = 200_000;

describe("independent loss", () => {
  test.each([
    0.001, 0.02, 0.3,
  ])("a share of %f lies within the 99-percent interval of the binomial distribution", (share) => {
    const lost = fates(independentLoss(share, seededRandom(5, "loss")), COUNT, 1);
    expect(Math.abs(lossShare(lost) - share)).toBeLessThan(Z99 * Math.sqrt((share * (1 - share)) / COUNT));
  });

  test("the interval is narrow enough to notice a share that is 10 % off", () => {
    const lost = fates(independentLoss(0.022, seededRandom(5, "loss")), COUNT, 1);
    expect(Math.abs(lossShare(lost) - 0.02)).toBeGreaterThan(Z99 * Math.sqrt((0.02 * 0.98) / COUNT));
  });

  test("losses are no more bursty than chance makes them", () => {
    const share = 0.2;
    const lengths = burstLengths(fates(independentLoss(share, seededRandom(6, "loss")), COUNT, 1));
    expectMeanLength(lengths, 1 / (1 - share));
  });

  test("0 loses nothing, 1 loses everything", () => {
    expect(lossShare(fates(independentLoss(0, seededRandom(1, "loss")), 1000, 1))).toBe(0);
    expect(lossShare(fates(independentLoss(1, seededRandom(1, "loss")), 1000, 1))).toBe(1);
  });
});

describe("burst loss (Gilbert–Elliott)", () => {
  const total = (share: number, burst: number): BurstLossSettings => ({
    share,
    mean: burst,
    clock: "datagrams",
    lossInBad: 1,
    lossInGood: 0,
  });

  test.each([
    [0.02, 10],
    [0.01, 3],
    [0.2, 40],
  ])("clocked in datagrams: share %f and mean burst %f within the 99-percent interval of the formula", (share, burst) => {
    const settings = total(share, burst);
    const lost = fates(burstLoss(settings, seededRandom(11, "burst")), COUNT, 1);
    expectShare(lost, share, memory(settings, 1));
    expectMeanLength(burstLengths(lost), burst);
  });

  test.each([
    [0.02, 8, 0.5],
    [0.1, 50, 2],
    [0.02, 8, 20],
  ])("clocked in ms: share %f, bursts of %f ms, a datagram every %f ms", (share, burst, spacingMs) => {
    const settings: BurstLossSettings = { share, mean: burst, clock: "ms", lossInBad: 1, lossInGood: 0 };
    const lost = fates(burstLoss(settings, seededRandom(12, "burst")), COUNT, spacingMs);
    expectShare(lost, share, memory(settings, spacingMs));
    expectMeanLength(burstLengths(lost), 1 / transitions(settings, spacingMs).toGood);
  });

  test("clocked in ms, the same link loses the same share of the time whatever the sender's rate", () => {
    const settings: BurstLossSettings = { share: 0.1, mean: 20, clock: "ms", lossInBad: 1, lossInGood: 0 };
    const inMs = [0.25, 1, 4].map((spacingMs) => {
      const lost = fates(burstLoss(settings, seededRandom(13, "burst")), COUNT, spacingMs);
      return mean(burstLengths(lost)) * spacingMs;
    });
    // A burst seen at intervals looks longer by less than one interval and shorter by what is missed.
    for (const [index, spacingMs] of [0.25, 1, 4].entries())
      expect(Math.abs(inMs[index]! - 20)).toBeLessThan(2 + spacingMs);
  });

  test("losses inside both states add up: share · lossInBad + (1 − share) · lossInGood", () => {
    const settings: BurstLossSettings = { share: 0.2, mean: 10, clock: "datagrams", lossInBad: 0.5, lossInGood: 0.01 };
    const lost = fates(burstLoss(settings, seededRandom(14, "burst")), COUNT, 1);
    expectShare(lost, 0.2 * 0.5 + 0.8 * 0.01, memory(settings, 1));
  });

  test("the interval notices a burst length that is 15 % off", () => {
    const lengths = burstLengths(fates(burstLoss(total(0.2, 11.5), seededRandom(11, "burst")), COUNT, 1));
    expect(() => expectMeanLength(lengths, 10)).toThrow();
  });

  test("in ms, two steps of a millisecond are as likely to change the state as one of two", () => {
    fc.assert(
      fc.property(
        fc.double({ min: 0.001, max: 0.9, noNaN: true }),
        fc.double({ min: 0.5, max: 500, noNaN: true }),
        (share, burst) => {
          const chain = { share, mean: burst, clock: "ms" as const };
          const one = transitions(chain, 1);
          const two = transitions(chain, 2);
          expect(one.toBad * (1 - one.toGood) + (1 - one.toBad) * one.toBad).toBeCloseTo(two.toBad, 12);
          // Stationary: what flows into the bad state flows out of it.
          expect((1 - share) * one.toBad).toBeCloseTo(share * one.toGood, 12);
        },
      ),
      { seed: 1, numRuns: 200 },
    );
  });

  test("the same seed meets the same datagrams with the same fate, another seed with another", () => {
    const run = (seed: number) => fates(burstLoss(total(0.05, 5), seededRandom(seed, "burst")), 5000, 1);
    expect(run(3)).toEqual(run(3));
    expect(run(4)).not.toEqual(run(3));
  });
});

/** Correlation of the state from one datagram to the next: 1 − P(good → bad) − P(bad → good). */
function memory(settings: BurstLossSettings, spacingMs: number): number {
  const { toBad, toGood } = transitions(settings, spacingMs);
  return 1 - toBad - toGood;
}

/** The variance of a mean over a two-state chain is that of independent draws times (1 + memory) / (1 − memory). */
function expectShare(lost: readonly boolean[], share: number, memoryOfChain: number): void {
  const error = Math.sqrt(((share * (1 - share)) / lost.length) * ((1 + memoryOfChain) / (1 - memoryOfChain)));
  expect(Math.abs(lossShare(lost) - share)).toBeLessThan(Z99 * error);
}

/** Bursts are geometric: variance m(m − 1). */
function expectMeanLength(lengths: readonly number[], expected: number): void {
  const error = Math.sqrt((expected * Math.max(expected - 1, 1e-9)) / lengths.length);
  expect(Math.abs(mean(lengths) - expected)).toBeLessThan(Z99 * error);
}
