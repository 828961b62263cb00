/** Finds the refused rows of a batch by offering halves of it, and those again, so that everything else is published.
 *  lanes → [refused search] → quarantine */
import { rowCount, rowsOf, withoutRows } from "./entry-rows.ts";
import { type CutOff, Refusal, type RowRange, type StoredEntry, Suspicion } from "./publisher.ts";
import { kindOf, type RowKind, SpreadOffers } from "./spread-offers.ts";
import type { TakenBatch } from "./take-batch.ts";

/**
 * Offers per batch. One refused row of n costs about 2 · log2(n), so 35 of 20,000 cost fewer than this; what is left is offered in the parts
 * that it is in by then, and a part that is refused is set aside whole.
 */
const MOST_OFFERS = 1000;
/** A connection may end by chance, but not twice at the same part. */
const CUTS_PER_PART = 2;
/** Since something was accepted: fifty refused samples in a row cost fewer. */
const MOST_CUTS = 200;

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
  #cutsOfPart = 0;
  /** Since something was accepted. */
  #cuts = 0;
  #wasCutOff = false;
  /** Whether anything was accepted: until then it may be the connection, not the rows. */
  #proved = false;
  /** Rows at which connections ended before anything was accepted. */
  #unproved: RowRange[] = [];
  #spread: SpreadOffers | undefined;
  #wasSuspicion = false;
  readonly #taken = new Set<RowKind>();

  /**
   * @param refusal  of the whole batch; or the last of several suspicions, or ends of the connection, at it.
   * @param turn  0 ≤ r < 1: which rows of a suspected batch are offered first; another one each time.
   */
  constructor(batch: TakenBatch, refusal: Refusal | Suspicion | CutOff, turn = 0) {
    this.batch = batch;
    this.#reason = refusal.what;
    let end = 0;
    this.#starts = batch.entries.map((entry) => {
      const start = end;
      end += rowCount(entry);
      return start;
    });
    this.#waiting = [{ first: 0, end }];
    if (refusal instanceof Refusal || refusal instanceof Suspicion) this.refused(refusal);
    else this.cutOff(refusal);
    if (this.#wasSuspicion && this.#accepted === 0) this.#spread = new SpreadOffers(batch.entries, turn);
  }

  /** What to offer next, in order; undefined once every row is settled. */
  get part(): readonly StoredEntry[] | undefined {
    const single = this.#spread?.next;
    if (single !== undefined) {
      this.#part ??= this.#entriesOf(single);
      return this.#part;
    }
    if (this.#spread?.allRefused) return undefined;
    if (this.#waiting.length === 0 && this.#accepted > 0) {
      this.#waiting = this.#unproved.reverse();
      this.#unproved = [];
      this.#proved = true;
    }
    const range = this.#waiting.at(-1);
    if (range === undefined) return undefined;
    this.#part ??= this.#entriesOf(range);
    return this.#part;
  }

  get acceptedRows(): number {
    return this.#accepted;
  }

  /** Refused rows of a kind of which none was accepted. */
  refusedOf(kind: RowKind): number {
    if (this.#taken.has(kind)) return 0;
    const ofKind = this.#refused.filter(({ entry }) => kindOf(this.batch.entries[entry]!) === kind);
    return ofKind.reduce((sum, { first, end }) => sum + end - first, 0);
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

  /** What is refused was not said to be, or not all of it: connections ended. */
  get wasCutOff(): boolean {
    return this.#wasCutOff;
  }

  /** What is refused was not said to be refused for what it is, or not all of it: see {@link Suspicion}. */
  get wasSuspicion(): boolean {
    return this.#wasSuspicion;
  }

  /** Connections end whatever is offered: it is not the rows. */
  get isInVain(): boolean {
    return this.#cuts > MOST_CUTS;
  }

  /** The batch's entries, each without its refused rows. */
  kept(): StoredEntry[] {
    const left = Map.groupBy(this.#refused, ({ entry }) => entry);
    return this.batch.entries.map((entry, index) => withoutRows(entry, left.get(index) ?? []));
  }

  accepted(): void {
    this.#offers++;
    this.#cuts = 0;
    if (this.#spread?.next !== undefined) return void this.#singleWas("accepted");
    const range = this.#next();
    if (this.#unproved.length > 0) this.#proveBefore(range);
    else this.#take(range);
    this.#proved = true;
  }

  /** The part is refused: all of it together, or as far as the publisher could tell. */
  refused(refusal: Refusal | Suspicion, by: "answer" | "cut" = "answer"): void {
    const { what, told } = refusal;
    this.#offers++;
    this.#reason = what;
    this.#wasSuspicion ||= refusal instanceof Suspicion;
    if (this.#spread?.next !== undefined) return void this.#singleWas("refused");
    const { first, end } = this.#next();
    const through = told === undefined ? end : Math.min(end, first + told.through);
    if (through < end) this.#waiting.push({ first: through, end });
    const inPart = told?.refused ?? [{ first: 0, end: end - first }];
    const ranges = inPart.map((range) => ({ first: first + range.first, end: Math.min(through, first + range.end) }));
    for (const [at, range] of [...ranges, { first: through, end: through }].entries())
      this.#take({ first: ranges[at - 1]?.end ?? first, end: range.first });
    const cut: RowRange[] = [];
    for (const range of ranges) {
      if (range.end - range.first > 1 && this.#offers <= MOST_OFFERS) cut.push(...this.#halves(range));
      else if (by === "cut" && !this.#proved) this.#unproved.push(range);
      else this.#setAside(range, what);
    }
    this.#waiting.push(...cut.reverse());
  }

  /** The connection ended while the part was offered. What was held by then needs no other offer. */
  cutOff({ what, held, sent }: CutOff): void {
    this.#wasCutOff = true;
    this.#cuts++;
    this.#cutsOfPart++;
    if (this.#spread?.next !== undefined) {
      if (held > 0 || this.#cutsOfPart >= CUTS_PER_PART) this.#singleWas(held > 0 ? "accepted" : "refused");
    } else if (held > 0) {
      const { first, end } = this.#next();
      if (this.#unproved.length > 0) this.#proveBefore({ first, end });
      else {
        this.#take({ first, end: first + held });
        if (first + held < end) this.#waiting.push({ first: first + held, end });
      }
      this.#proved = true;
      this.#cuts = 0;
    } else if (this.#cutsOfPart >= CUTS_PER_PART) {
      const told = sent > 0 ? { through: sent, refused: [{ first: 0, end: sent }] } : undefined;
      this.refused(new Refusal("", what, {}, told), "cut");
    }
  }

  /** Something is accepted now: what was suspected before is offered again, and then this, for the sake of order. */
  #proveBefore(range: RowRange): void {
    this.#waiting.push(range, ...this.#unproved.reverse());
    this.#unproved = [];
  }

  #take(range: RowRange): void {
    const rows = range.end - range.first;
    if (rows <= 0) return;
    this.#accepted += rows;
    for (const { entry } of this.#perEntry(range)) this.#taken.add(kindOf(this.batch.entries[entry]!));
  }

  /** It proves something about the others, and is offered again among them. */
  #singleWas(outcome: "accepted" | "refused"): void {
    this.#part = undefined;
    this.#cutsOfPart = 0;
    this.#spread?.[outcome]();
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
    this.#cutsOfPart = 0;
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
