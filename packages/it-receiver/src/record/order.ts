/** Puts blocks in order before they are recorded: waits a moment for a missing one, never longer.
 *  open → [order] → record */
import type { Cancel, Clock } from "@nonreturn/station";
import type { OpenedBlock } from "../open/open-block.ts";
import type { Lane } from "./store.ts";

/** On top of the sender's spread. */
const EXTRA_HOLD_MS = 10;
/** Blocks that wait for a predecessor; beyond it the oldest go on. */
const MAXIMUM_WAITING_BYTES = 64 * 1024 * 1024;

export interface OrderedBlock {
  readonly block: OpenedBlock;
  readonly lane: Lane;
}

interface Waiting {
  readonly block: OpenedBlock;
  readonly untilMs: number;
}

interface Chain {
  /** Highest sequence that left as live. */
  highest: number;
  readonly waiting: Map<number, Waiting>;
}

/**
 * Blocks that continue the chain leave at once, as live; together with those that waited for them. A block above a hole waits until
 * the hole is filled or W + 10 ms are over. What arrives below the highest live one is late: healed, backlog, second pass or replay.
 */
export class BlockOrder {
  readonly #clock: Clock;
  readonly #onOrdered: (ordered: OrderedBlock) => void;
  readonly #chains = new Map<number, Chain>(); // by journal epoch: one stream per station
  #newestJournal: number;
  #holdMs = 40 + EXTRA_HOLD_MS;
  #waitingBytes = 0;
  #cancel: Cancel | undefined;

  /** @param highest  by journal epoch: the highest recorded live sequence. */
  constructor(clock: Clock, highest: ReadonlyMap<number, number>, onOrdered: (ordered: OrderedBlock) => void) {
    this.#clock = clock;
    this.#onOrdered = onOrdered;
    for (const [journalEpoch, sequence] of highest)
      this.#chains.set(journalEpoch, { highest: sequence, waiting: new Map() });
    this.#newestJournal = Math.max(0, ...highest.keys());
  }

  get waitingBytes(): number {
    return this.#waitingBytes;
  }

  /** From the heartbeat: symbols of a block are spread over so long. */
  spreadIs(spreadMs: number): void {
    this.#holdMs = spreadMs + EXTRA_HOLD_MS;
  }

  accept(block: OpenedBlock): void {
    const { journalEpoch, sequence } = block.header;
    if (journalEpoch < this.#newestJournal) {
      this.#onOrdered({ block, lane: "late" });
      return;
    }
    this.#newestJournal = journalEpoch;
    let chain = this.#chains.get(journalEpoch);
    if (chain === undefined) {
      chain = { highest: 0, waiting: new Map() };
      this.#chains.set(journalEpoch, chain);
    }
    if (sequence <= chain.highest || chain.waiting.has(sequence)) this.#onOrdered({ block, lane: "late" });
    else if (sequence > chain.highest + 1) this.#wait(chain, block);
    else {
      this.#release(chain, block);
      this.#releaseNext(chain);
    }
  }

  /** Everything that waits goes on now, in order: the station is stopping. */
  flush(): void {
    this.#cancel?.();
    this.#cancel = undefined;
    for (const chain of this.#chains.values()) this.#releaseUntil(chain, Number.POSITIVE_INFINITY);
  }

  #wait(chain: Chain, block: OpenedBlock): void {
    chain.waiting.set(block.header.sequence, { block, untilMs: this.#clock.monotonicMs() + this.#holdMs });
    this.#waitingBytes += block.bytes.length;
    if (this.#waitingBytes > MAXIMUM_WAITING_BYTES) this.flush();
    else this.#wakeInTime();
  }

  #release(chain: Chain, block: OpenedBlock): void {
    chain.highest = block.header.sequence;
    this.#onOrdered({ block, lane: "live" });
  }

  /** Those that follow directly. */
  #releaseNext(chain: Chain): void {
    for (
      let next = chain.waiting.get(chain.highest + 1);
      next !== undefined;
      next = chain.waiting.get(chain.highest + 1)
    ) {
      chain.waiting.delete(chain.highest + 1);
      this.#waitingBytes -= next.block.bytes.length;
      this.#release(chain, next.block);
    }
  }

  /** Give up the holes below every block whose time is over. */
  #releaseUntil(chain: Chain, nowMs: number): void {
    const sequences = [...chain.waiting.keys()].sort((a, b) => a - b);
    const lastDue = sequences.findLast((sequence) => chain.waiting.get(sequence)!.untilMs <= nowMs);
    if (lastDue === undefined) return;
    for (const sequence of sequences) {
      if (sequence > lastDue) break;
      const { block } = chain.waiting.get(sequence)!;
      chain.waiting.delete(sequence);
      this.#waitingBytes -= block.bytes.length;
      this.#release(chain, block);
    }
    this.#releaseNext(chain);
  }

  #wakeInTime(): void {
    if (this.#cancel !== undefined) return;
    let untilMs = Number.POSITIVE_INFINITY;
    for (const chain of this.#chains.values())
      for (const waiting of chain.waiting.values()) untilMs = Math.min(untilMs, waiting.untilMs);
    if (untilMs === Number.POSITIVE_INFINITY) return;
    const nowMs = this.#clock.monotonicMs();
    this.#cancel = this.#clock.after(Math.max(0, untilMs - nowMs), () => {
      this.#cancel = undefined;
      for (const chain of this.#chains.values()) this.#releaseUntil(chain, this.#clock.monotonicMs());
      this.#wakeInTime();
    });
  }
}
