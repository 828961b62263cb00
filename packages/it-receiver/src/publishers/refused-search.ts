/** Finds the refused rows of a batch by offering halves of it, and those again, so that everything else is published.
 *  lanes → [refused search] → quarantine */
import { rowCount, rowsOf, withoutRows } from "./entry-rows.ts";
import type { Refusal, RowRange, StoredEntry } from "./publisher.ts";
import type { TakenBatch } from "./take-batch.ts";

/**
 * Offers per batch. One refused row of n costs about 2 · log2(n), so 35 of 20,000 cost fewer than this; what is left is offered in the parts
 * that it is in by then, and a part that is refused is set aside whole.
 */
const MOST_OFFERS = 1000;

/** Rows of one entry that are set aside together: one, unless the search was given up. */
export interface RefusedRows extends RowRange {
  /** Index in the batch. */
  readonly entry: number;
  readonly reason: string;
}

/**
 * Rows are numbered through the batch. Parts are offered in order, so that order per tag holds, and are cut between entries first: how an entry
 * is cut depends on nothing but itself, and is the same when it comes again.
 */
export class RefusedSearch {
  readonly batch: TakenBatch;
  readonly #starts: readonly number[];
  readonly #refused: RefusedRows[] = [];
  /** The next one last. */
  #waiting: RowRange[];
  #part: readonly StoredEntry[] | undefined;
  #accepted = 0;
  #offers = 1;
  #reason: string;

  /** @param refusal  of the whole batch. */
  constructor(batch: TakenBatch, refusal: Refusal) {
    this.batch = batch;
    this.#reason = refusal.what;
    let end = 0;
    this.#starts = batch.entries.map((entry) => {
      const start = end;
      end += rowCount(entry);
      return start;
    });
    this.#waiting = [{ first: 0, end }];
    this.refused(refusal);
  }

  /** What to offer next, in order; undefined once every row is settled. */
  get part(): readonly StoredEntry[] | undefined {
    const range = this.#waiting.at(-1);
    if (range === undefined) return undefined;
    this.#part ??= this.#entriesOf(range);
    return this.#part;
  }

  get acceptedRows(): number {
    return this.#accepted;
  }

  get refusedRows(): number {
    return this.#refused.reduce((sum, { first, end }) => sum + end - first, 0);
  }

  /** In order. */
  get setAside(): readonly RefusedRows[] {
    return this.#refused;
  }

  /** The far side's words for the last refusal. */
  get reason(): string {
    return this.#reason;
  }

  /** The batch's entries, each without its refused rows. */
  kept(): StoredEntry[] {
    const left = Map.groupBy(this.#refused, ({ entry }) => entry);
    return this.batch.entries.map((entry, index) => withoutRows(entry, left.get(index) ?? []));
  }

  accepted(): void {
    this.#offers++;
    const { first, end } = this.#next();
    this.#accepted += end - first;
  }

  /** The part is refused: all of it together, or as far as the publisher could tell. */
  refused({ what, told }: Refusal): void {
    this.#offers++;
    this.#reason = what;
    const { first, end } = this.#next();
    const through = told === undefined ? end : Math.min(end, first + told.through);
    if (through < end) this.#waiting.push({ first: through, end });
    const inPart = told?.refused ?? [{ first: 0, end: end - first }];
    const ranges = inPart.map((range) => ({ first: first + range.first, end: Math.min(through, first + range.end) }));
    this.#accepted += through - first - ranges.reduce((sum, range) => sum + range.end - range.first, 0);
    const cut: RowRange[] = [];
    for (const range of ranges) {
      if (range.end - range.first > 1 && this.#offers <= MOST_OFFERS) cut.push(...this.#halves(range));
      else this.#setAside(range, what);
    }
    this.#waiting.push(...cut.reverse());
  }

  /** Of a batch that is refused as a whole although none of its parts is. */
  giveUp(reason: string): void {
    this.#waiting = [];
    this.#part = undefined;
    this.#accepted = 0;
    this.#refused.length = 0;
    this.#setAside({ first: 0, end: this.#end() }, reason);
  }

  #next(): RowRange {
    this.#part = undefined;
    return this.#waiting.pop()!;
  }

  #end(): number {
    const last = this.batch.entries.at(-1);
    return last === undefined ? 0 : this.#starts.at(-1)! + rowCount(last);
  }

  /** Between two entries where there are several, at the one nearest to the middle. */
  #halves({ first, end }: RowRange): RowRange[] {
    const middle = (first + end) >>> 1;
    const between = this.#starts.filter((start) => start > first && start < end);
    const cut = between.reduce(
      (best, start) => (Math.abs(start - middle) < Math.abs(best - middle) ? start : best),
      between[0] ?? middle,
    );
    return [
      { first, end: cut },
      { first: cut, end },
    ];
  }

  #entriesOf(range: RowRange): StoredEntry[] {
    return this.#perEntry(range).map(({ entry, first, end }) => rowsOf(this.batch.entries[entry]!, first, end));
  }

  #perEntry({ first, end }: RowRange): (RowRange & { entry: number })[] {
    return this.batch.entries.flatMap((entry, index) => {
      const start = this.#starts[index]!;
      const from = Math.max(first - start, 0);
      const to = Math.min(end - start, rowCount(entry));
      return from < to ? [{ entry: index, first: from, end: to }] : [];
    });
  }

  #setAside(range: RowRange, reason: string): void {
    for (const rows of this.#perEntry(range)) this.#refused.push({ ...rows, reason });
  }
}
