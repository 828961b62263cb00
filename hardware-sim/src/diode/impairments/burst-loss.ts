/** Losses that come in bursts: the Gilbert–Elliott model, its chain moved on by datagrams or by time.
 *  arrive → [burst loss] → depart
 *
 *  Two states. In the good one a datagram is lost with `lossInGood`, in the bad one with `lossInBad`.
 *  `share` is the part of time (or of datagrams) spent in the bad state, `mean` the mean stay there, so that
 *     clocked in datagrams:  P(bad → good) = 1 / mean,  P(good → bad) = share / ((1 − share) · mean)
 *     clocked in ms:         the same as rates per ms (continuous-time chain, looked at when a datagram arrives)
 *  Source: E. N. Gilbert 1960; E. O. Elliott 1963. */
import type { Random } from "../../random/seeded-random.ts";
import type { Impairment } from "./impairment.ts";

export interface BurstLossSettings {
  /** Stationary share of the bad state, 0 ≤ share < 1. */
  readonly share: number;
  /** Mean stay in the bad state, in units of `clock`; at least 1 when it counts datagrams. */
  readonly mean: number;
  readonly clock: "ms" | "datagrams";
  readonly lossInBad: number; // 0 … 1
  readonly lossInGood: number; // 0 … 1
}

/** Starts in a state drawn from the stationary shares. Two draws per datagram, hit or not. */
export function burstLoss(settings: BurstLossSettings, random: Random): Impairment {
  let bad = random() < settings.share;
  let lastMs: number | undefined;
  return {
    name: "burst",
    pass(datagram) {
      const elapsedMs = lastMs === undefined ? 0 : datagram.atMs - lastMs;
      const step = lastMs === undefined ? { toBad: 0, toGood: 0 } : transitions(settings, elapsedMs);
      lastMs = datagram.atMs;
      const draw = random();
      bad = bad ? draw >= step.toGood : draw < step.toBad;
      return random() < (bad ? settings.lossInBad : settings.lossInGood) ? "burst" : datagram;
    },
  };
}

/**
 * Probabilities of changing state between one datagram and the next.
 * In ms: with rates a (good → bad) and b (bad → good), P(bad after t | good) = a/(a+b) · (1 − e^−(a+b)t), and a/(a+b) is `share`.
 */
export function transitions(
  { share, mean, clock }: Pick<BurstLossSettings, "share" | "mean" | "clock">,
  elapsedMs: number,
): { toBad: number; toGood: number } {
  if (clock === "datagrams") return { toBad: Math.min(1, share / ((1 - share) * mean)), toGood: 1 / mean };
  const forgotten = -Math.expm1(-elapsedMs / (mean * (1 - share))); // a + b = 1 / (mean · (1 − share))
  return { toBad: share * forgotten, toGood: (1 - share) * forgotten };
}
