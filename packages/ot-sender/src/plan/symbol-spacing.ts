/** How far apart the symbols of one block leave, by the sender's own schedule: what decides how much of a block one burst can hit.
 *  link figures → [symbol spacing] → residual loss */
import type { ErasureCode } from "@nonreturn/wire-format";
import { symbolDelays } from "../egress/schedule.ts";

/**
 * Milliseconds from each symbol of a block to the next, n − 1 of them.
 *
 * @param spreadMs  W, the time over which a block is spread.
 * @param datagramMs  time one datagram occupies the link; nothing leaves faster than that.
 */
export function spacingsMs(
  { sourceSymbols, totalSymbols }: ErasureCode,
  spreadMs: number,
  datagramMs: number,
): number[] {
  const delays = symbolDelays(sourceSymbols, totalSymbols, spreadMs);
  return Array.from({ length: totalSymbols - 1 }, (_, gap) => Math.max(datagramMs, delays[gap + 1]! - delays[gap]!));
}

/** The same distances counted in datagrams of everything that is sent meanwhile, rounded down, at least 1. */
export function spacingsInDatagrams(gapsMs: readonly number[], datagramsPerSecond: number): number[] {
  // 1e-9: a distance that is whole must not become one less because its ends are not exact in binary.
  return gapsMs.map((gapMs) => Math.max(1, Math.floor((gapMs / 1000) * datagramsPerSecond + 1e-9)));
}
