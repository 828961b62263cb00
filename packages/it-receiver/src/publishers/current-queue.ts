/** Current values waiting for one publisher: refreshed and stale ones, each after the live position it belongs behind.
 *  current values → [current queue] → runner */
import type { StoredEntry } from "./publisher.ts";

export interface CurrentEntry {
  /** To be published once the live cursor has come to this position, and before any later block. */
  readonly afterPosition: number;
  readonly entry: StoredEntry;
}

/**
 * Bounded by samples. When it overflows everything waiting is given up at once, and `overflowed` asks for one summary of what is stale
 * now: refreshed values come again by themselves, but a stale tag must not go on looking good.
 */
export class CurrentQueue {
  readonly #maximumSamples: number;
  #waiting: CurrentEntry[] = [];
  #samples = 0;
  #overflowed = false;
  #dropped = 0;

  constructor(maximumSamples: number) {
    this.#maximumSamples = maximumSamples;
  }

  /** Samples given up so far. */
  get dropped(): number {
    return this.#dropped;
  }

  get head(): CurrentEntry | undefined {
    return this.#waiting[0];
  }

  push(entry: CurrentEntry): void {
    if (this.#overflowed) {
      this.#dropped += entry.entry.samples.count;
      return;
    }
    this.#waiting.push(entry);
    this.#samples += entry.entry.samples.count;
    if (this.#samples <= this.#maximumSamples) return;
    this.#dropped += this.#samples;
    this.#waiting = [];
    this.#samples = 0;
    this.#overflowed = true;
  }

  shift(): void {
    this.#samples -= this.#waiting.shift()?.entry.samples.count ?? 0;
  }

  /** True once after an overflow. The caller then asks for the summary and may push again. */
  takeOverflow(): boolean {
    const overflowed = this.#overflowed;
    this.#overflowed = false;
    return overflowed;
  }
}
