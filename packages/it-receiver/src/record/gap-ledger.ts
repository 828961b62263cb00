/** Names what is missing, as soon as it can be known, and notes when it is healed or lost for good.
 *  heartbeats, SQLite store → [gap ledger] → gaps table, main */
import type { Clock, Database } from "@nonreturn/station";
import { type HeartbeatBatch, type SequenceRange, SequenceSet, type UtcMicros } from "@nonreturn/wire-format";
import { rowCheck } from "./row-check.ts";
import type { SqliteStore } from "./sqlite-store.ts";

export interface GapCounts {
  readonly open: number;
  /** Sequences in open gaps. */
  readonly openBlocks: number;
  readonly healed: number;
  readonly lost: number;
}

/** Beyond the sender's spread and the hold: what the kernel and the record thread may still be working on. */
const MARGIN_MS = 250;

interface Chain {
  /** Blocks from here on are ours to miss. */
  origin: number;
  head: number;
  oldest: number;
  /** Heads that were announced, and when: a block is missing only once its head is older than the grace. */
  readonly announced: { readonly head: number; readonly atMs: number }[];
  /** Named and still missing, lost ones included: they may yet come by another way. */
  readonly open: SequenceSet;
  /** Up to here the open ones are noted as lost. */
  lostThrough: number;
}

/**
 * One chain per journal. A gap is a range of sequences at or below an announced head that is not held after W + hold + margin. Parts of a
 * gap that arrive are healed; parts below the sender's oldest journaled sequence are lost for good. Every state is a row.
 */
export class GapLedger {
  readonly #store: SqliteStore;
  readonly #clock: Clock;
  readonly #stream: number;
  readonly #statements: ReturnType<typeof prepare>;
  readonly #chains = new Map<number, Chain>();
  #graceMs = 300;

  constructor(store: SqliteStore, stream: number, clock: Clock) {
    this.#store = store;
    this.#clock = clock;
    this.#stream = stream;
    this.#statements = prepare(store.database);
    for (const row of this.#statements.chains.all(stream)) {
      const open = new SequenceSet(this.#statements.openGaps.all(stream, row.journal_epoch));
      // What was missing before this start was announced long ago: it is named again at the first look.
      const announced = [{ head: row.head, atMs: Number.NEGATIVE_INFINITY }];
      this.#chains.set(row.journal_epoch, {
        origin: row.origin,
        head: row.head,
        oldest: row.oldest,
        announced,
        open,
        lostThrough: 0,
      });
    }
  }

  /** A heartbeat that is a sign of life. Inside a transaction of the store. */
  announce(journalEpoch: number, heartbeat: HeartbeatBatch): void {
    this.#graceMs = heartbeat.spreadMs + 10 + MARGIN_MS;
    const { headSequence, oldestSequence } = heartbeat;
    let chain = this.#chains.get(journalEpoch);
    if (chain === undefined) {
      // First contact: everything the sender still holds is expected. What was before was never ours.
      const origin = Math.min(oldestSequence, this.#store.held(this.#stream, journalEpoch).lowest ?? oldestSequence);
      chain = {
        origin,
        head: headSequence,
        oldest: oldestSequence,
        announced: [],
        open: new SequenceSet(),
        lostThrough: 0,
      };
      this.#chains.set(journalEpoch, chain);
    }
    chain.head = Math.max(chain.head, headSequence);
    chain.oldest = Math.max(chain.oldest, oldestSequence);
    const newest = chain.announced.at(-1);
    if (newest === undefined || newest.head < chain.head)
      chain.announced.push({ head: chain.head, atMs: this.#clock.monotonicMs() });
    const values = [this.#stream, journalEpoch, chain.origin, chain.head, chain.oldest] as const;
    this.#statements.saveChain.run(...values, rowCheck("chains", ...values));
  }

  /** Whether anything would change: cheap, called before a transaction is opened for `look`. */
  get hasNews(): boolean {
    for (const [journalEpoch, chain] of this.#chains) {
      if (!sameRanges(this.#missing(journalEpoch, chain), chain.open.ranges())) return true;
      if (
        chain.open.lowest !== undefined &&
        chain.open.lowest < this.#goneBelow(journalEpoch, chain) &&
        chain.lostThrough + 1 < this.#goneBelow(journalEpoch, chain)
      )
        return true;
    }
    return false;
  }

  /** Bring the gaps table up to date. Inside a transaction of the store. @returns the ranges that were named now. */
  look(): readonly (SequenceRange & { readonly journalEpoch: number })[] {
    const named: (SequenceRange & { journalEpoch: number })[] = [];
    for (const [journalEpoch, chain] of this.#chains) {
      const missing = new SequenceSet(this.#missing(journalEpoch, chain));
      for (const { first, last } of chain.open.ranges())
        for (const healed of missing.missing(first, last)) this.#close(journalEpoch, healed, "healed");
      for (const { first, last } of missing.ranges())
        for (const fresh of chain.open.missing(first, last)) {
          this.#open(journalEpoch, fresh);
          named.push({ ...fresh, journalEpoch });
        }
      chain.open.clear();
      for (const { first, last } of missing.ranges()) chain.open.add(first, last);
      const gone = this.#goneBelow(journalEpoch, chain) - 1;
      for (const { first, last } of chain.open.ranges())
        if (first <= gone) this.#close(journalEpoch, { first, last: Math.min(last, gone) }, "lost");
      chain.lostThrough = gone;
    }
    return named;
  }

  counts(): GapCounts {
    const byState = new Map(this.#statements.counts.all(this.#stream).map((row) => [row.state, row]));
    return {
      open: byState.get("open")?.gaps ?? 0,
      openBlocks: byState.get("open")?.blocks ?? 0,
      healed: byState.get("healed")?.gaps ?? 0,
      lost: byState.get("lost")?.gaps ?? 0,
    };
  }

  /** The sender no longer has what is below; a sender with a newer journal has nothing of this one. */
  #goneBelow(journalEpoch: number, chain: Chain): number {
    return journalEpoch < Math.max(...this.#chains.keys()) ? Number.MAX_SAFE_INTEGER : chain.oldest;
  }

  #missing(journalEpoch: number, chain: Chain): SequenceRange[] {
    const dueBefore = this.#clock.monotonicMs() - this.#graceMs;
    const { announced } = chain;
    while (announced.length > 1 && announced[1]!.atMs <= dueBefore) announced.shift();
    const [due] = announced;
    if (due === undefined || due.atMs > dueBefore || due.head < chain.origin) return [];
    return this.#store.held(this.#stream, journalEpoch).missing(chain.origin, due.head);
  }

  #open(journalEpoch: number, { first, last }: SequenceRange): void {
    const before = this.#statements.sealedBefore.get(this.#stream, journalEpoch, first)?.sealed_at ?? null;
    const behind = this.#statements.sealedBehind.get(this.#stream, journalEpoch, last)?.sealed_at ?? null;
    const now = this.#clock.nowUtcMicros();
    // The two stations' clocks may differ by anything: an end before its begin would be no range.
    const until = behind ?? Math.max(now, before ?? 0);
    this.#statements.open.run(this.#stream, journalEpoch, first, last, before, until, now);
  }

  /** Rows that reach beyond the range are split, so that what stays open keeps its time of naming. */
  #close(journalEpoch: number, { first, last }: SequenceRange, state: "healed" | "lost"): void {
    const now = this.#clock.nowUtcMicros();
    for (const row of this.#statements.overlapping.all(this.#stream, journalEpoch, first, last)) {
      if (row.state === state) continue;
      const part = { first: Math.max(first, row.first), last: Math.min(last, row.last) };
      this.#statements.removeGap.run(row.id);
      const keep = (from: number, to: number, as: string, closedAt: UtcMicros | null): void => {
        if (from > to) return;
        const { time_from, time_to, opened_at } = row;
        this.#statements.addGap.run(this.#stream, journalEpoch, from, to, time_from, time_to, opened_at, closedAt, as);
      };
      keep(row.first, part.first - 1, row.state, row.closed_at);
      keep(part.first, part.last, state, now);
      keep(part.last + 1, row.last, row.state, row.closed_at);
    }
  }
}

function sameRanges(a: readonly SequenceRange[], b: readonly SequenceRange[]): boolean {
  return a.length === b.length && a.every(({ first, last }, at) => first === b[at]!.first && last === b[at]!.last);
}

interface GapRow {
  id: number;
  first: number;
  last: number;
  time_from: number | null;
  time_to: number | null;
  opened_at: number;
  closed_at: number | null;
  state: string;
}

function prepare(database: Database) {
  return {
    chains: database.prepare<[number], { journal_epoch: number; origin: number; head: number; oldest: number }>(
      "SELECT journal_epoch, origin, head, oldest FROM chains WHERE stream = ?",
    ),
    saveChain: database.prepare(
      `INSERT INTO chains (stream, journal_epoch, origin, head, oldest, row_check) VALUES (?, ?, ?, ?, ?, ?)
       ON CONFLICT DO UPDATE SET origin = excluded.origin, head = excluded.head, oldest = excluded.oldest, row_check = excluded.row_check`,
    ),
    openGaps: database.prepare<[number, number], SequenceRange>(
      "SELECT first, last FROM gaps WHERE stream = ? AND journal_epoch = ? AND state <> 'healed' ORDER BY first",
    ),
    open: database.prepare(
      "INSERT INTO gaps (stream, journal_epoch, first, last, time_from, time_to, opened_at, state) VALUES (?, ?, ?, ?, ?, ?, ?, 'open')",
    ),
    addGap: database.prepare(
      "INSERT INTO gaps (stream, journal_epoch, first, last, time_from, time_to, opened_at, closed_at, state) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
    ),
    removeGap: database.prepare("DELETE FROM gaps WHERE id = ?"),
    overlapping: database.prepare<[number, number, number, number], GapRow>(
      "SELECT * FROM gaps WHERE stream = ? AND journal_epoch = ? AND last >= ? AND first <= ? AND state <> 'healed'",
    ),
    counts: database.prepare<[number], { state: string; gaps: number; blocks: number }>(
      "SELECT state, count(*) AS gaps, sum(last - first + 1) AS blocks FROM gaps WHERE stream = ? GROUP BY state",
    ),
    sealedBefore: database.prepare<[number, number, number], { sealed_at: number }>(
      "SELECT sealed_at FROM blocks WHERE stream = ? AND journal_epoch = ? AND sequence < ? ORDER BY sequence DESC LIMIT 1",
    ),
    sealedBehind: database.prepare<[number, number, number], { sealed_at: number }>(
      "SELECT sealed_at FROM blocks WHERE stream = ? AND journal_epoch = ? AND sequence > ? ORDER BY sequence LIMIT 1",
    ),
  };
}
