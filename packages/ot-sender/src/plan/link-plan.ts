/** Computes what a link carries and loses: rates, shares, and blocks lost per year by the published formulas.
 *  link figures → [link plan] → report; also what `check` refuses a configuration by */
import { StationError, writeDataRate } from "@nonreturn/station";
import {
  BLOCK_OVERHEAD_BYTES,
  blocksLostPerYear,
  chooseProtection,
  DATAGRAM_OVERHEAD_BYTES,
  type LossChannel,
  MAX_CHOSEN_SOURCE_SYMBOLS,
  MAX_SYMBOLS,
  meanLoss,
  type Protection,
  passCorrelation,
  residualLoss,
  residualLossOfTwoPasses,
} from "@nonreturn/wire-format";
import { FRAME_OVERHEAD_BYTES } from "../egress/pacer.ts";
import { spacingsInDatagrams, spacingsMs } from "./symbol-spacing.ts";

export interface LinkFigures {
  readonly channel: LossChannel;
  /** Bit/s on the wire, Ethernet framing included. */
  readonly linkRate: number;
  readonly samplesPerSecond: number;
  /** Bytes a sample takes in a sealed block, after compression. */
  readonly bytesPerSample: number;
  /** A batch is closed at this age; so many blocks at least leave while there are samples. */
  readonly batchAgeMs: number;
  /** Largest sealed block the batcher makes. */
  readonly maxBlockBytes: number;
  readonly maxSymbolBytes: number;
  readonly redundancyPercent: number;
  readonly spreadMs: number;
  /** Delay of the second pass; undefined if there is none. */
  readonly secondPassAfterMs: number | undefined;
  /** Share of the link kept for heartbeats, status, refresh and directory repeats. */
  readonly reservedPercent: number;
}

/** What one kind of traffic takes of the link. */
export interface TrafficShare {
  readonly datagramsPerSecond: number;
  readonly bitsPerSecond: number;
  readonly percentOfLink: number;
}

/** How many blocks stay lost. */
export interface Residual {
  /** Probability that a block is lost. */
  readonly blockLoss: number;
  readonly blocksPerYear: number;
}

export interface LinkPlan {
  readonly figures: LinkFigures;
  readonly meanLoss: number;
  readonly blocksPerSecond: number;
  readonly samplesPerBlock: number;
  readonly blockBytes: number;
  readonly protection: Protection;
  /** Blocks whose symbols are on the link at the same time. */
  readonly interleavedBlocks: number;
  readonly live: TrafficShare;
  readonly secondPass: TrafficShare | undefined;
  readonly reserved: TrafficShare;
  readonly percentOfLinkUsed: number;
  readonly afterFirstPass: Residual;
  readonly afterSecondPass: Residual | undefined;
  /** Share of the channel's state that survives until the second pass; the two-pass formula takes it as 0. */
  readonly passCorrelation: number | undefined;
}

/**
 * Plan a link.
 *
 * @throws {StationError} PLAN_LINK_RATE if live traffic, second pass and reserve exceed the link; PLAN_BLOCK_SIZE if a block of the
 *         largest size needs more symbols than there are. @throws {WireError} FEC_PARAMETERS for a channel that cannot exist.
 */
export function planLink(figures: LinkFigures): LinkPlan {
  const { channel, linkRate, maxSymbolBytes, redundancyPercent, spreadMs, secondPassAfterMs } = figures;
  const { blocksPerSecond, samplesPerBlock, blockBytes } = blocksOf(figures);
  refuseLargeBlocks(figures);
  const protection = chooseProtection(blockBytes, { maxSymbolBytes, redundancyPercent });
  const { sourceSymbols, totalSymbols, symbolBytes } = protection;

  const datagramBits = (symbolBytes + DATAGRAM_OVERHEAD_BYTES + FRAME_OVERHEAD_BYTES) * 8;
  const share = (datagramsPerSecond: number, bitsPerSecond: number): TrafficShare => ({
    datagramsPerSecond,
    bitsPerSecond,
    percentOfLink: (bitsPerSecond / linkRate) * 100,
  });
  const live = share(blocksPerSecond * totalSymbols, blocksPerSecond * totalSymbols * datagramBits);
  const secondPass = secondPassAfterMs === undefined ? undefined : live; // every block again, as many symbols
  const reserved = share(0, (linkRate * figures.reservedPercent) / 100);
  const percentOfLinkUsed = live.percentOfLink + (secondPass?.percentOfLink ?? 0) + reserved.percentOfLink;
  if (percentOfLinkUsed > 100) throw linkTooSlow(figures, live, secondPass, reserved);

  const datagramsPerSecond = live.datagramsPerSecond + (secondPass?.datagramsPerSecond ?? 0);
  const gapsMs = spacingsMs(protection, spreadMs, (datagramBits / linkRate) * 1000);
  const spacing = channel.clock === "ms" ? gapsMs : spacingsInDatagrams(gapsMs, datagramsPerSecond);
  const residual = (blockLoss: number): Residual => ({
    blockLoss,
    blocksPerYear: blocksLostPerYear(blocksPerSecond, blockLoss),
  });
  const afterFirstPass = residual(residualLoss(protection, channel, spacing));
  const plan = { figures, meanLoss: meanLoss(channel), blocksPerSecond, samplesPerBlock, blockBytes, protection };
  const interleavedBlocks = Math.max(1, (blocksPerSecond * spreadMs) / 1000);
  const rates = { interleavedBlocks, live, secondPass, reserved, percentOfLinkUsed };
  if (secondPassAfterMs === undefined) {
    return { ...plan, ...rates, afterFirstPass, afterSecondPass: undefined, passCorrelation: undefined };
  }
  // Fresh repair indices as far as there are any.
  const freshRepairSymbols = Math.min(totalSymbols - sourceSymbols, MAX_SYMBOLS - totalSymbols);
  const delay = channel.clock === "ms" ? secondPassAfterMs : (secondPassAfterMs / 1000) * datagramsPerSecond;
  return {
    ...plan,
    ...rates,
    afterFirstPass,
    afterSecondPass: residual(residualLossOfTwoPasses(protection, channel, spacing, { freshRepairSymbols })),
    passCorrelation: passCorrelation(channel, delay),
  };
}

/** How samples fall into blocks: one block per batch age, more if it would be too large, fewer if there are not that many samples. */
function blocksOf(figures: LinkFigures): { blocksPerSecond: number; samplesPerBlock: number; blockBytes: number } {
  const { samplesPerSecond, bytesPerSample, batchAgeMs, maxBlockBytes } = figures;
  const byAge = Math.max(1, samplesPerSecond * (batchAgeMs / 1000));
  const bySize = Math.max(1, Math.floor((maxBlockBytes - BLOCK_OVERHEAD_BYTES) / bytesPerSample));
  const samplesPerBlock = Math.min(byAge, bySize);
  return {
    blocksPerSecond: samplesPerSecond / samplesPerBlock,
    samplesPerBlock,
    blockBytes: Math.ceil(BLOCK_OVERHEAD_BYTES + samplesPerBlock * bytesPerSample),
  };
}

function refuseLargeBlocks({ maxBlockBytes, maxSymbolBytes }: LinkFigures): void {
  const most = MAX_CHOSEN_SOURCE_SYMBOLS * maxSymbolBytes;
  if (maxBlockBytes <= most) return;
  throw new StationError({
    code: "PLAN_BLOCK_SIZE",
    what: `a block of ${maxBlockBytes} bytes does not fit ${MAX_CHOSEN_SOURCE_SYMBOLS} symbols of ${maxSymbolBytes} bytes`,
    action: `Make blocks of at most ${most} bytes, or use a larger MTU.`,
  });
}

function linkTooSlow(
  { linkRate, reservedPercent }: LinkFigures,
  live: TrafficShare,
  secondPass: TrafficShare | undefined,
  reserved: TrafficShare,
): StationError {
  const total = live.bitsPerSecond + (secondPass?.bitsPerSecond ?? 0) + reserved.bitsPerSecond;
  const parts = [
    `${rounded(live.bitsPerSecond)} live`,
    ...(secondPass === undefined ? [] : [`${rounded(secondPass.bitsPerSecond)} second pass`]),
    `${rounded(reserved.bitsPerSecond)} reserve (${reservedPercent}%)`,
  ];
  const remedies = ["report fewer samples (deadband)", "a lower redundancy", "a faster link"];
  if (secondPass !== undefined) remedies.splice(2, 0, "no second pass");
  return new StationError({
    code: "PLAN_LINK_RATE",
    what: `the link carries ${writeDataRate(linkRate)}/s, but ${rounded(total)} are needed: ${parts.join(" + ")}`,
    action: `Choose among: ${remedies.join(", ")}.`,
  });
}

/** Three digits, for people: 104345678 → "104 Mbit/s". */
export function rounded(bitsPerSecond: number): string {
  const [unit, factor] =
    bitsPerSecond >= 1e9
      ? ["Gbit/s", 1e9]
      : bitsPerSecond >= 1e6
        ? ["Mbit/s", 1e6]
        : bitsPerSecond >= 1e3
          ? ["kbit/s", 1e3]
          : ["bit/s", 1];
  return `${Number((bitsPerSecond / Number(factor)).toPrecision(3))} ${unit}`;
}
