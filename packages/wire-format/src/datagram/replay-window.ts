/** Remembers which datagram numbers of a run were seen, so that each is admitted once.
 *  MAC, epoch → [replay window] → structure
 *
 *  The method of RFC 6479: a ring of words in which the window moves by clearing whole words, never by shifting. */

/** Numbers this far below the highest one accepted are still told apart. */
export const REPLAY_WINDOW_NUMBERS = 65_536;

const WORD_BITS = 32;
/** The ring is twice the window: words ahead of it can be cleared whole without touching a number inside it. A power of two. */
const RING_WORDS = (2 * REPLAY_WINDOW_NUMBERS) / WORD_BITS; // 4096 words, 16 KiB

/** new: not seen. duplicate: inside the window and seen. old: below the window, or no safe integer; cannot be told, so not admitted. */
export type ReplayVerdict = "new" | "duplicate" | "old";

export class ReplayWindow {
  readonly #ring = new Uint32Array(RING_WORDS);
  #highest = -1;

  /** Highest number accepted, −1 before the first. */
  get highest(): number {
    return this.#highest;
  }

  /** What `accept` would say; changes nothing. Call it, and accept, only for datagrams whose MAC holds. */
  check(number: number): ReplayVerdict {
    if (!Number.isSafeInteger(number) || number < 0) return "old";
    if (number > this.#highest) return "new";
    if (number <= this.#highest - REPLAY_WINDOW_NUMBERS) return "old";
    return (this.#ring[wordOf(number)]! & bitOf(number)) === 0 ? "new" : "duplicate";
  }

  /** Mark the number as seen if it is new. Cost: constant, but for the words it steps over: at most 4096, however far the jump. */
  accept(number: number): ReplayVerdict {
    const verdict = this.check(number);
    if (verdict !== "new") return verdict;
    if (number > this.#highest) {
      this.#clearAhead(number);
      this.#highest = number;
    }
    this.#ring[wordOf(number)]! |= bitOf(number);
    return verdict;
  }

  /** Clear every word above the one of the highest number, up to that of the new highest. */
  #clearAhead(number: number): void {
    const from = this.#highest < 0 ? -1 : Math.floor(this.#highest / WORD_BITS);
    const to = Math.floor(number / WORD_BITS);
    if (to - from >= RING_WORDS) {
      this.#ring.fill(0);
      return;
    }
    for (let word = from + 1; word <= to; word++) this.#ring[word % RING_WORDS] = 0;
  }
}

function wordOf(number: number): number {
  return Math.floor(number / WORD_BITS) % RING_WORDS; // not by shifts: numbers exceed 32 bits
}

function bitOf(number: number): number {
  return 1 << (number % WORD_BITS);
}
