/** Spreads the channels over their scan periods: a hundred devices of one scan class are not all due at the same instant.
 *  start scan → [phases] → polling channel */

/** 1 / golden ratio: multiples of it, less their whole part, lie evenly in 0 … 1 however many there are. */
const STEP = (Math.sqrt(5) - 1) / 2;

/** One for a station. The first phase is 0; the same devices in the same order have the same phases at every start. */
export class Phases {
  #count = 0;

  /** @returns 0 … 1, below 1. */
  next(): number {
    return (this.#count++ * STEP) % 1;
  }
}
