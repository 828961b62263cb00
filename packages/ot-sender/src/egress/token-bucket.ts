/** A budget of bytes per second: the link's own, and those of the second pass and of announcements.
 *  lanes → [token bucket] → UDP */

/** Time is given by the caller, so that a wake-up that came late is made up for within `burstBytes`. */
export class TokenBucket {
  readonly #bytesPerMs: number;
  readonly #burstBytes: number;
  #tokens: number;
  #filledAtMs: number;

  /**
   * @param bitsPerSecond  above 0
   * @param burstBytes  most that can be saved up: what a late timer may cost without losing rate
   */
  constructor(bitsPerSecond: number, burstBytes: number, nowMs: number) {
    this.#bytesPerMs = bitsPerSecond / 8000;
    this.#burstBytes = burstBytes;
    this.#tokens = burstBytes;
    this.#filledAtMs = nowMs;
  }

  /** True if anything may be sent now. The balance may go below zero by one datagram, and is then waited for: no rate is lost to rounding. */
  hasRoom(nowMs: number): boolean {
    this.#fill(nowMs);
    return this.#tokens > 0;
  }

  spend(bytes: number): void {
    this.#tokens -= bytes;
  }

  /** Milliseconds until `hasRoom` turns true; 0 if it is. */
  waitMs(nowMs: number): number {
    this.#fill(nowMs);
    return this.#tokens > 0 ? 0 : (1 - this.#tokens) / this.#bytesPerMs;
  }

  #fill(nowMs: number): void {
    const elapsed = nowMs - this.#filledAtMs;
    if (elapsed <= 0) return;
    this.#filledAtMs = nowMs;
    this.#tokens = Math.min(this.#burstBytes, this.#tokens + elapsed * this.#bytesPerMs);
  }
}
