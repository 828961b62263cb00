import { randomBytes } from "node:crypto";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { messagePortPair, portOf, startWorker, systemClock } from "@nonreturn/station";
import {
  type Batch,
  blockHash,
  encodePairing,
  newStationKeys,
  openBlock,
  openingKeysOf,
  pairingOf,
  type SealingKeys,
  sealBlock,
  sealingKeysOf,
} from "@nonreturn/wire-format";
import { expect, it, onTestFinished } from "vitest";
import { temporaryFolder } from "../../../../test/support/temporary-folder.ts";
import { PAIRING_FILE } from "../../src/keys/pairing-file.ts";
import { openHistoryReader } from "../../src/publishers/historian/index.ts";
import { publisherConfigs } from "../../src/publishers/known-configs.ts";
import type {
  CursorsMessage,
  FromPublishers,
  PublishersWorkerSettings,
  ToPublishers,
} from "../../src/publishers/publishers-port.ts";
import type { RecordToPublishers } from "../../src/record/record-port.ts";
import { SqliteStore } from "../../src/record/sqlite-store.ts";
import type { Lane } from "../../src/record/store.ts";
import { columns, sample, T0, tag } from "./support/samples.ts";

const JOURNAL_EPOCH = 29_923_680;

/** Seals what an OT station would, in a chain. */
function sealer(keys: SealingKeys) {
  let sequence = 0;
  let previousHash: Uint8Array = new Uint8Array(32);
  return (batch: Batch): Uint8Array => {
    sequence++;
    const fields = {
      stream: 1,
      journalEpoch: JOURNAL_EPOCH,
      sealingEpoch: JOURNAL_EPOCH,
      sequence,
      previousHash,
      sealedAt: T0 + sequence,
    };
    const { bytes, hash } = sealBlock(fields, batch, keys, randomBytes(16));
    previousHash = hash;
    return bytes;
  };
}

it("the publishers thread publishes what the store holds, sealed blocks and all, and stops when told", async () => {
  const dataFolder = temporaryFolder();
  const keysFolder = join(dataFolder, "keys");
  const storePath = join(dataFolder, "store.db");
  const stationKeys = newStationKeys(randomBytes, JOURNAL_EPOCH);
  const pairing = pairingOf(stationKeys);
  const openingKeys = openingKeysOf(pairing);
  mkdirSync(keysFolder, { mode: 0o700 });
  writeFileSync(join(keysFolder, PAIRING_FILE), encodePairing(pairing), { mode: 0o600 });
  const seal = sealer(sealingKeysOf(stationKeys));
  const store = new SqliteStore({ path: storePath, retentionMs: 1e12, maximumBytes: 1e12 }, systemClock);
  const record = (lane: Lane, ...batches: Batch[]): void => {
    const blocks = batches
      .map(seal)
      .map((bytes) => ({ ...openBlock(bytes, openingKeys), hash: blockHash(bytes), bytes }));
    expect(store.record(blocks.map((block) => ({ block, lane }))).outcomes).toEqual(batches.map(() => "new"));
  };
  const data = (...samples: ReturnType<typeof sample>[]): Batch => ({
    kind: "data",
    directoryRevision: 1,
    samples: columns(...samples),
  });
  record("live", { kind: "directory", revision: 1, part: 0, parts: 1, tags: [tag(1, "a"), tag(2, "b")] });
  record("live", data(sample(1, 1, 1), sample(2, 2n ** 63n, 1)));

  const [mine, theirs] = messagePortPair();
  const news = portOf<RecordToPublishers, CursorsMessage>(mine);
  const cursors: CursorsMessage[] = [];
  news.onMessage((message) => cursors.push(message));
  const settings: PublishersWorkerSettings = {
    station: "it",
    dataFolder,
    keysFolder,
    storePath,
    stream: 1,
    silentAfterMs: 3000,
    logLevel: "warn",
    publishers: publisherConfigs.parse([{ type: "historian" }]),
    recordPort: theirs,
  };
  const worker = startWorker<ToPublishers, FromPublishers>(
    new URL("../../src/publishers/publishers-worker.ts", import.meta.url),
    settings,
    "publishers",
    { transfer: [theirs] },
  );
  onTestFinished(async () => {
    await worker.stop();
    news.close();
    store.close();
  });
  const messages: FromPublishers[] = [];
  const waiting: (() => void)[] = [];
  worker.onMessage((message) => {
    messages.push(message);
    for (const wake of waiting.splice(0)) wake();
  });
  const seen = async <Type extends FromPublishers["type"]>(type: Type): Promise<FromPublishers & { type: Type }> => {
    for (;;) {
      const found = messages.find((message) => message.type === type);
      if (found !== undefined) return found as FromPublishers & { type: Type };
      await Promise.race([new Promise<void>((resolve) => waiting.push(resolve)), worker.exited]);
    }
  };
  await seen("ready");
  record("live", data(sample(1, 2, 2)), data(sample(1, 3, 3)));
  record("late", data(sample(1, 0, 0)));
  news.post({ type: "recorded", live: 4, late: 5 });
  worker.post({ type: "drain", timeoutMs: 10_000 });
  expect((await seen("drained")).outcome).toBe("complete");
  const { lowest } = await seen("figures").then(() => {
    messages.length = 0;
    return seen("figures");
  });
  expect(lowest).toEqual({ live: 4, late: 5 });
  expect(cursors.at(-1)).toEqual({ type: "cursors", live: 4, late: 5 });
  expect(await worker.finish({ type: "stop" }, systemClock, 10_000)).toBe("finished");

  const reader = openHistoryReader(dataFolder);
  expect([...reader.readHistory({ path: "a" })].map(({ value }) => value)).toEqual([0, 1, 2, 3]);
  expect([...reader.readHistory({ path: "b" })].map(({ value }) => value)).toEqual([2n ** 63n]);
  reader.close();
});
