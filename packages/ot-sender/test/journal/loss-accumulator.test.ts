import { BATCH_LIMITS, BatchKind, decodeBatch, encodeBatch, SampleColumnsBuilder } from "@nonreturn/wire-format";
import { describe, expect, it } from "vitest";
import { columnsOf } from "../../../../test/support/station-keys.ts";
import { LossAccumulator } from "../../src/journal/loss-accumulator.ts";

describe("loss accumulator", () => {
  it("sums up what was lost, one record per reason", () => {
    const losses = new LossAccumulator();
    expect(losses.isEmpty).toBe(true);
    losses.addColumns("journal-slow", columnsOf(3, 5, 2000));
    losses.addColumns("journal-slow", columnsOf(2, 4, 1000));
    losses.addColumns("disk-full", columnsOf(1, 9, 5000));
    losses.addColumns("append-failed", columnsOf(0));
    expect(losses.take()).toEqual([
      {
        reason: "journal-slow",
        sampleCount: 5,
        firstTimestamp: 1000,
        lastTimestamp: 2000,
        tagIds: [4, 5, 6, 7],
        tagsOmitted: 0,
        firstSequence: 0,
        lastSequence: 0,
      },
      expect.objectContaining({ reason: "disk-full", sampleCount: 1, tagIds: [9] }),
    ]);
    expect(losses.isEmpty).toBe(true);
  });

  it("keeps the sequences of blocks, and takes up what another one handed out", () => {
    const losses = new LossAccumulator();
    losses.addBlock("journal-full", 7, columnsOf(2, 1, 3000));
    losses.addBlock("journal-full", 5, columnsOf(2, 1, 1000));
    const [record] = losses.take();
    expect(record).toMatchObject({ firstSequence: 5, lastSequence: 7, sampleCount: 4 });
    losses.addColumns("journal-full", columnsOf(1, 8, 500));
    losses.addRecord(record!);
    expect(losses.take()).toEqual([{ ...record, sampleCount: 5, firstTimestamp: 500, tagIds: [1, 2, 8] }]);
  });

  it("names at most as many tags as a record can, and counts the others; the record always encodes", () => {
    const losses = new LossAccumulator();
    const builder = new SampleColumnsBuilder();
    for (let tag = 1; tag <= BATCH_LIMITS.lossTags + 10; tag++) builder.push(tag * 1000, 1, 0, 1000);
    const columns = builder.take();
    losses.addColumns("journal-slow", columns);
    losses.addColumns("journal-slow", columns);
    const records = losses.take();
    expect(records[0]!.tagIds).toHaveLength(BATCH_LIMITS.lossTags);
    expect(records[0]!.tagsOmitted).toBe(10);
    expect(decodeBatch(BatchKind.loss, encodeBatch({ kind: "loss", records }))).toEqual({ kind: "loss", records });
  });
});
