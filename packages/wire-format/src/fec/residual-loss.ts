/** The published formulas: how likely a block is lost for good, given how the link loses datagrams.
 *  loss channel, k, n, spacing → [residual loss] → planner
 *
 *  A block of k source symbols is lost if fewer than k different symbols of it arrive. Nothing here is fitted or simulated: the
 *  results are exact for the model. Sums have positive terms only, so that 10^-30 has as many right digits as 10^-1. What the model
 *  leaves out: outages longer than the time between two passes, failures of a station, and a link slower than what is sent. */
import { WireError } from "../wire-error.ts";
import { type LossChannel, mixing } from "./loss-channel.ts";
import { MAX_SYMBOLS } from "./protection.ts";

/** k and n of the blocks in question. */
export interface ErasureCode {
  readonly sourceSymbols: number;
  readonly totalSymbols: number;
}

/**
 * Distance from each symbol of a block to the next on the link, in the unit of the channel's clock: one number for all, or n − 1 of them.
 * In datagrams 1 means that nothing lies between them, d that d blocks are interleaved.
 */
export type SymbolSpacing = number | readonly number[];

/**
 * Block loss where each datagram is lost for itself with probability p:
 *
 *     P = Σ over i = n−k+1 … n of  C(n, i) · p^i · (1 − p)^(n−i)
 *
 * @throws {WireError} FEC_PARAMETERS unless 1 ≤ k ≤ n ≤ 255 and 0 ≤ p ≤ 1.
 */
export function independentResidualLoss({ sourceSymbols, totalSymbols }: ErasureCode, loss: number): number {
  checkCounts(sourceSymbols, totalSymbols);
  if (!(loss >= 0 && loss <= 1)) throw new WireError("FEC_PARAMETERS", `loss ${loss} is not within 0 … 1`);
  if (loss === 0) return 0;
  if (loss === 1) return 1;
  const first = totalSymbols - sourceSymbols + 1;
  // Logarithm of the first term, then each next one by its ratio to the one before.
  let logTerm = first * Math.log(loss) + (totalSymbols - first) * Math.log1p(-loss);
  for (let i = 1; i <= first; i++) logTerm += Math.log((totalSymbols - first + i) / i);
  const odds = loss / (1 - loss);
  let sum = 0;
  let ratio = 1;
  for (let i = first; i <= totalSymbols; i++) {
    sum += ratio;
    ratio *= ((totalSymbols - i) / (i + 1)) * odds;
  }
  return Math.min(1, Math.exp(logTerm) * sum);
}

/**
 * Block loss after one pass over a Gilbert–Elliott channel.
 *
 * Dynamic programme over the n symbols with states (channel state, losses so far). From one symbol to the next the chain makes the
 * Δ-step transition of `LossChannel`, Δ being their distance. Start: the stationary share of each state. P = probability that the
 * losses exceed n − k. Cost: O(n · (n − k)).
 *
 * @throws {WireError} FEC_PARAMETERS for an impossible code, channel or number of spacings.
 */
export function residualLoss(code: ErasureCode, channel: LossChannel, spacing: SymbolSpacing): number {
  const { sourceSymbols, totalSymbols } = code;
  checkCounts(sourceSymbols, totalSymbols);
  const mix = mixings(totalSymbols, channel, spacing);
  const spare = totalSymbols - sourceSymbols;
  // Probability of each number of losses 0 … spare, with the channel good or bad. More losses go to `lost` and never return.
  let good = new Float64Array(spare + 1);
  let bad = new Float64Array(spare + 1);
  good[0] = 1 - channel.badShare;
  bad[0] = channel.badShare;
  let lost = 0;
  for (let symbol = 0; symbol < totalSymbols; symbol++) {
    lost += loseSome(good, channel.goodLoss) + loseSome(bad, channel.badLoss);
    if (symbol + 1 < totalSymbols) [good, bad] = stepped(good, bad, channel.badShare, mix[symbol]!);
  }
  return Math.min(1, lost);
}

/** What a second pass sends of a block whose first pass was as described by `ErasureCode`: as many symbols again. */
export interface SecondPass {
  /** How many of its n − k repair symbols have indices that the first pass did not send; the other symbols are sent a second time. */
  readonly freshRepairSymbols: number;
}

/**
 * Block loss after two passes that combine: symbols of both count.
 *
 * The passes are taken as independent of each other, which holds where their delay is long against a burst (see `passCorrelation`).
 * Dynamic programme as for one pass, over the pairs of states (first pass, second pass). With f fresh repair symbols a block has n + f
 * different symbols; a repeated symbol is lost if both copies are, a fresh pair counts by itself. P = probability that more than
 * n + f − k are lost. With f = 0 and no bursts this is the binomial tail for p². Cost: O(n · (n + f − k)).
 *
 * @throws {WireError} FEC_PARAMETERS as `residualLoss`; also unless 0 ≤ f ≤ n − k and n + f ≤ 255.
 */
export function residualLossOfTwoPasses(
  code: ErasureCode,
  channel: LossChannel,
  spacing: SymbolSpacing,
  second: SecondPass,
): number {
  const { sourceSymbols, totalSymbols } = code;
  const { freshRepairSymbols } = second;
  checkCounts(sourceSymbols, totalSymbols);
  const spareOnce = totalSymbols - sourceSymbols;
  if (!(freshRepairSymbols >= 0 && freshRepairSymbols <= Math.min(spareOnce, MAX_SYMBOLS - totalSymbols))) {
    throw new WireError("FEC_PARAMETERS", `${freshRepairSymbols} fresh repair symbols beside ${totalSymbols} symbols`);
  }
  const mix = mixings(totalSymbols, channel, spacing);
  const spare = spareOnce + freshRepairSymbols;
  const { badShare, goodLoss, badLoss } = channel;
  const share = [1 - badShare, badShare];
  const loss = [goodLoss, badLoss];
  // Index 2 · (first pass bad) + (second pass bad).
  let states = [0, 1, 2, 3].map((pair) => {
    const losses = new Float64Array(spare + 1);
    losses[0] = share[pair >> 1]! * share[pair & 1]!;
    return losses;
  });
  let lost = 0;
  for (let symbol = 0; symbol < totalSymbols; symbol++) {
    const fresh = symbol >= totalSymbols - freshRepairSymbols;
    for (const [pair, losses] of states.entries()) {
      const [first, again] = [loss[pair >> 1]!, loss[pair & 1]!];
      if (fresh) lost += loseSome(losses, first) + loseSome(losses, again);
      else lost += loseSome(losses, first * again);
    }
    if (symbol + 1 < totalSymbols) {
      const [gg, gb, bg, bb] = states as [Float64Array, Float64Array, Float64Array, Float64Array];
      const [gg1, bg1] = stepped(gg, bg, badShare, mix[symbol]!);
      const [gb1, bb1] = stepped(gb, bb, badShare, mix[symbol]!);
      const [gg2, gb2] = stepped(gg1, gb1, badShare, mix[symbol]!);
      const [bg2, bb2] = stepped(bg1, bb1, badShare, mix[symbol]!);
      states = [gg2, gb2, bg2, bb2];
    }
  }
  return Math.min(1, lost);
}

/**
 * λ(delay): how much of the channel's state is still the same when the second pass comes, 0 … 1. The two-pass formula takes it as 0;
 * near 0 it is right, near 1 both passes share one burst and the second is worth nothing.
 *
 * @param delay  in the unit of the channel's clock.
 */
export function passCorrelation(channel: LossChannel, delay: number): number {
  return Math.abs(1 - mixing(channel, delay));
}

const SECONDS_PER_YEAR = 31_557_600; // 365.25 days

/** Blocks lost per year on average: blocks per second · 31,557,600 · residual loss. */
export function blocksLostPerYear(blocksPerSecond: number, residual: number): number {
  return blocksPerSecond * SECONDS_PER_YEAR * residual;
}

/** One symbol is sent: with probability `loss` there is one loss more. Returns the probability that there are too many now. */
function loseSome(losses: Float64Array, loss: number): number {
  const overflow = losses[losses.length - 1]! * loss;
  for (let count = losses.length - 1; count > 0; count--) {
    losses[count] = losses[count]! * (1 - loss) + losses[count - 1]! * loss;
  }
  losses[0]! *= 1 - loss;
  return overflow;
}

/** Both states after the transition of `LossChannel`, for every number of losses. Neither input is modified. */
function stepped(
  good: Float64Array,
  bad: Float64Array,
  badShare: number,
  mix: number,
): [Float64Array<ArrayBuffer>, Float64Array<ArrayBuffer>] {
  const toBad = badShare * mix; // good → bad
  const toGood = (1 - badShare) * mix; // bad → good
  const nextGood = new Float64Array(good.length);
  const nextBad = new Float64Array(good.length);
  for (let count = 0; count < good.length; count++) {
    nextGood[count] = good[count]! * (1 - toBad) + bad[count]! * toGood;
    nextBad[count] = good[count]! * toBad + bad[count]! * (1 - toGood);
  }
  return [nextGood, nextBad];
}

function mixings(totalSymbols: number, channel: LossChannel, spacing: SymbolSpacing): number[] {
  const distances = typeof spacing === "number" ? Array<number>(totalSymbols - 1).fill(spacing) : spacing;
  if (distances.length !== totalSymbols - 1 || distances.some((distance) => !(distance >= 0))) {
    throw new WireError(
      "FEC_PARAMETERS",
      `${distances.length} distances between ${totalSymbols} symbols, or a negative one`,
    );
  }
  mixing(channel, 0); // so that a wrong channel is refused for n = 1 too
  return distances.map((distance) => mixing(channel, distance));
}

function checkCounts(sourceSymbols: number, totalSymbols: number): void {
  const whole = Number.isInteger(sourceSymbols) && Number.isInteger(totalSymbols);
  if (!whole || sourceSymbols < 1 || totalSymbols < sourceSymbols || totalSymbols > MAX_SYMBOLS) {
    throw new WireError(
      "FEC_PARAMETERS",
      `k ${sourceSymbols} and n ${totalSymbols} are not 1 ≤ k ≤ n ≤ ${MAX_SYMBOLS}`,
    );
  }
}
