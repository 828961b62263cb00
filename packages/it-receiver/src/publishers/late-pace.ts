/** How much late data goes into one call of publish: as much as takes about one pause that live data would not notice.
 *  runner → [late pace] → take batch */

/** Live data waits for at most one late call. */
const TARGET_MS = 20;
const LEAST_SAMPLES = 256;

export class LatePace {
  readonly #most: number;
  #samples: number;

  /** @param most  samples of a full batch */
  constructor(most: number) {
    this.#most = most;
    this.#samples = Math.min(most, 4096);
  }

  get samples(): number {
    return this.#samples;
  }

  /** A late call took so long: halve, keep or double what the next one carries. */
  took(durationMs: number): void {
    if (durationMs > TARGET_MS * 2) this.#samples = Math.max(Math.min(LEAST_SAMPLES, this.#most), this.#samples / 2);
    else if (durationMs < TARGET_MS) this.#samples = Math.min(this.#most, this.#samples * 2);
  }
}
