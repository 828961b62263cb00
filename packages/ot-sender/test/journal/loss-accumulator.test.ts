import {
  type AlarmEvent,
  BATCH_LIMITS,
  BatchKind,
  decodeBatch,
  encodeBatch,
  SampleColumnsBuilder,
} from "@nonreturn/wire-format";
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
        eventCount: 0,
      },
      expect.objectContaining({ reason: "disk-full", sampleCount: 1, tagIds: [9] }),
    ]);
    expect(losses.isEmpty).toBe(true);
  });

  it("counts alarm events beside samples, with their times and tags, those of dropped blocks too", () => {
    const event = (tagId: number, time: number, eventSequence = 1): AlarmEvent => ({
      eventSequence,
      tagId,
      condition: "High",
      state: "active",
      severity: 500,
      text: "",
      value: 1,
      time,
    });
    const losses = new LossAccumulator();
    losses.addEvents("journal-slow", []);
    expect(losses.isEmpty).toBe(true);
    losses.addColumns("journal-slow", columnsOf(2, 5, 2000));
    losses.addEvents("journal-slow", [event(9, 5000), event(1, 1000)]);
    const [mixed] = losses.take();
    expect(mixed).toMatchObject({ sampleCount: 2, eventCount: 2, tagIds: [1, 5, 6, 9] });
    expect(mixed).toMatchObject({ firstTimestamp: 1000, lastTimestamp: 5000, firstSequence: 0 });
    losses.addEventBlock("journal-slow", 12, [event(3, 7000)]);
    losses.addRecord(mixed!);
    expect(losses.take()).toEqual([
      { ...mixed, eventCount: 3, lastTimestamp: 7000, tagIds: [1, 3, 5, 6, 9], firstSequence: 12, lastSequence: 12 },
    ]);
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
