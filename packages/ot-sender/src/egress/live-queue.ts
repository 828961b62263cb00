/** Live blocks that have not entered the schedule yet; bounded, so that what waits is never old.
 *  journal → [live queue] → schedule, or backlog */
import type { OutgoingBlock } from "./protect-block.ts";

/** Live blocks beyond this much time of the link overflow into the backlog: the newest are worth more than the oldest. */
const LIVE_QUEUE_MS = 500;
/** On a slow link a burst of this size may wait longer, but never beyond LONGEST_LIVE_QUEUE_MS: then the newest would not be new. */
const BURST_QUEUE_BYTES = 2 * 1024 * 1024;
const LONGEST_LIVE_QUEUE_MS = 4000;

export interface LiveBlock {
  readonly block: OutgoingBlock;
  readonly hash: Uint8Array;
}

export class LiveQueue {
  readonly #mostBytes: number;
  readonly #blocks: LiveBlock[] = [];
  #bytes = 0;

  constructor(linkBytesPerMs: number) {
    this.#mostBytes = Math.max(
      linkBytesPerMs * LIVE_QUEUE_MS,
      Math.min(BURST_QUEUE_BYTES, linkBytesPerMs * LONGEST_LIVE_QUEUE_MS),
    );
  }

  get length(): number {
    return this.#blocks.length;
  }

  get bytes(): number {
    return this.#bytes;
  }

  push(live: LiveBlock): void {
    this.#blocks.push(live);
    this.#bytes += live.block.bytes.length;
  }

  /** The oldest; undefined if none waits. */
  next(): LiveBlock | undefined {
    const live = this.#blocks.shift();
    if (live !== undefined) this.#bytes -= live.block.bytes.length;
    return live;
  }

  /** The oldest while there are too many, never the only one; undefined once they fit. */
  nextOverflow(): LiveBlock | undefined {
    return this.#bytes > this.#mostBytes && this.#blocks.length > 1 ? this.next() : undefined;
  }
}
