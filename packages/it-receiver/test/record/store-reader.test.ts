import { join } from "node:path";
import { blockHash, openBlock, sealBlock } from "@nonreturn/wire-format";
import { expect, it, onTestFinished } from "vitest";
import { manualClock } from "../../../../test/support/manual-clock.ts";
import { columnsOf, seededBytes, testKeys } from "../../../../test/support/station-keys.ts";
import { temporaryFolder } from "../../../../test/support/temporary-folder.ts";
import { SqliteStore } from "../../src/record/sqlite-store.ts";
import { openStoreReader } from "../../src/record/store-reader.ts";

const EPOCH = 29_923_680;
const SAMPLES = [10, 20, 30, 40, 50];

it("reads no more blocks than hold the bytes and samples asked for, but always one", () => {
  const path = join(temporaryFolder(), "store.db");
  const store = new SqliteStore({ path, retentionMs: 1e12, maximumBytes: 1e12 }, manualClock(0));
  const { keys, opening } = testKeys();
  const random = seededBytes(3);
  const blocks = SAMPLES.map((count, index) => {
    const epochs = { stream: 1, journalEpoch: EPOCH, sealingEpoch: EPOCH };
    const fields = { ...epochs, sequence: index + 1, previousHash: new Uint8Array(32), sealedAt: 1 };
    const batch = { kind: "data", directoryRevision: 1, samples: columnsOf(count) } as const;
    const { bytes } = sealBlock(fields, batch, keys, random(16));
    return { block: { ...openBlock(bytes, opening), hash: blockHash(bytes), bytes }, lane: "live" } as const;
  });
  store.record(blocks);
  const reader = openStoreReader(path);
  onTestFinished(() => {
    reader.close();
    store.close();
  });
  const counts = (after: number, maxBlocks: number, maxBytes: number, maxSamples?: number): number[] =>
    reader.readAfter("live", after, maxBlocks, maxBytes, maxSamples).map(({ sampleCount }) => sampleCount);
  expect(counts(0, 100, 1e9)).toEqual(SAMPLES);
  expect(counts(0, 100, 1e9, 60)).toEqual([10, 20, 30]);
  expect(counts(0, 100, 1e9, 59)).toEqual([10, 20]);
  expect(counts(0, 2, 1e9, 60)).toEqual([10, 20]);
  expect(counts(1, 100, 1e9, 1)).toEqual([20]);
  const twoBlocks = blocks[0]!.block.bytes.length + blocks[1]!.block.bytes.length;
  expect(counts(0, 100, twoBlocks, 1000)).toEqual([10, 20]);
  expect(counts(0, 100, twoBlocks - 1, 1000)).toEqual([10]);
  expect(counts(0, 100, 1)).toEqual([10]);
});
