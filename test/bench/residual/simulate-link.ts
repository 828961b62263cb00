/** Sends blocks over a link that loses datagrams, without sockets and in simulated time, through the product's own modules.
 *  link plan → protect block → schedule → [loss process of the simulator] → assembly table → lost blocks */
import {
  burstLoss,
  type Impairment,
  independentLoss,
  type Random,
  seededRandom,
} from "../../../hardware-sim/src/index.ts";
import { AssemblyTable } from "../../../packages/it-receiver/src/assemble/assembly-table.ts";
import {
  firstPass,
  laterPass,
  type OutgoingBlock,
  type OutgoingSymbol,
} from "../../../packages/ot-sender/src/egress/protect-block.ts";
import { Schedule, symbolDelays } from "../../../packages/ot-sender/src/egress/schedule.ts";
import type { LinkPlan } from "../../../packages/ot-sender/src/plan/link-plan.ts";
import {
  DATAGRAM_OVERHEAD_BYTES,
  type DatagramHeader,
  deriveMacKey,
  encodeDatagram,
  type LossChannel,
} from "../../../packages/wire-format/src/index.ts";
import { seededBytes } from "../../support/station-keys.ts";

export interface SimulatedLoss {
  /** Blocks looked at; so far apart that no burst reaches two of them. */
  readonly trials: number;
  /** Of these, blocks that could not be assembled. */
  readonly lost: number;
  readonly datagrams: number;
}

/** Distance of the blocks looked at, in mean bursts: e^−10 of a burst's memory is left. */
const APART_IN_BURSTS = 10;

/** @throws Error if an assembled block differs from the one that was sent. */
export function simulateLink(plan: LinkPlan, trials: number, seed: number): SimulatedLoss {
  const { figures, blocksPerSecond, blockBytes } = plan;
  const { channel, secondPassAfterMs, spreadMs } = figures;
  const loss = lossProcess(channel, seededRandom(seed, "loss"));
  const receiver = new Receiver(seededBytes(seed)(blockBytes));
  const first = firstPass(receiver.block(0), figures);
  const later = secondPassAfterMs === undefined ? [] : laterPass(receiver.block(0), figures);
  const delays = symbolDelays(plan.protection.sourceSymbols, first.length, spreadMs);
  const schedule = new Schedule();
  const apart = blocksApart(plan, first.length + later.length);
  const periodMs = 1000 / blocksPerSecond;
  const untracked = receiver.block(-1);
  let datagrams = 0;

  const add = (symbols: readonly OutgoingSymbol[], block: OutgoingBlock, atMs: number): void =>
    symbols.forEach((symbol, at) => void schedule.add({ ...symbol, block }, 0, atMs + delays[at]!));
  const cross = (untilMs: number): void => {
    for (;;) {
      const dueMs = schedule.nextDueMs;
      const taken = schedule.take(untilMs);
      if (taken === undefined) return;
      const { symbol } = taken;
      datagrams++;
      const fate = loss.pass({ bytes: symbol.symbol, atMs: dueMs });
      if (typeof fate !== "string" && symbol.block !== untracked) receiver.accept(symbol);
    }
  };

  const blocks = trials * apart;
  const blockOf = (number: number): OutgoingBlock =>
    number % apart === 0 ? receiver.block(number / apart + 1) : untracked;
  const passDelay = Math.round((secondPassAfterMs ?? 0) / periodMs); // in blocks
  for (let number = 0; number < blocks + passDelay; number++) {
    const atMs = number * periodMs;
    cross(atMs);
    if (number < blocks) add(first, blockOf(number), atMs);
    if (later.length > 0 && number >= passDelay) add(later, blockOf(number - passDelay), atMs);
  }
  cross(Number.POSITIVE_INFINITY);
  return { trials, lost: trials - receiver.assembled, datagrams };
}

function blocksApart({ figures: { channel, spreadMs }, blocksPerSecond }: LinkPlan, datagramsPerBlock: number): number {
  if (channel.badShare === 0) return 1;
  const far = APART_IN_BURSTS * channel.meanBurst;
  const spreadBlocks = (spreadMs / 1000) * blocksPerSecond;
  return Math.ceil(
    spreadBlocks + (channel.clock === "ms" ? (far / 1000) * blocksPerSecond : far / datagramsPerBlock) + 1,
  );
}

function lossProcess({ badShare, goodLoss, badLoss, meanBurst, clock }: LossChannel, random: Random): Impairment {
  if (badShare === 0) return independentLoss(goodLoss, random);
  return burstLoss({ share: badShare, mean: meanBurst, clock, lossInBad: badLoss, lossInGood: goodLoss }, random);
}

const SESSION = new Uint8Array(8);

/** The receiving side of the tracked blocks: all have the same bytes, and each its own sequence. */
class Receiver {
  assembled = 0;
  readonly #bytes: Uint8Array;
  readonly #table = new AssemblyTable({ maximumBlocks: 100_000, maximumBytes: 2 ** 31 });
  readonly #macKey = deriveMacKey(new Uint8Array(32), 1);
  readonly #held = new Set<number>();
  #number = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  block(sequence: number): OutgoingBlock {
    return { stream: 1, sealingEpoch: 1, sequence, bytes: this.#bytes };
  }

  accept({ block, protection, totalSymbols, index, symbol, flags }: OutgoingSymbol): void {
    if (this.#held.has(block.sequence)) return; // admission stops here too
    const datagram = new Uint8Array(symbol.length + DATAGRAM_OVERHEAD_BYTES);
    const header: DatagramHeader = {
      type: 1,
      stream: block.stream,
      generation: 1,
      runEpoch: 1,
      blockEpoch: block.sealingEpoch,
      session: SESSION,
      number: this.#number++,
      sequence: block.sequence,
      blockBytes: block.bytes.length,
      sourceSymbols: protection.sourceSymbols,
      totalSymbols,
      symbolIndex: index,
      flags,
    };
    encodeDatagram(datagram, header, symbol, this.#macKey);
    const assembled = this.#table.accept(datagram);
    if (assembled === undefined) return;
    if (Buffer.compare(assembled.bytes, block.bytes) !== 0) throw new Error(`block ${block.sequence} came out wrong`);
    this.#held.add(block.sequence);
    this.assembled++;
  }
}
