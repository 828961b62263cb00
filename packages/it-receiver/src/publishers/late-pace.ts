/** How much late data goes into one call of publish: as much as takes about one pause that live data would not notice.
 *  runner → [late pace] → take batch */

/** Live data waits for at most one late call, whose samples take so long, or as long as a small call takes anyway. */
const TARGET_MS = 20;
/** A far side slower than this is not given more for that. */
const LONGEST_MS = 200;
const LEAST_SAMPLES = 256;
/** Share of the newest call in what is known of small ones: one that is quick is believed sooner than one that had to wait for something. */
const SLOWER = 0.1;
const QUICKER = 0.3;

export class LatePace {
  readonly #most: number;
  #samples: number;
  /** What a call costs however few it carries: the way there and back, the far side's commit. */
  #smallMs = 0;

  /** @param most  samples of a full batch */
  constructor(most: number) {
    this.#most = most;
    this.#samples = Math.min(most, 4096);
  }

  get samples(): number {
    return this.#samples;
  }

  /** A late call took so long: halve, keep or double what the next one carries. Fewer samples would not make a small call shorter. */
  took(durationMs: number): void {
    const least = Math.min(LEAST_SAMPLES, this.#most);
    if (this.#samples <= least * 2) this.#learn(durationMs);
    const target = Math.max(TARGET_MS, this.#smallMs);
    if (durationMs > this.#smallMs + target * 2) this.#samples = Math.max(least, this.#samples / 2);
    else if (durationMs < this.#smallMs + target) this.#samples = Math.min(this.#most, this.#samples * 2);
  }

  /** So did a live call: live data takes as long by itself, where it does not catch up. */
  liveTook(durationMs: number, samples: number): void {
    if (samples <= this.#samples) this.#learn(durationMs);
  }

  #learn(durationMs: number): void {
    const difference = Math.min(durationMs, LONGEST_MS) - this.#smallMs;
    this.#smallMs += difference * (difference > 0 ? SLOWER : QUICKER);
  }
}
