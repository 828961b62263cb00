/** A set of block sequences kept as disjoint intervals: what is held, what was sent, what is missing.
 *  sequences → [sequence set] → journal, egress (OT); ledger, gaps (IT) */

/** first ≤ last, both ends included. */
export interface SequenceRange {
  readonly first: number;
  readonly last: number;
}

/**
 * Disjoint, ascending, never adjacent: {1–3} plus 4 is {1–4}. Memory is two numbers an interval, whatever an interval spans.
 * `add` and `remove` at the end of the set cost O(1); elsewhere O(log n) to find and O(n) to move, n being the number of intervals.
 */
export class SequenceSet {
  readonly #firsts: number[] = [];
  readonly #lasts: number[] = [];

  constructor(ranges: Iterable<SequenceRange> = []) {
    for (const { first, last } of ranges) this.add(first, last);
  }

  /** Number of intervals. */
  get intervals(): number {
    return this.#firsts.length;
  }

  /** Number of sequences. */
  get size(): number {
    let size = 0;
    for (let at = 0; at < this.#firsts.length; at++) size += this.#lasts[at]! - this.#firsts[at]! + 1;
    return size;
  }

  get lowest(): number | undefined {
    return this.#firsts[0];
  }

  get highest(): number | undefined {
    return this.#lasts.at(-1);
  }

  has(sequence: number): boolean {
    const at = this.#firstEndingAtOrAfter(sequence);
    return at < this.#firsts.length && this.#firsts[at]! <= sequence;
  }

  /** The interval that `sequence` lies in. */
  rangeOf(sequence: number): SequenceRange | undefined {
    const at = this.#firstEndingAtOrAfter(sequence);
    const first = this.#firsts[at];
    return first !== undefined && first <= sequence ? { first, last: this.#lasts[at]! } : undefined;
  }

  /** @throws RangeError unless 0 ≤ first ≤ last are integers. */
  add(first: number, last: number = first): void {
    checkRange(first, last);
    // Every interval that touches or overlaps [first − 1, last + 1] melts into one.
    const from = this.#firstEndingAtOrAfter(first - 1);
    let to = from;
    while (to < this.#firsts.length && this.#firsts[to]! <= last + 1) to++;
    if (to > from) {
      first = Math.min(first, this.#firsts[from]!);
      last = Math.max(last, this.#lasts[to - 1]!);
    }
    this.#firsts.splice(from, to - from, first);
    this.#lasts.splice(from, to - from, last);
  }

  remove(first: number, last: number = first): void {
    checkRange(first, last);
    const from = this.#firstEndingAtOrAfter(first);
    let to = from;
    const kept: SequenceRange[] = [];
    for (; to < this.#firsts.length && this.#firsts[to]! <= last; to++) {
      if (this.#firsts[to]! < first) kept.push({ first: this.#firsts[to]!, last: first - 1 });
      if (this.#lasts[to]! > last) kept.push({ first: last + 1, last: this.#lasts[to]! });
    }
    this.#firsts.splice(from, to - from, ...kept.map((range) => range.first));
    this.#lasts.splice(from, to - from, ...kept.map((range) => range.last));
  }

  clear(): void {
    this.#firsts.length = 0;
    this.#lasts.length = 0;
  }

  /** Ascending. */
  ranges(): SequenceRange[] {
    return this.#firsts.map((first, at) => ({ first, last: this.#lasts[at]! }));
  }

  /** What of first … last is not in the set, ascending. */
  missing(first: number, last: number): SequenceRange[] {
    const missing: SequenceRange[] = [];
    let next = first;
    for (let at = this.#firstEndingAtOrAfter(first); at < this.#firsts.length && next <= last; at++) {
      if (this.#firsts[at]! > last) break;
      if (this.#firsts[at]! > next) missing.push({ first: next, last: this.#firsts[at]! - 1 });
      next = this.#lasts[at]! + 1;
    }
    if (next <= last) missing.push({ first: next, last });
    return missing;
  }

  /** Index of the first interval whose end is at or after `sequence`. */
  #firstEndingAtOrAfter(sequence: number): number {
    const count = this.#lasts.length;
    if (count === 0 || this.#lasts[count - 1]! < sequence) return count;
    let low = 0;
    let high = count - 1;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.#lasts[middle]! < sequence) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

function checkRange(first: number, last: number): void {
  if (!Number.isSafeInteger(first) || !Number.isSafeInteger(last) || first < 0 || last < first)
    throw new RangeError(`${first} … ${last} is no range of sequences`);
}
