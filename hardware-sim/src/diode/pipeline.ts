/** All impairments of one diode in their order, and the count of what they did.
 *  socket in → [pipeline] → departures → socket out
 *
 *     blackout → rate limit → loss → burst loss → bit flips → truncation → latency → reordering → duplication
 *
 *  Whatever needs times that never go back stands before reordering. What is lost behind the rate limit has used the wire, as on a real link. */
import { seededRandom } from "../random/seeded-random.ts";
import type { ImpairmentSettings } from "../scenario/diode-section.ts";
import type { Blackout } from "./impairments/blackout.ts";
import { burstLoss } from "./impairments/burst-loss.ts";
import { bitFlips, truncation } from "./impairments/corruption.ts";
import { latency, reordering } from "./impairments/delay.ts";
import { duplication } from "./impairments/duplication.ts";
import type { DropCause, Impairment, Passing } from "./impairments/impairment.ts";
import { independentLoss } from "./impairments/independent-loss.ts";
import { rateLimit } from "./impairments/rate-limit.ts";

/** Either departures (one, or two when duplicated), or why there is none. */
export type Fate = { readonly departures: readonly Passing[] } | { readonly dropped: DropCause };

/**
 * Send one datagram through. Cost: one call per impairment that is switched on.
 *
 * @param impairments in pipeline order; each is called at most once per datagram or copy.
 * If one of two copies is dropped the other still departs.
 */
export function passThrough(impairments: readonly Impairment[], datagram: Passing): Fate {
  let departures: Passing[] = [datagram];
  let cause: DropCause | undefined;
  for (const impairment of impairments) {
    const next: Passing[] = [];
    for (const departure of departures) {
      const outcome = impairment.pass(departure);
      if (typeof outcome === "string") cause = outcome;
      else if ("bytes" in outcome) next.push(outcome);
      else next.push(...outcome);
    }
    if (next.length === 0) return { dropped: cause ?? "loss" };
    departures = next;
  }
  return { departures };
}

/** The impairments a scenario asks for; what it does not mention is left out altogether. Each draws from a stream of its own. */
export function buildPipeline(settings: ImpairmentSettings, seed: number, dark: Blackout): Impairment[] {
  const random = (name: string) => seededRandom(seed, `diode/${name}`);
  const pipeline: Impairment[] = [dark];
  const { rate, loss, burst, corrupt, truncate, latency: delay, reorder, duplicate } = settings;
  if (rate)
    pipeline.push(rateLimit({ bitsPerSecond: rate.limit, queueBytes: rate.queue, overheadBytes: rate.overhead }));
  if (loss > 0) pipeline.push(independentLoss(loss, random("loss")));
  if (burst) {
    const { share, lossInBad, lossInGood } = burst;
    pipeline.push(
      burstLoss({ share, mean: burst.mean.length, clock: burst.mean.clock, lossInBad, lossInGood }, random("burst")),
    );
  }
  if (corrupt) pipeline.push(bitFlips(corrupt.share, corrupt.bits, random("bit-flips")));
  if (truncate > 0) pipeline.push(truncation(truncate, random("truncation")));
  if (delay) pipeline.push(latency(delay.fixed, delay.jitter, random("latency")));
  if (reorder) pipeline.push(reordering(reorder.share, reorder.window, random("reordering")));
  if (duplicate) pipeline.push(duplication(duplicate.share, duplicate.delay, random("duplication")));
  return pipeline;
}
