/** Opens the blocks that come next while the far side works on those it was given, so that it has not to wait for them afterwards.
 *  block feed → [look ahead] → block feed's memory → take batch */
import { type Clock, sleep } from "@nonreturn/station/thread";
import type { BlockFeed } from "./block-feed.ts";
import type { TakenBatch } from "./take-batch.ts";

/** Decoded blocks: a quarter of what the feed remembers for all publishers. */
const AHEAD_BYTES = 2 * 1024 * 1024;

/** It takes nothing and promises nothing: the next batch is cut as if there had been no look-ahead, only faster. */
export class LookAhead {
  readonly #feed: Pick<BlockFeed, "openNext">;
  readonly #clock: Clock;

  constructor(feed: Pick<BlockFeed, "openNext">, clock: Clock) {
    this.#feed = feed;
    this.#clock = clock;
  }

  /** Settles as `call` does. Between two blocks whatever else waits on this thread has its turn, the call above all. */
  async during(batch: TakenBatch, call: () => Promise<void>): Promise<void> {
    const over = new AbortController();
    const called = call();
    void this.#open(batch, over.signal);
    try {
      await called;
    } finally {
      over.abort();
    }
  }

  /** As much as the batch in hand has: the next one will hardly be larger. */
  async #open({ lane, step, events }: TakenBatch, over: AbortSignal): Promise<void> {
    let position = step[lane];
    let [bytes, samples] = [0, 0];
    while (position !== undefined && bytes < AHEAD_BYTES && samples < step.samples + events) {
      await sleep(this.#clock, 0, over);
      if (over.aborted) return;
      try {
        const opened = this.#feed.openNext(lane, position);
        bytes += opened?.memoryBytes ?? 0;
        samples += opened?.samples ?? 0;
        position = opened?.position;
      } catch {
        return; // a store that cannot be read says so when the batch is cut
      }
    }
  }
}
