import { randomBytes } from "node:crypto";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { messagePortPair, portOf, startWorker } from "@nonreturn/station";
import {
  announceStreamOf,
  type Batch,
  encodePairing,
  type HeartbeatBatch,
  newStationKeys,
  openingKeysOf,
  pairingOf,
  sealBlock,
  sealingKeysOf,
} from "@nonreturn/wire-format";
import { expect, it, onTestFinished } from "vitest";
import { temporaryFolder } from "../../../../test/support/temporary-folder.ts";
import type { IntakeToRecord, RecordToIntake } from "../../src/ingress/intake-port.ts";
import { PAIRING_FILE } from "../../src/keys/pairing-file.ts";
import { openStored } from "../../src/open/open-stored.ts";
import type { CursorsMessage } from "../../src/publishers/publishers-port.ts";
import type { FromRecord, RecordToPublishers, RecordWorkerInput, ToRecord } from "../../src/record/record-port.ts";
import { readStreamList } from "../../src/record/stream-list.ts";
import { columns, sample, T0, tag } from "../publishers/support/samples.ts";

const EPOCH = 29_923_680;
const STREAM = 1;

/** The record thread on an empty store, between two ends of our own. Ends with the test, or when told. */
function startRecord() {
  const dataFolder = temporaryFolder();
  const keysFolder = join(dataFolder, "keys");
  const stationKeys = newStationKeys(randomBytes, EPOCH);
  mkdirSync(keysFolder, { mode: 0o700 });
  writeFileSync(join(keysFolder, PAIRING_FILE), encodePairing(pairingOf(stationKeys)), { mode: 0o600 });
  const [ourIntake, intake] = messagePortPair();
  const [ourPublishers, publishers] = messagePortPair();
  const settings = {
    ...{ storePath: join(dataFolder, "store.db"), keysFolder, stream: STREAM, silentAfterMs: 60_000 },
    ...{ retentionMs: 1e12, maximumBytes: 1e12, logLevel: "warn" as const },
  };
  const worker = startWorker<ToRecord, FromRecord>(
    new URL("../../src/record/record-worker.ts", import.meta.url),
    { settings, intake, publishers } satisfies RecordWorkerInput,
    "record",
    { transfer: [intake, publishers] },
  );
  const toRecord = portOf<IntakeToRecord, RecordToIntake>(ourIntake);
  const fromRecord = portOf<CursorsMessage, RecordToPublishers>(ourPublishers);
  const told: RecordToPublishers[] = [];
  fromRecord.onMessage((message) => told.push(message));
  onTestFinished(async () => {
    await worker.stop();
    toRecord.close();
    fromRecord.close();
  });

  const sealingKeys = sealingKeysOf(stationKeys);
  let previousHash: Uint8Array = new Uint8Array(32);
  const sequences = new Map<number, number>();
  /** Seal a batch as the OT station would, and hand it over as the intake would. */
  const hand = (batch: Batch): void => {
    const isData = batch.kind === "data" || batch.kind === "directory";
    const stream = isData ? STREAM : announceStreamOf(STREAM);
    const sequence = (sequences.get(stream) ?? 0) + 1;
    sequences.set(stream, sequence);
    const chained = isData ? previousHash : new Uint8Array(32);
    const identity = { stream, journalEpoch: EPOCH, sealingEpoch: EPOCH, sequence };
    const fields = { ...identity, previousHash: chained, sealedAt: T0 + sequence };
    const { bytes, hash } = sealBlock(fields, batch, sealingKeys, randomBytes(16));
    if (isData) previousHash = hash;
    toRecord.post({ type: "block", stream, sealingEpoch: EPOCH, sequence, bytes });
  };
  return { hand, told, worker, storePath: settings.storePath, stationKeys };
}

const HEARTBEAT: HeartbeatBatch = {
  kind: "heartbeat",
  ...{ counter: 1, senderTime: T0, headSequence: 0, headSealingEpoch: EPOCH },
  ...{ headHash: new Uint8Array(32), oldestSequence: 1, spreadMs: 40, secondPassAfterMs: 0, directoryRevision: 1 },
};

const DEADLINE = { timeout: 30_000, interval: 10 };

it("a heartbeat reaches the publishers before the blocks behind it, or their values would be stragglers of a silent link", async () => {
  const { hand, told } = startRecord();
  hand(HEARTBEAT);
  hand({ kind: "directory", revision: 1, part: 0, parts: 1, tags: [tag(1, "a")] });
  hand({ kind: "data", directoryRevision: 1, samples: columns(sample(1, 1, 1)) });
  await expect
    .poll(() => told.some((message) => message.type === "recorded" && message.live === 2), DEADLINE)
    .toBe(true);
  const recordedAt = told.findIndex(({ type }) => type === "recorded");
  expect(told.slice(0, recordedAt)).toContainEqual({ type: "link", state: "up" });
});

it("blocks without a heartbeat are recorded, but say nothing about the link", async () => {
  const { hand, told } = startRecord();
  hand({ kind: "directory", revision: 1, part: 0, parts: 1, tags: [tag(1, "a")] });
  await expect
    .poll(() => told.some((message) => message.type === "recorded" && message.live === 1), DEADLINE)
    .toBe(true);
  expect(told.filter(({ type }) => type === "link")).toEqual([]);
});

it("what the OT station says of itself reaches the publishers", async () => {
  const { hand, told } = startRecord();
  const device = { device: "press", state: "failed", reason: "no answer", since: T0 } as const;
  const words = { stationName: "hamburg-ot", softwareVersion: "1.2.3", mode: "lab", time: T0 } as const;
  const status = { kind: "status", ...words, devices: [device], figures: [] } as const;
  hand(status);
  await expect.poll(() => told.filter(({ type }) => type === "status"), DEADLINE).toEqual([{ type: "status", status }]);
});

it("what the OT station last said of itself is kept, sealed, by the next heartbeat, without one after a second, and at the end", async () => {
  const { hand, told, worker, storePath, stationKeys } = startRecord();
  const keys = openingKeysOf(pairingOf(stationKeys));
  const statusOf = (stationName: string) =>
    ({ kind: "status", stationName, softwareVersion: "1", mode: "lab", time: T0, devices: [], figures: [] }) as const;
  const kept = () => {
    const [block] = readStreamList(storePath).map(({ announced }) => announced);
    const batch = block && openStored(block, keys).batch;
    return batch?.kind === "status" ? [batch.stationName, block!.recordedAt] : undefined;
  };
  const before = Date.now() * 1000;
  hand(statusOf("first"));
  hand(statusOf("second"));
  hand(HEARTBEAT);
  await expect.poll(kept, DEADLINE).toEqual(["second", expect.any(Number)]);
  expect(kept()![1]).toBeGreaterThanOrEqual(before);
  expect(readFileSync(storePath).includes("second")).toBe(false);

  // The OT station is gone before its next heartbeat: what it said is in the file all the same, in case this station dies.
  hand(statusOf("third"));
  await expect.poll(() => kept()?.[0], DEADLINE).toBe("third");

  hand(statusOf("fourth"));
  await expect.poll(() => told.filter(({ type }) => type === "status").length, DEADLINE).toBe(4);
  worker.post({ type: "stop" });
  await worker.exited;
  expect(kept()![0]).toBe("fourth");
});
