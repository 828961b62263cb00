import { describe, expect, it } from "vitest";
import {
  type Batch,
  BatchKind,
  type DirectoryBatch,
  type EventBatch,
  type HeartbeatBatch,
  type LossBatch,
} from "../../src/batch/batch.ts";
import { decodeBatch } from "../../src/batch/decode-batch.ts";
import { encodeBatch } from "../../src/batch/encode-batch.ts";
import { exampleBatches } from "./example-batches.ts";
import { exactRow, rowsOf } from "./sample-rows.ts";

const examples = exampleBatches();
const example = <Kind extends Batch["kind"]>(kind: Kind) =>
  examples.find((batch) => batch.kind === kind) as Extract<Batch, { kind: Kind }>;

describe("every batch kind", () => {
  it("is among the examples", () => {
    expect(examples.map((batch) => BatchKind[batch.kind])).toEqual([1, 2, 3, 4, 5, 6, 7]);
  });

  it.each(examples.map((batch) => [batch.kind, batch] as const))("%s comes back field by field", (_, batch) => {
    const back = decodeBatch(BatchKind[batch.kind], encodeBatch(batch));
    if ("samples" in batch) {
      if (!("samples" in back)) throw new Error(back.kind);
      expect(back.directoryRevision).toBe(batch.directoryRevision);
      const byTag = (rows: string[]): string[] => [...rows].sort();
      expect(byTag(rowsOf(back.samples).map(exactRow))).toEqual(byTag(rowsOf(batch.samples).map(exactRow)));
    } else expect(back).toEqual(batch);
  });

  it.each(
    examples.map((batch) => [batch.kind, batch] as const),
  )("%s gives the same bytes when encoded again", (_, batch) => {
    const plain = encodeBatch(batch);
    expect(encodeBatch(decodeBatch(BatchKind[batch.kind], plain))).toEqual(plain);
  });

  it("keeps an absent range apart from a range of 0", () => {
    const tags = (decodeBatch(BatchKind.directory, encodeBatch(example("directory"))) as DirectoryBatch).tags;
    expect("rangeLow" in tags[0]!).toBe(false);
    expect(tags[1]!.rangeHigh).toBe(0);
  });

  it("keeps −0 in a figure", () => {
    const back = decodeBatch(BatchKind.status, encodeBatch(example("status")));
    if (back.kind !== "status") throw new Error(back.kind);
    expect(Object.is(back.figures[2]!.value, -0)).toBe(true);
  });

  it("replaces lone surrogates in every text field", () => {
    const events: EventBatch = {
      ...example("events"),
      events: [{ ...example("events").events[0]!, text: "\uD800!", value: "\uDC00" }],
    };
    const back = decodeBatch(BatchKind.events, encodeBatch(events)) as EventBatch;
    expect(back.events[0]).toMatchObject({ text: "\uFFFD!", value: "\uFFFD" });
  });

  const heartbeat = example("heartbeat");
  const loss = example("loss");
  const directory = example("directory");
  const events = example("events");
  const withLoss = (change: Partial<LossBatch["records"][number]>): LossBatch => ({
    kind: "loss",
    records: [{ ...loss.records[0]!, ...change }],
  });
  const withHeartbeat = (change: Partial<HeartbeatBatch>): HeartbeatBatch => ({ ...heartbeat, ...change });
  it.each([
    ["a counter that is no integer", withHeartbeat({ counter: 1.5 })],
    ["a counter above 2^53 − 1", withHeartbeat({ counter: 2 ** 53 })],
    ["a negative time", withHeartbeat({ senderTime: -1 })],
    ["an epoch above 32 bits", withHeartbeat({ headSealingEpoch: 2 ** 32 })],
    ["a hash of 31 bytes", withHeartbeat({ headHash: new Uint8Array(31) })],
    ["tag ids that do not ascend", withLoss({ tagIds: [2, 2] })],
    ["tag ids that descend", withLoss({ tagIds: [3, 1] })],
    ["too many tag ids", withLoss({ tagIds: Array.from({ length: 16_385 }, (_, tagId) => tagId) })],
    ["too many loss records", { kind: "loss", records: new Array(1_025).fill(loss.records[0]) } satisfies LossBatch],
    ["part 2 of 2", { ...directory, part: 2 }],
    ["a path over the limit", { ...directory, tags: [{ ...directory.tags[0]!, path: "ä".repeat(32_769) }] }],
    ["severity 0", { ...events, events: [{ ...events.events[0]!, severity: 0 }] }],
    ["severity 1001", { ...events, events: [{ ...events.events[0]!, severity: 1001 }] }],
    ["a revision that is no uint32", { ...example("data"), directoryRevision: -1 }],
  ] as [string, Batch][])("refuses %s rather than change it", (_, batch) => {
    expect(() => encodeBatch(batch)).toThrow(expect.objectContaining({ code: "BATCH_LIMIT" }));
  });

  it("accepts a path of exactly the limit", () => {
    const batch: DirectoryBatch = { ...directory, tags: [{ ...directory.tags[0]!, path: "ä".repeat(32_768) }] };
    expect(decodeBatch(BatchKind.directory, encodeBatch(batch))).toEqual(batch);
  });
});
