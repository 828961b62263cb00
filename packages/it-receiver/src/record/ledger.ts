/** Which blocks were ever recorded, as intervals of sequences: in memory to look them up, as rows to keep; permanent.
 *  SQLite store → [ledger] → gap ledger, intake's start */
import type { Database } from "@nonreturn/station/thread";
import { SequenceSet } from "@nonreturn/wire-format";
import { rowCheck } from "./row-check.ts";

export interface HeldRange {
  readonly stream: number;
  readonly journalEpoch: number;
  readonly sealingEpoch: number;
  readonly first: number;
  readonly last: number;
}

/** Changes are in memory at once, and in the rows with `save`; where the transaction fails, call `undo`. */
export class Ledger {
  readonly #statements: ReturnType<typeof prepare>;
  /** Union over sealing epochs, by stream and journal epoch. */
  readonly #held = new Map<string, SequenceSet>();
  readonly #heldByEpoch = new Map<string, SequenceSet>();
  #unsaved: HeldRange[] = [];

  constructor(database: Database) {
    this.#statements = prepare(database);
    for (const range of this.ranges()) this.#add(range);
  }

  /** All of it, as the rows say. */
  ranges(): HeldRange[] {
    return this.#statements.all.all().map((row) => ({
      stream: row.stream,
      journalEpoch: row.journal_epoch,
      sealingEpoch: row.sealing_epoch,
      first: row.first,
      last: row.last,
    }));
  }

  held(stream: number, journalEpoch: number): SequenceSet {
    const key = `${stream} ${journalEpoch}`;
    let set = this.#held.get(key);
    if (set === undefined) {
      set = new SequenceSet();
      this.#held.set(key, set);
    }
    return set;
  }

  /** Nothing happens where it is held already, under whichever sealing epoch. */
  add(stream: number, journalEpoch: number, sealingEpoch: number, sequence: number): void {
    if (this.held(stream, journalEpoch).has(sequence)) return;
    const range = { stream, journalEpoch, sealingEpoch, first: sequence, last: sequence };
    this.#add(range);
    this.#unsaved.push(range);
  }

  /** Inside the transaction. Writes the intervals that the added sequences now lie in, in place of those they melted from. */
  save(): void {
    const done = new Set<string>();
    for (const { stream, journalEpoch, sealingEpoch, first } of this.#unsaved) {
      const range = this.#heldByEpoch.get(`${stream} ${journalEpoch} ${sealingEpoch}`)!.rangeOf(first)!;
      const key = `${stream} ${journalEpoch} ${sealingEpoch} ${range.first}`;
      if (done.has(key)) continue;
      done.add(key);
      this.#statements.remove.run(stream, journalEpoch, sealingEpoch, range.first, range.last);
      const values = [stream, journalEpoch, sealingEpoch, range.first, range.last] as const;
      this.#statements.add.run(...values, rowCheck("held", ...values));
    }
  }

  /** After the commit. */
  settle(): void {
    this.#unsaved = [];
  }

  /** In place of `settle` where there was no commit. */
  undo(): void {
    for (const { stream, journalEpoch, sealingEpoch, first, last } of this.#unsaved) {
      this.held(stream, journalEpoch).remove(first, last);
      this.#heldByEpoch.get(`${stream} ${journalEpoch} ${sealingEpoch}`)?.remove(first, last);
    }
    this.#unsaved = [];
  }

  #add({ stream, journalEpoch, sealingEpoch, first, last }: HeldRange): void {
    this.held(stream, journalEpoch).add(first, last);
    const key = `${stream} ${journalEpoch} ${sealingEpoch}`;
    const set = this.#heldByEpoch.get(key) ?? new SequenceSet();
    set.add(first, last);
    this.#heldByEpoch.set(key, set);
  }
}

function prepare(database: Database) {
  return {
    all: database.prepare<
      [],
      { stream: number; journal_epoch: number; sealing_epoch: number; first: number; last: number }
    >("SELECT * FROM held ORDER BY stream, journal_epoch, sealing_epoch, first"),
    remove: database.prepare(
      "DELETE FROM held WHERE stream = ? AND journal_epoch = ? AND sealing_epoch = ? AND first BETWEEN ? AND ?",
    ),
    add: database.prepare(
      "INSERT INTO held (stream, journal_epoch, sealing_epoch, first, last, row_check) VALUES (?, ?, ?, ?, ?, ?)",
    ),
  };
}
