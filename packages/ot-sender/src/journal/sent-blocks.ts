/** Which blocks were handed to the link: intervals in memory, saved with the next commit.
 *  link thread → [sent blocks] → retention, and the backlog after a start */
import type { Database } from "@nonreturn/station/thread";
import { type SequenceRange, SequenceSet } from "@nonreturn/wire-format";

/**
 * Marking costs no write of its own, and saving costs one row per interval that changed, however many there are. What was marked but not
 * saved when the power went is sent again after the start, which receivers count as duplicates.
 */
export class SentBlocks {
  readonly #set: SequenceSet;
  readonly #unsaved = new SequenceSet();
  #prunedBelow = 0;
  readonly #statements: ReturnType<typeof prepare>;

  constructor(database: Database) {
    this.#statements = prepare(database);
    this.#set = new SequenceSet(this.#statements.all.all());
  }

  /** True if a commit would save nothing new. */
  get isSaved(): boolean {
    return this.#unsaved.intervals === 0 && this.#prunedBelow === 0;
  }

  mark(first: number, last: number): void {
    this.#set.add(first, last);
    this.#unsaved.add(first, last);
  }

  /** Forget everything below `sequence` with the next commit. */
  prune(sequence: number): void {
    this.#prunedBelow = sequence;
  }

  /** Ascending. */
  ranges(): SequenceRange[] {
    return this.#set.ranges();
  }

  missing(first: number, last: number): SequenceRange[] {
    return this.#set.missing(first, last);
  }

  /** Call inside a transaction, and `noteCommitted` once it has committed; if it did not, the next one saves the same again. */
  save(): void {
    const { before, reach, remove, add, removeBelow, cutBelow } = this.#statements;
    for (let { first, last } of this.#unsaved.ranges()) {
      // Whatever in the table touches the new interval melts into it.
      const left = before.get(first);
      if (left !== undefined && left.last >= first - 1) {
        first = left.first;
        last = Math.max(last, left.last);
      }
      last = Math.max(last, reach.get(first, last + 1)?.last ?? 0);
      remove.run(first, last);
      add.run(first, last);
    }
    if (this.#prunedBelow === 0) return;
    removeBelow.run(this.#prunedBelow);
    cutBelow.run(this.#prunedBelow, this.#prunedBelow);
  }

  noteCommitted(): void {
    this.#unsaved.clear();
    if (this.#prunedBelow > 0) this.#set.remove(0, this.#prunedBelow - 1);
    this.#prunedBelow = 0;
  }
}

function prepare(database: Database) {
  return {
    all: database.prepare<[], SequenceRange>("SELECT first, last FROM sent ORDER BY first"),
    before: database.prepare<[number], SequenceRange>(
      "SELECT first, last FROM sent WHERE first <= ? ORDER BY first DESC LIMIT 1",
    ),
    reach: database.prepare<[number, number], { last: number | null }>(
      "SELECT max(last) AS last FROM sent WHERE first BETWEEN ? AND ?",
    ),
    remove: database.prepare("DELETE FROM sent WHERE first BETWEEN ? AND ?"),
    add: database.prepare("INSERT INTO sent (first, last) VALUES (?, ?)"),
    removeBelow: database.prepare("DELETE FROM sent WHERE last < ?"),
    cutBelow: database.prepare("UPDATE sent SET first = ? WHERE first < ?"),
  };
}
