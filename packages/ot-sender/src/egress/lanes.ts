/** What is due, by strict priority: a lane sends only while every lane above it is empty.
 *  schedule → [lanes] → pacer → UDP */
import type { OutgoingSymbol } from "./protect-block.ts";

/** Highest first. */
export const LANES = ["heartbeat", "live", "repair", "announce", "backlog", "second-pass", "replay"] as const;
export type Lane = (typeof LANES)[number];

/** By number, for the hot path. */
export const laneNumber = (lane: Lane): number => LANES.indexOf(lane);

/** First-in-first-out queues with an index instead of shifting; memory is given back as a queue empties. */
export class Lanes {
  readonly #queues: { symbols: (OutgoingSymbol | undefined)[]; next: number }[] = LANES.map(() => ({
    symbols: [],
    next: 0,
  }));
  #count = 0;
  #bytes = 0;

  /** Symbols in all lanes. */
  get count(): number {
    return this.#count;
  }

  get bytes(): number {
    return this.#bytes;
  }

  countOf(lane: number): number {
    const queue = this.#queues[lane]!;
    return queue.symbols.length - queue.next;
  }

  add(symbol: OutgoingSymbol, lane: number): void {
    this.#queues[lane]!.symbols.push(symbol);
    this.#count++;
    this.#bytes += symbol.symbol.length;
  }

  /** The first symbol of the highest lane that is not empty, removed. */
  take(): { symbol: OutgoingSymbol; lane: number } | undefined {
    for (let lane = 0; lane < this.#queues.length; lane++) {
      const queue = this.#queues[lane]!;
      const symbol = queue.symbols[queue.next];
      if (symbol === undefined) continue;
      queue.symbols[queue.next++] = undefined;
      if (queue.next === queue.symbols.length) {
        queue.symbols = [];
        queue.next = 0;
      } else if (queue.next >= 4096) {
        queue.symbols.splice(0, queue.next);
        queue.next = 0;
      }
      this.#count--;
      this.#bytes -= symbol.symbol.length;
      return { symbol, lane };
    }
    return undefined;
  }
}
