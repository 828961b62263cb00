/** Tells a far side that refuses some rows of a suspected batch from one that refuses everything: single rows from all over it are offered first.
 *  refused search → [spread offers] → refused search */
import { rowCount } from "./entry-rows.ts";
import type { RowRange, StoredEntry } from "./publisher.ts";

/** What may be refused apart from each other: they have tables, topics and rights of their own. */
export type RowKind = "samples" | "events";

/** Of each kind. Where 1 of 20 is taken, 32 find one in 4 of 5 cases; each time others are offered. */
const MOST_OFFERS = 32;
/** So few rows of a kind may all be refused for what they are. */
export const FEW_ROWS = 8;

export function kindOf({ events }: StoredEntry): RowKind {
  return events === undefined ? "samples" : "events";
}

export class SpreadOffers {
  readonly #waiting: Record<RowKind, RowRange[]>;
  readonly #rows: Record<RowKind, number>;
  readonly #taken = new Set<RowKind>();

  /** @param turn  0 ≤ r < 1: which row of each stretch. */
  constructor(entries: readonly StoredEntry[], turn: number) {
    const rows: Record<RowKind, number[]> = { samples: [], events: [] };
    let at = 0;
    for (const entry of entries) {
      const end = at + rowCount(entry);
      for (; at < end; at++) rows[kindOf(entry)].push(at);
    }
    this.#waiting = { samples: spread(rows.samples, turn), events: spread(rows.events, turn) };
    this.#rows = { samples: rows.samples.length, events: rows.events.length };
  }

  /** One row, numbered through the batch; undefined once it is known. */
  get next(): RowRange | undefined {
    return this.#waiting.samples.at(-1) ?? this.#waiting.events.at(-1);
  }

  accepted(): void {
    const kind = this.#kind();
    this.#taken.add(kind);
    this.#waiting[kind] = [];
  }

  refused(): void {
    this.#waiting[this.#kind()].pop();
  }

  /** Nothing was taken, or nothing of a kind that the batch has many of. */
  get allRefused(): boolean {
    if (this.#taken.size === 0) return true;
    return (["samples", "events"] as const).some((kind) => this.#rows[kind] > FEW_ROWS && !this.#taken.has(kind));
  }

  #kind(): RowKind {
    return this.#waiting.samples.length > 0 ? "samples" : "events";
  }
}

function spread(rows: readonly number[], turn: number): RowRange[] {
  const offers = Math.min(MOST_OFFERS, rows.length);
  return Array.from({ length: offers }, (_, at) => {
    const first = rows[Math.floor(((at + turn) * rows.length) / offers)]!;
    return { first, end: first + 1 };
  });
}
