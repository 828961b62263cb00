/** How late scans begin, as a histogram.
 *  polling channel → [lateness] → figures */

/** Upper bounds of the classes in ms; beyond the last there is one more. */
const LATENESS_BOUNDS_MS = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10_000] as const;

export class Lateness {
  readonly #counts = new Float64Array(LATENESS_BOUNDS_MS.length + 1);
  #count = 0;
  #sumMs = 0;

  observe(latenessMs: number): void {
    const index = LATENESS_BOUNDS_MS.findIndex((bound) => latenessMs <= bound);
    this.#counts[index < 0 ? LATENESS_BOUNDS_MS.length : index]!++;
    this.#count++;
    this.#sumMs += latenessMs;
  }

  get count(): number {
    return this.#count;
  }

  get sumMs(): number {
    return this.#sumMs;
  }

  /** Scans that began at most so late, by bound, as Prometheus counts them; the last is all. */
  cumulative(): readonly { readonly leMs: number; readonly count: number }[] {
    let sum = 0;
    return [...LATENESS_BOUNDS_MS, Number.POSITIVE_INFINITY].map((leMs, index) => {
      sum += this.#counts[index]!;
      return { leMs, count: sum };
    });
  }

  /** Upper bound of the class in which the quantile lies; 0 without observations. @param share  0 … 1 */
  quantileMs(share: number): number {
    if (this.#count === 0) return 0;
    return this.cumulative().find(({ count }) => count >= share * this.#count)?.leMs ?? Number.POSITIVE_INFINITY;
  }
}
