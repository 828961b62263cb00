/** Finds the refused rows of a batch by offering halves of it, and those again, so that everything else is published.
 *  lanes → [refused search] → quarantine */
import { rowCount, rowsOf, withoutRows } from "./entry-rows.ts";
import { CUT_OFF, kindOfSuspicion } from "./failure.ts";
import { CutOff, type Refusal, type RowRange, type StoredEntry, Suspicion, type ToldRange } from "./publisher.ts";
import { kindOf, type RowKind, SpreadOffers } from "./spread-offers.ts";
import type { TakenBatch } from "./take-batch.ts";

/**
 * Offers per batch. One refused row of n costs about 2 · log2(n), so 35 of 20,000 cost fewer than this; what is left is offered in the parts
 * that it is in by then, and a part that is refused is set aside whole.
 */
const MOST_OFFERS = 1000;
/** A connection may end by chance, but not twice at the same part. */
const CUTS_PER_PART = 2;
/** A far side that now and then fails for reasons of its own must not cost a row. */
const SUSPICIONS_PER_ROW = 3;
/** Since something was accepted. After so many it is looked again whether anything is. */
const MOST_CUTS = 200;
/** Multiples of it, less their whole parts, never come near each other: each time other rows are looked at. */
const GOLDEN_RATIO = 0.618_033_988_749_895;

/** Rows of one entry that are set aside together: one, unless the search was given up. */
export interface RefusedRows extends RowRange {
  /** Index in the batch. */
  readonly entry: number;
  readonly reason: string;
  /** Of the suspicion that it was refused with; undefined if it was clearly refused. */
  readonly kind: string | undefined;
}

/** What is known before anything is offered. */
export interface Foreknown {
  /** Rows that will probably be refused, ascending: those of tags that were refused lately. They are offered alone, behind the others. */
  readonly rows: readonly number[];
  /** cut: when they were refused the connection ended, so that to offer each of them more than once costs too much. */
  readonly by: "answer" | "cut";
  /**
   * Of a batch that was not offered yet. offered: as any part is. presumed: taken to be accepted, because they are published together, and that must
   * succeed before anything is set aside.
   */
  readonly others?: "offered" | "presumed";
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
  #waiting: RowRange[] = [];
  #part: readonly StoredEntry[] | undefined;
  #accepted = 0;
  #offers = 1;
  #reason: string;
  #cutsOfPart = 0;
  /** Since something was accepted. */
  #cuts = 0;
  #suspicionsOfRow = 0;
  #doubt: "none" | "answer" | "cut" = "none";
  #spread: SpreadOffers | undefined;
  #turns: number;
  readonly #known: Foreknown;
  #presumes = false;
  readonly #taken = new Set<RowKind>();

  /**
   * @param refusal  of the whole batch; or the last of several suspicions, or ends of the connection, at it. undefined: it was not offered.
   * @param turns  another number each time: which rows of a suspected batch are offered first.
   */
  constructor(
    batch: TakenBatch,
    refusal: Refusal | Suspicion | CutOff | undefined,
    turns = 0,
    known: Foreknown = { rows: [], by: "answer" },
  ) {
    this.batch = batch;
    this.#turns = turns;
    this.#known = known;
    this.#reason = refusal?.what ?? "";
    let end = 0;
    this.#starts = batch.entries.map((entry) => {
      const start = end;
      end += rowCount(entry);
      return start;
    });
    if (refusal === undefined) this.#beginUnoffered(known.others);
    else this.#begin(refusal);
  }

  #beginUnoffered(others: Foreknown["others"]): void {
    const { known, between } = this.#apart({ first: 0, end: this.#end() });
    this.#presumes = others === "presumed";
    if (this.#presumes) for (const range of between) this.#take(range);
    this.#waiting = (this.#presumes ? known : [...between, ...known]).reverse();
  }

  #begin(refusal: Refusal | Suspicion | CutOff): void {
    this.#waiting = [{ first: 0, end: this.#end() }];
    if (refusal instanceof CutOff) this.cutOff(refusal);
    else this.refused(refusal);
    if (this.isDoubtful && !this.isProved && this.#known.rows.length === 0) this.#lookAround();
  }

  /** The rows without the refused ones were refused, of which some were only presumed to be accepted. */
  startOver(refusal: Refusal | Suspicion | CutOff): void {
    this.#presumes = false;
    this.#accepted = 0;
    this.#taken.clear();
    this.#refused.length = 0;
    this.#begin(refusal);
  }

  /** What to offer next, in order; undefined once every row is settled. */
  get part(): readonly StoredEntry[] | undefined {
    const single = this.#spread?.next;
    if (single !== undefined) {
      this.#part ??= this.#entriesOf(single);
      return this.#part;
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
    return this.#refused.toSorted((a, b) => a.entry - b.entry || a.first - b.first);
  }

  /** The far side's words for the last refusal. */
  get reason(): string {
    return this.#reason;
  }

  /** Not all that is refused was said to be refused for what it is: connections ended, or see {@link Suspicion}. */
  get isDoubtful(): boolean {
    return this.#doubt !== "none";
  }

  /** The connection ended at least once. */
  get wasCut(): boolean {
    return this.#doubt === "cut";
  }

  /** Something is accepted, so that what is not is refused for what it is. */
  get isProved(): boolean {
    return this.#spread === undefined
      ? this.#accepted > 0
      : this.#spread.next === undefined && !this.#spread.allRefused;
  }

  /** Until all others are published nothing is known about them. */
  get presumes(): boolean {
    return this.#presumes;
  }

  /** Whatever is offered is refused, or ends the connection: it is not the rows. */
  get isInVain(): boolean {
    return this.#spread !== undefined && this.#spread.next === undefined && this.#spread.allRefused;
  }

  /** The batch's entries, each without its refused rows. */
  kept(): StoredEntry[] {
    const left = Map.groupBy(this.setAside, ({ entry }) => entry);
    return this.batch.entries.map((entry, index) => withoutRows(entry, left.get(index) ?? []));
  }

  accepted(): void {
    this.#offers++;
    this.#cuts = 0;
    this.#suspicionsOfRow = 0;
    if (this.#spread?.next !== undefined) return void this.#singleWas("accepted");
    this.#take(this.#next());
  }

  /** The part is refused: all of it together, or as far as the publisher could tell. */
  refused(refusal: Refusal | Suspicion): void {
    if (refusal instanceof Suspicion && this.#doubt === "none") this.#doubt = "answer";
    this.#refuse(refusal, kindOfSuspicion(refusal));
  }

  /** @param kind  of the suspicion; undefined for a clear refusal. */
  #refuse({ what, told }: Pick<Refusal, "what" | "told">, kind: string | undefined): void {
    this.#offers++;
    this.#reason = what;
    if (this.#spread?.next !== undefined) return void this.#singleWas("refused");
    const { first, end } = this.#next();
    const isSuspicion = kind !== undefined && kind !== CUT_OFF;
    if (isSuspicion && end - first === 1 && ++this.#suspicionsOfRow < this.#tries({ first, end }, SUSPICIONS_PER_ROW))
      return void this.#waiting.push({ first, end });
    this.#suspicionsOfRow = 0;
    const through = told === undefined ? end : Math.min(end, first + told.through);
    if (through < end) this.#waiting.push({ first: through, end });
    const inPart: readonly ToldRange[] = told?.refused ?? [{ first: 0, end: end - first }];
    const ranges = inPart.map((range) => ({
      ...range,
      first: first + range.first,
      end: Math.min(through, first + range.end),
    }));
    for (const [at, range] of [...ranges, { first: through, end: through }].entries())
      this.#take({ first: ranges[at - 1]?.end ?? first, end: range.first });
    const cut: RowRange[] = [];
    let othersFirst = false;
    for (const range of ranges) {
      if (range.reason !== undefined) this.#setAside(range, range.reason);
      else if (range.end - range.first > 1 && this.#offers <= MOST_OFFERS) {
        const { known, between } = this.#apart(range);
        const isApart = known.length > 0 && between.length > 0;
        // Rows of one tag stay in order. The others may prove something before the known ones come.
        cut.push(...(isApart ? [...between, ...known] : this.#halves(range)));
        if (isApart) othersFirst = true;
      } else if (kind !== undefined && !this.isProved) cut.push(range);
      else this.#setAside(range, what, kind);
    }
    this.#waiting.push(...cut.reverse());
    if (kind !== undefined && !this.isProved && !othersFirst) this.#lookAround();
  }

  /** The connection ended while the part was offered. What was held by then needs no other offer. */
  cutOff({ what, held, sent }: CutOff): void {
    this.#doubt = "cut";
    this.#reason = what;
    this.#cuts = held > 0 ? 0 : this.#cuts + 1;
    this.#cutsOfPart++;
    if (this.#cuts > MOST_CUTS) this.#lookAround();
    else if (held > 0 && this.#spread?.next !== undefined) this.#singleWas("accepted");
    else if (held > 0) {
      const { first, end } = this.#next();
      this.#take({ first, end: first + held });
      if (first + held < end) this.#waiting.push({ first: first + held, end });
    } else if (this.#cutsOfPart >= this.#tries(this.#waiting.at(-1)!, CUTS_PER_PART)) {
      const told = sent > 0 ? { through: sent, refused: [{ first: 0, end: sent }] } : undefined;
      this.#refuse({ what, told }, CUT_OFF);
    }
  }

  /** Single rows first, from all over the batch. */
  #lookAround(): void {
    if (this.#spread?.next !== undefined) return;
    this.#part = undefined;
    this.#cutsOfPart = 0;
    this.#cuts = 0;
    this.#spread = new SpreadOffers(this.batch.entries, (this.#turns++ * GOLDEN_RATIO) % 1);
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

  /** Of a part before it counts as refused. */
  #tries({ first, end }: RowRange, usual: number): number {
    const { rows, by } = this.#known;
    return by === "cut" && end - first === 1 && this.isProved && rows.includes(first) ? 1 : usual;
  }

  /** Single rows that are known, and what lies between them. */
  #apart({ first, end }: RowRange): { readonly known: RowRange[]; readonly between: RowRange[] } {
    const rows = this.#known.rows.filter((row) => row >= first && row < end);
    const ends = [...rows, end];
    const between = ends.map((row, at) => ({ first: at === 0 ? first : ends[at - 1]! + 1, end: row }));
    return {
      known: rows.map((row) => ({ first: row, end: row + 1 })),
      between: between.filter((range) => range.first < range.end),
    };
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

  #setAside(range: RowRange, reason: string, kind?: string): void {
    for (const rows of this.#perEntry(range)) this.#refused.push({ ...rows, reason, kind });
  }
}
