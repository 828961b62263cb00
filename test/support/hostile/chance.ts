/** Seeded random numbers and bytes, cheap enough for millions of datagrams.
 *  seed → [chance] → hostile traffic, mutated files, mutated replies */

const POOL_BYTES = 1 << 20;

/** The same sequence for the same seed (mulberry32). */
export class Chance {
  #state: number;
  readonly #pool: Uint8Array;

  constructor(seed: number) {
    this.#state = seed >>> 0;
    this.#pool = new Uint8Array(POOL_BYTES);
    const words = new Uint32Array(this.#pool.buffer);
    for (let at = 0; at < words.length; at++) words[at] = this.#next();
  }

  /** 0 … below − 1 */
  below(below: number): number {
    return Math.floor((this.#next() / 0x1_0000_0000) * below);
  }

  pick<Choice>(choices: readonly Choice[]): Choice {
    return choices[this.below(choices.length)]!;
  }

  /** A copy of random bytes; at most 1 MiB. */
  bytes(length: number): Uint8Array {
    const at = this.below(POOL_BYTES - length + 1);
    return this.#pool.slice(at, at + length);
  }

  #next(): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(this.#state ^ (this.#state >>> 15), 1 | this.#state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return (mixed ^ (mixed >>> 14)) >>> 0;
  }
}
