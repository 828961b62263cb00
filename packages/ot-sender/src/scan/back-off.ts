/** How long to wait before connecting again.
 *  keep connected → [back-off] → keep connected */

export interface BackOffSettings {
  /** Before the first new attempt. */
  readonly firstMs: number;
  readonly longestMs: number;
}

/** Doubles up to the longest, and shortens each wait by a random part: a hundred devices that vanished together do not come back in step. */
export class BackOff {
  readonly #settings: BackOffSettings;
  readonly #random: (bytes: number) => Uint8Array;
  #failures = 0;

  constructor(settings: BackOffSettings, random: (bytes: number) => Uint8Array) {
    this.#settings = settings;
    this.#random = random;
  }

  /** Half to the whole of firstMs · 2^failures, at most longestMs. */
  nextMs(): number {
    const { firstMs, longestMs } = this.#settings;
    const whole = Math.min(longestMs, firstMs * 2 ** Math.min(this.#failures++, 30));
    const [high = 0, low = 0] = this.#random(2);
    return whole * (0.5 + (high * 256 + low) / 131_072);
  }

  /** The device answered. Being connected alone is not enough: some accept connections and say nothing. */
  reset(): void {
    this.#failures = 0;
  }
}
