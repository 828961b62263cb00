/** How far apart the symbols of one block leave, as the sender spreads them: what decides how much of a block one burst can hit.
 *  link figures → [symbol spacing] → residual loss */
import type { ErasureCode } from "@nonreturn/wire-format";

/**
 * Milliseconds from each symbol of a block to the next, n − 1 of them.
 *
 * With at least as many repair as source symbols (small blocks) the source symbols leave at once and the repair symbols evenly over the
 * spread. Otherwise all n symbols leave evenly over the spread, interleaved with those of the neighbouring blocks.
 *
 * @param spreadMs  W, the time over which a block is spread.
 * @param datagramMs  time one datagram occupies the link; nothing leaves faster than that.
 */
export function spacingsMs(
  { sourceSymbols, totalSymbols }: ErasureCode,
  spreadMs: number,
  datagramMs: number,
): number[] {
  const repair = totalSymbols - sourceSymbols;
  const atOnce = repair >= sourceSymbols ? sourceSymbols - 1 : 0;
  const spreadOver = repair >= sourceSymbols ? repair : totalSymbols;
  return Array.from({ length: totalSymbols - 1 }, (_, gap) =>
    gap < atOnce ? datagramMs : Math.max(datagramMs, spreadMs / spreadOver),
  );
}

/** The same distances counted in datagrams of everything that is sent meanwhile, rounded down, at least 1. */
export function spacingsInDatagrams(gapsMs: readonly number[], datagramsPerSecond: number): number[] {
  return gapsMs.map((gapMs) => Math.max(1, Math.floor((gapMs / 1000) * datagramsPerSecond)));
}
