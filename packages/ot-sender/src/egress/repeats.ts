/** Blocks that leave a second time, or late: backlog, second pass and replay, each a cursor over the journal.
 *  journal reader → [repeats] → protect block → schedule */
import { type SequenceRange, SequenceSet } from "@nonreturn/wire-format";
import type { JournaledBlock, JournalReader } from "../journal/journal.ts";
import type { Lane } from "./lanes.ts";
import { TokenBucket } from "./token-bucket.ts";

export interface SecondPassSettings {
  readonly afterMs: number;
  /** Bit/s it may take, beside being served only when nothing more urgent is due. */
  readonly rate: number;
}

export interface RepeatCounters {
  backlogSent: number;
  secondPassSent: number;
  replaySent: number;
  /** Sequences that retention removed before their turn. */
  pruned: number;
}

/** Ranges an operator may have asked for at the same time. */
export const MAXIMUM_REPLAYS = 64;

interface AgainRange {
  first: number;
  last: number;
  /** When the first of them would be due alone. */
  readonly sinceMs: number;
  /** When all of them are. */
  dueMs: number;
}

/** Blocks are handed over one at a time, so that a more urgent one never waits behind many. */
export interface NextRepeat {
  readonly block: JournaledBlock;
  readonly lane: Lane & ("backlog" | "second-pass" | "replay");
}

/**
 * Chooses what leaves next when nothing live is due: backlog (newest first, since newer data is worth more), then second pass (oldest
 * first), then replay (as asked). Memory: intervals, never blocks.
 */
export class Repeats {
  readonly counters: RepeatCounters = { backlogSent: 0, secondPassSent: 0, replaySent: 0, pruned: 0 };
  readonly #journal: JournalReader;
  readonly #settings: SecondPassSettings | undefined;
  readonly #budget: TokenBucket | undefined;
  readonly #backlog = new SequenceSet();
  /** By time of the first pass. Neighbours of one second share an entry. */
  readonly #again: AgainRange[] = [];
  readonly #replays: { next: number; readonly last: number }[] = [];

  constructor(journal: JournalReader, settings: SecondPassSettings | undefined, nowMs: number) {
    this.#journal = journal;
    this.#settings = settings;
    this.#budget =
      settings === undefined ? undefined : new TokenBucket(settings.rate, Math.max(16_384, settings.rate / 80), nowMs);
  }

  get backlog(): number {
    return this.#backlog.size;
  }

  get replaying(): number {
    return this.#replays.reduce((sum, { next, last }) => sum + last - next + 1, 0);
  }

  /** Sequences whose first pass has not happened: they overflowed the live queue, or the station stopped before. */
  addBacklog(first: number, last: number): void {
    this.#backlog.add(first, last);
  }

  /** The first pass of `sequence` is over. */
  firstPassDone(sequence: number, nowMs: number): void {
    if (this.#settings === undefined) return;
    this.#addAgain(sequence, nowMs + this.#settings.afterMs);
  }

  /** All of these again, as soon as there is room: after a start, for what the last minutes may have lost. */
  againNow(ranges: readonly SequenceRange[], nowMs: number): void {
    this.#again.unshift(...ranges.map(({ first, last }) => ({ first, last, sinceMs: nowMs, dueMs: nowMs })));
  }

  /** @returns false if there are too many replays already. */
  addReplay(first: number, last: number): boolean {
    if (this.#replays.length >= MAXIMUM_REPLAYS) return false;
    this.#replays.push({ next: first, last });
    return true;
  }

  /** The next block that may leave now; undefined if there is none. */
  next(nowMs: number): NextRepeat | undefined {
    return this.#nextBacklog() ?? this.#nextSecondPass(nowMs) ?? this.#nextReplay();
  }

  /** When `next` may have something again; Infinity if that depends on others. */
  nextDueMs(nowMs: number): number {
    if (this.#backlog.intervals > 0 || this.#replays.length > 0) return nowMs;
    const due = this.#again[0]?.dueMs ?? Number.POSITIVE_INFINITY;
    return Math.max(due, nowMs + (this.#budget?.waitMs(nowMs) ?? 0));
  }

  /** Bytes on the wire that a second-pass block took. */
  spend(lane: Lane, bytes: number): void {
    if (lane === "second-pass") this.#budget?.spend(bytes);
  }

  #nextBacklog(): NextRepeat | undefined {
    for (let newest = this.#backlog.highest; newest !== undefined; newest = this.#backlog.highest) {
      this.#backlog.remove(newest);
      const block = this.#read(newest);
      if (block === undefined) continue;
      this.counters.backlogSent++;
      return { block, lane: "backlog" };
    }
    return undefined;
  }

  #nextSecondPass(nowMs: number): NextRepeat | undefined {
    if (this.#budget !== undefined && !this.#budget.hasRoom(nowMs)) return undefined;
    for (let due = this.#again[0]; due !== undefined && due.dueMs <= nowMs; due = this.#again[0]) {
      const sequence = due.first++;
      if (due.first > due.last) this.#again.shift();
      const block = this.#read(sequence);
      if (block === undefined) continue;
      this.counters.secondPassSent++;
      return { block, lane: "second-pass" };
    }
    return undefined;
  }

  #nextReplay(): NextRepeat | undefined {
    for (let replay = this.#replays[0]; replay !== undefined; replay = this.#replays[0]) {
      const [block] = this.#journal.read(replay.next, replay.last, 1, Number.POSITIVE_INFINITY);
      if (block === undefined) {
        this.counters.pruned += replay.last - replay.next + 1;
        this.#replays.shift();
        continue;
      }
      this.counters.pruned += block.sequence - replay.next;
      replay.next = block.sequence + 1;
      if (replay.next > replay.last) this.#replays.shift();
      this.counters.replaySent++;
      return { block, lane: "replay" };
    }
    return undefined;
  }

  #read(sequence: number): JournaledBlock | undefined {
    const [block] = this.#journal.read(sequence, sequence, 1, Number.POSITIVE_INFINITY);
    if (block === undefined) this.counters.pruned++;
    return block;
  }

  #addAgain(sequence: number, dueMs: number): void {
    const newest = this.#again.at(-1);
    const joins = newest !== undefined && dueMs - newest.sinceMs < 1000;
    if (joins && newest.last + 1 === sequence) newest.last = sequence;
    else if (joins && newest.first - 1 === sequence)
      newest.first = sequence; // the backlog goes downwards
    else {
      this.#again.push({ first: sequence, last: sequence, sinceMs: dueMs, dueMs });
      return;
    }
    newest.dueMs = dueMs; // of the latest: nothing goes early
  }
}
