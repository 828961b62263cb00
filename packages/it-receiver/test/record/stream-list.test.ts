import { join } from "node:path";
import { type HeartbeatBatch, openBlock } from "@nonreturn/wire-format";
import { expect, it, onTestFinished } from "vitest";
import { soundBlock } from "../../../../test/support/hostile/crafted-blocks.ts";
import { manualClock } from "../../../../test/support/manual-clock.ts";
import { testKeys } from "../../../../test/support/station-keys.ts";
import { temporaryFolder } from "../../../../test/support/temporary-folder.ts";
import { GapLedger } from "../../src/record/gap-ledger.ts";
import { SqliteStore } from "../../src/record/sqlite-store.ts";
import { readStreamList } from "../../src/record/stream-list.ts";

const { keys, opening } = testKeys();

const blockOf = (stream: number, journalEpoch: number, sequence: number) => {
  const { bytes, header, hash } = soundBlock(keys, { stream, sequence, sealingEpoch: journalEpoch });
  return { block: { bytes, header, hash, batch: openBlock(bytes, opening).batch }, lane: "live" as const };
};
const heartbeat = (headSequence: number, oldestSequence: number): HeartbeatBatch => ({
  kind: "heartbeat",
  counter: 7,
  senderTime: 0,
  headSequence,
  headSealingEpoch: 100,
  headHash: new Uint8Array(32),
  oldestSequence,
  spreadMs: 40,
  secondPassAfterMs: 60_000,
  directoryRevision: 1,
});

it("tells of each stream its newest journal, its newest block and its gaps", () => {
  const path = join(temporaryFolder(), "store.db");
  const clock = manualClock();
  const store = new SqliteStore({ path, retentionMs: 1e12, maximumBytes: 1e12 }, clock);
  onTestFinished(() => store.close());
  expect(readStreamList(path)).toEqual([]);

  const ledgers = new Map([3, 7].map((stream) => [stream, new GapLedger(store, stream, clock)]));
  const look = (): void => {
    clock.advance(1000);
    for (const ledger of ledgers.values()) ledger.look();
  };
  // Stream 7: an old journal, then a new one with a hole of three blocks and one of two.
  store.record([1, 2].map((sequence) => blockOf(7, 90, sequence)));
  store.record([1, 2, 6, 9].map((sequence) => blockOf(7, 100, sequence)));
  ledgers.get(7)!.announce(100, heartbeat(9, 1));
  // Stream 3: complete.
  store.record([5, 6].map((sequence) => blockOf(3, 80, sequence)));
  ledgers.get(3)!.announce(80, heartbeat(6, 5));
  look();
  const shown = () =>
    readStreamList(path).map(({ lastBlock, announced: _, ...rest }) => ({ ...rest, last: lastBlock?.sequence }));
  expect(shown()).toEqual([
    { stream: 3, journalEpoch: 80, head: 6, oldest: 5, journals: 1, last: 6, gaps: counts(0, 0, 0, 0) },
    { stream: 7, journalEpoch: 100, head: 9, oldest: 1, journals: 2, last: 9, gaps: counts(2, 5, 0, 0) },
  ]);
  const [, seven] = readStreamList(path);
  expect(seven!.lastBlock).toMatchObject({ sealedAt: 1_795_420_800_000_009, sequence: 9 });

  store.record([4, 3, 5].map((sequence) => ({ ...blockOf(7, 100, sequence), lane: "late" as const })));
  ledgers.get(7)!.announce(100, heartbeat(9, 9)); // blocks 7 and 8 are gone at the sender's
  look();
  look();
  const [, after] = readStreamList(path);
  expect(after!.gaps.open).toBe(0);
  expect(after!.gaps.lost).toBe(1);
  expect(after!.gaps.healed).toBeGreaterThan(0);
  expect(after!.lastBlock?.sequence).toBe(9); // healed blocks are not the newest
});

function counts(open: number, openBlocks: number, healed: number, lost: number) {
  return { open, openBlocks, healed, lost };
}
