import { describe, expect, it } from "vitest";
import { MAXIMUM_REPLAYS, Repeats } from "../../src/egress/repeats.ts";
import type { JournaledBlock, JournalReader } from "../../src/journal/journal.ts";

/** Holds 1 … head, except what was pruned. */
function fakeJournal(head: number) {
  const pruned = new Set<number>();
  const block = (sequence: number): JournaledBlock => ({
    sequence,
    sealingEpoch: 1,
    batchKind: 1,
    sealedAt: sequence,
    sampleCount: 1,
    hash: new Uint8Array(32),
    bytes: new Uint8Array(1000),
  });
  const reader: JournalReader = {
    read(first, last, maxBlocks) {
      const found: JournaledBlock[] = [];
      for (let at = first; at <= Math.min(last, head) && found.length < maxBlocks; at++)
        if (!pruned.has(at)) found.push(block(at));
      return found;
    },
    oldest: () => 1,
    head: () => ({ sequence: head, sealingEpoch: 1, hash: new Uint8Array(32) }),
    firstSealedSince: () => 1,
    close: () => undefined,
  };
  return { reader, prune: (...sequences: number[]) => sequences.forEach((each) => void pruned.add(each)) };
}

function start(head = 1000, rate = 1e9) {
  const journal = fakeJournal(head);
  const repeats = new Repeats(journal.reader, { afterMs: 60_000, rate }, 0);
  /** Everything that may leave at `nowMs`, as lane and sequence. */
  const takeAll = (nowMs: number): string[] => {
    const taken: string[] = [];
    for (let next = repeats.next(nowMs); next !== undefined; next = repeats.next(nowMs)) {
      repeats.spend(next.lane, 1000);
      taken.push(`${next.lane} ${next.block.sequence}`);
    }
    return taken;
  };
  return { ...journal, repeats, takeAll };
}

describe("repeats", () => {
  it("sends the backlog newest first, before second pass and replay", () => {
    const { repeats, takeAll } = start();
    repeats.firstPassDone(1, 0);
    repeats.addReplay(20, 21);
    repeats.addBacklog(5, 6);
    repeats.addBacklog(9, 9);
    expect(repeats.backlog).toBe(3);
    expect(repeats.replaying).toBe(2);
    expect(takeAll(60_000)).toEqual(["backlog 9", "backlog 6", "backlog 5", "second-pass 1", "replay 20", "replay 21"]);
    expect(repeats.counters).toEqual({ backlogSent: 3, secondPassSent: 1, replaySent: 2, pruned: 0 });
    expect(takeAll(1e9)).toEqual([]);
    expect(repeats.nextDueMs(1e9)).toBe(Number.POSITIVE_INFINITY);
  });

  it("sends a block again no earlier than after the delay, and no later than a second more", () => {
    const { repeats, takeAll } = start();
    const doneAt = new Map<number, number>();
    for (let sequence = 1; sequence <= 300; sequence++) {
      const atMs = sequence * 37;
      repeats.firstPassDone(sequence, atMs);
      doneAt.set(sequence, atMs);
    }
    const sentAt = new Map<number, number>();
    for (let nowMs = 60_000; nowMs < 80_000; nowMs += 10) {
      for (const each of takeAll(nowMs)) sentAt.set(Number(each.split(" ")[1]), nowMs);
    }
    expect([...sentAt.keys()].sort((a, b) => a - b)).toEqual([...doneAt.keys()]);
    for (const [sequence, atMs] of sentAt) {
      expect(atMs - doneAt.get(sequence)!).toBeGreaterThanOrEqual(60_000);
      expect(atMs - doneAt.get(sequence)!).toBeLessThan(61_010);
    }
  });

  it("says when the next one is due", () => {
    const { repeats } = start();
    repeats.firstPassDone(1, 500);
    expect(repeats.next(60_499)).toBeUndefined();
    expect(repeats.nextDueMs(60_499)).toBe(60_500);
    expect(repeats.next(60_500)?.block.sequence).toBe(1);
  });

  it("sends what a backlog going downwards brought again as well, all of it once", () => {
    const { repeats, takeAll } = start();
    for (let sequence = 100; sequence >= 1; sequence--) repeats.firstPassDone(sequence, 1000 - sequence);
    expect(
      takeAll(62_000)
        .map((each) => Number(each.split(" ")[1]))
        .sort((a, b) => a - b),
    ).toEqual(Array.from({ length: 100 }, (_, at) => at + 1));
  });

  it("keeps the second pass within its own rate", () => {
    const rate = 80_000; // 10 blocks of 1000 bytes a second
    const { repeats, takeAll } = start(1000, rate);
    repeats.againNow([{ first: 1, last: 1000 }], 0);
    let sent = takeAll(0).length; // the burst
    expect(sent).toBeLessThan(20);
    for (let nowMs = 100; nowMs <= 10_000; nowMs += 100) sent += takeAll(nowMs).length;
    expect(sent).toBeGreaterThan(100);
    expect(sent).toBeLessThan(125);
    expect(repeats.nextDueMs(10_000)).toBeGreaterThan(10_000);
  });

  it("counts what retention removed meanwhile, and goes on", () => {
    const { repeats, takeAll, prune } = start();
    prune(2, 11, 12, 31);
    repeats.addBacklog(1, 3);
    repeats.againNow([{ first: 10, last: 13 }], 0);
    repeats.addReplay(30, 32);
    repeats.addReplay(999, 1005);
    expect(takeAll(0)).toEqual([
      "backlog 3",
      "backlog 1",
      "second-pass 10",
      "second-pass 13",
      "replay 30",
      "replay 32",
      "replay 999",
      "replay 1000",
    ]);
    expect(repeats.counters.pruned).toBe(4 + 5);
  });

  it("takes a bounded number of replays", () => {
    const { repeats, takeAll } = start();
    for (let count = 0; count < MAXIMUM_REPLAYS; count++) expect(repeats.addReplay(1, 2)).toBe(true);
    expect(repeats.addReplay(1, 2)).toBe(false);
    expect(takeAll(0)).toHaveLength(2 * MAXIMUM_REPLAYS);
    expect(repeats.addReplay(1, 2)).toBe(true);
  });

  it("does without a second pass if there is none", () => {
    const repeats = new Repeats(fakeJournal(10).reader, undefined, 0);
    repeats.firstPassDone(1, 0);
    expect(repeats.next(1e9)).toBeUndefined();
  });
});
