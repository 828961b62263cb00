/** How long to wait after a failure: doubling, with jitter, so that many stations do not return in step.
 *  runner → [back-off] → next attempt */

export interface BackOffSettings {
  readonly firstMs: number;
  readonly longestMs: number;
}

/** @param random  0 ≤ r < 1 */
export class BackOff {
  readonly #settings: BackOffSettings;
  readonly #random: () => number;
  #failures = 0;

  constructor(settings: BackOffSettings, random: () => number) {
    this.#settings = settings;
    this.#random = random;
  }

  get failures(): number {
    return this.#failures;
  }

  /** The wait after one more failure: half of first · 2^n at least, all of it at most, never beyond `longestMs`. */
  next(): number {
    const { firstMs, longestMs } = this.#settings;
    const ceiling = Math.min(longestMs, firstMs * 2 ** Math.min(this.#failures, 30));
    this.#failures++;
    return ceiling * (0.5 + 0.5 * this.#random());
  }

  succeeded(): void {
    this.#failures = 0;
  }
}
