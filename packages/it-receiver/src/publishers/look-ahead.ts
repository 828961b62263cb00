/** Opens the blocks that come next while the far side works on those it was given, so that it has not to wait for them afterwards.
 *  block feed → [look ahead] → block feed's memory → take batch */
import type { BlockFeed } from "./block-feed.ts";
import type { TakenBatch } from "./take-batch.ts";
import type { Turns } from "./turns.ts";

/** Decoded blocks: a quarter of what the feed remembers for all publishers. */
const AHEAD_BYTES = 2 * 1024 * 1024;

/** It takes nothing and promises nothing: the next batch is cut as if there had been no look-ahead, only faster. */
export class LookAhead {
  readonly #feed: Pick<BlockFeed, "openNext">;
  readonly #turns: Turns;

  constructor(feed: Pick<BlockFeed, "openNext">, turns: Turns) {
    this.#feed = feed;
    this.#turns = turns;
  }

  /**
   * Settles as `call` does. Whatever else waits on this thread has its turn in between, the call above all.
   *
   * @param samples  of the next batch, at most.
   */
  async during(batch: TakenBatch, samples: number, call: () => Promise<void>): Promise<void> {
    const over = new AbortController();
    const called = call();
    if (batch.behind === "more") void this.#open(batch, samples, over.signal);
    try {
      await called;
    } finally {
      over.abort();
    }
  }

  async #open({ lane, step }: TakenBatch, most: number, over: AbortSignal): Promise<void> {
    let position = step[lane];
    let [bytes, samples] = [0, 0];
    while (position !== undefined && bytes < AHEAD_BYTES && samples < most) {
      await this.#turns.next("behind");
      const isLongEnough = this.#turns.piece();
      do {
        if (over.aborted) return;
        try {
          const opened = this.#feed.openNext(lane, position);
          bytes += opened?.memoryBytes ?? 0;
          samples += opened?.samples ?? 0;
          position = opened?.position;
        } catch {
          return; // a store that cannot be read says so when the batch is cut
        }
      } while (position !== undefined && bytes < AHEAD_BYTES && samples < most && !isLongEnough());
    }
  }
}
