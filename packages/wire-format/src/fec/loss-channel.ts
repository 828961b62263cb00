/** How a link loses datagrams: each for itself, and in bursts. The model behind the published loss formulas.
 *  link figures → [loss channel] → residual loss
 *
 *  Gilbert–Elliott: the link is in a good or a bad state, a Markov chain of two states. A datagram is lost with one probability in
 *  the good state and another in the bad one. With the share of time that is bad, π, and the mean length of a bad stretch, L:
 *
 *      1 / L               probability (or rate) of leaving the bad state
 *      π / ((1 − π) · L)   probability (or rate) of leaving the good one
 *
 *  After a distance Δ the chain has forgotten its state up to λ(Δ), the chain's second eigenvalue:
 *
 *      λ(Δ) = (1 − 1 / ((1 − π) · L))^Δ     clock in datagrams, Δ a whole number of datagrams
 *      λ(Δ) = exp(−Δ / ((1 − π) · L))       clock in milliseconds
 *      P(bad after Δ | bad)  = π + (1 − π) · λ(Δ)
 *      P(bad after Δ | good) = π · (1 − λ(Δ))
 *
 *  Source: Gilbert, Capacity of a burst-noise channel, 1960; Elliott, 1963. */
import { WireError } from "../wire-error.ts";

export interface LossChannel {
  /** Probability that a datagram is lost outside bursts, 0 … 1. */
  readonly goodLoss: number;
  /** Probability that a datagram is lost inside a burst, 0 … 1; 1 where a burst loses everything. */
  readonly badLoss: number;
  /** π: share of time inside bursts, 0 … below 1. 0 is a link without bursts. */
  readonly badShare: number;
  /** L: mean length of a burst, in the unit of `clock`. At least 1 datagram, above 0 ms. Unused where `badShare` is 0. */
  readonly meanBurst: number;
  /** datagrams: bursts hit so many datagrams whatever the traffic. ms: they last so long whatever is sent. */
  readonly clock: "datagrams" | "ms";
}

/** Every datagram is lost with probability `loss`, whatever happened to others. */
export function independentLoss(loss: number): LossChannel {
  return { goodLoss: loss, badLoss: loss, badShare: 0, meanBurst: 1, clock: "datagrams" };
}

/** Long-run share of datagrams lost: (1 − π) · good loss + π · bad loss. */
export function meanLoss(channel: LossChannel): number {
  return (1 - channel.badShare) * channel.goodLoss + channel.badShare * channel.badLoss;
}

/**
 * 1 − λ(distance): how far the state has become independent of what it was. Computed so that small values keep their digits.
 *
 * @param distance  in the unit of the channel's clock, 0 or more; whole datagrams (rounded down, at least 1) or any milliseconds.
 * @throws {WireError} FEC_PARAMETERS if the channel is none.
 */
export function mixing(channel: LossChannel, distance: number): number {
  checkChannel(channel);
  if (channel.badShare === 0) return 1;
  const leaving = 1 / ((1 - channel.badShare) * channel.meanBurst); // sum of both probabilities (or rates) of a change
  if (channel.clock === "ms") return -Math.expm1(-distance * leaving);
  const steps = Math.max(1, Math.floor(distance));
  // leaving > 1 (bursts of about one datagram, most of the time bad) makes λ negative: it alternates.
  return leaving < 1 ? -Math.expm1(steps * Math.log1p(-leaving)) : 1 - (1 - leaving) ** steps;
}

/** @throws {WireError} FEC_PARAMETERS for probabilities outside 0 … 1 and bursts that no chain of two states has. */
function checkChannel({ goodLoss, badLoss, badShare, meanBurst, clock }: LossChannel): void {
  if (!(goodLoss >= 0 && goodLoss <= 1 && badLoss >= 0 && badLoss <= 1)) {
    throw new WireError("FEC_PARAMETERS", `loss ${goodLoss} or ${badLoss} is not within 0 … 1`);
  }
  if (!(badShare >= 0 && badShare < 1))
    throw new WireError("FEC_PARAMETERS", `burst share ${badShare} is not within 0 … below 1`);
  if (badShare === 0) return;
  if (clock === "ms" ? !(meanBurst > 0) : !(meanBurst >= 1)) {
    throw new WireError("FEC_PARAMETERS", `bursts of ${meanBurst} ${clock} do not exist`);
  }
  if (clock === "datagrams" && badShare / ((1 - badShare) * meanBurst) > 1) {
    throw new WireError(
      "FEC_PARAMETERS",
      `bursts of ${meanBurst} datagrams cannot fill a share of ${badShare}: at least one good datagram lies between two`,
    );
  }
}
