import { type Batch, type LossBatch, openBlock, SampleColumnsBuilder } from "@nonreturn/wire-format";
import { describe, expect, it } from "vitest";
import { manualClock } from "../../../../test/support/manual-clock.ts";
import { MemoryDisk, MemoryJournal } from "../../../../test/support/memory-journal.ts";
import { columnsOf, seededBytes, testKeys } from "../../../../test/support/station-keys.ts";
import type { AlarmChange } from "../../src/alarm/alarm-settings.ts";
import type { JournaledBlock } from "../../src/journal/journal.ts";
import { LossAccumulator } from "../../src/journal/loss-accumulator.ts";
import { MAXIMUM_WAITING, Recorder } from "../../src/journal/recorder.ts";

const { keys, opening } = testKeys();

function start() {
  const disk = new MemoryDisk();
  const clock = manualClock();
  const journal = new MemoryJournal(
    disk,
    { stream: 1, sealingEpoch: 10, retentionMs: 1e9, maximumBytes: 1e9, maximumBlockBytes: 100_000 },
    keys,
    clock,
    seededBytes(1),
  );
  const heard = { blocks: [] as JournaledBlock[], settled: 0, events: 0, alarms: [] as string[] };
  const recorder = new Recorder(journal, clock, {
    onBlocks: (blocks) => void heard.blocks.push(...blocks),
    onSettled: (samples) => {
      heard.settled += samples;
    },
    onEventsSettled: (events) => {
      heard.events += events;
    },
    onAlarm: (reason) => void heard.alarms.push(reason),
  });
  const batches = (): Batch[] => heard.blocks.map(({ bytes }) => openBlock(bytes, opening).batch);
  const tagsOf = (batch: Batch) => (batch.kind === "data" ? [...batch.samples.tagIds] : []);
  return { disk, clock, journal, recorder, heard, batches, tagsOf };
}

const change = (tagId: number, text = "too high"): AlarmChange => ({
  tagId,
  condition: "High",
  state: "active",
  severity: 500,
  text,
  value: 91,
  time: 1000 + tagId,
});
const eventsOf = (batch: Batch) =>
  batch.kind === "events" ? batch.events.map(({ eventSequence, tagId }) => [eventSequence, tagId]) : [];

/** More than fits a block of the tests' journal: 80,000 random numbers. */
function tooLarge() {
  const builder = new SampleColumnsBuilder();
  const random = seededBytes(9);
  for (let tag = 1; tag <= 20_000; tag++) builder.push(tag, new DataView(random(8).buffer).getFloat64(0), 0, 1000);
  return builder.take();
}

describe("recorder", () => {
  it("commits at once, hands over and settles", () => {
    const { recorder, heard, batches, tagsOf } = start();
    recorder.accept(columnsOf(3));
    recorder.accept(columnsOf(2, 10));
    expect(batches().map(tagsOf)).toEqual([
      [1, 2, 3],
      [10, 11],
    ]);
    expect(heard).toMatchObject({ settled: 5, alarms: [] });
    expect(recorder.isEmpty).toBe(true);
  });

  it("waits while the disk is full, goes on by itself, and keeps the order", () => {
    const { disk, clock, recorder, heard, batches, tagsOf } = start();
    disk.state = "full";
    for (let tag = 1; tag <= 40; tag++) recorder.accept(columnsOf(1, tag));
    clock.advance(5000);
    expect(heard).toMatchObject({ settled: 0, alarms: ["the disk is full"] });
    expect(recorder.waiting).toBe(40);
    disk.state = "working";
    clock.advance(1000);
    expect(batches().flatMap(tagsOf)).toEqual(Array.from({ length: 40 }, (_, at) => at + 1));
    expect(heard).toMatchObject({ settled: 40, alarms: ["the disk is full", ""] });
    expect(recorder.counters).toMatchObject({ samples: 40, samplesLost: 0, lossRecords: 0 });
  });

  it("names in a loss record what no longer fits the buffer: the oldest", () => {
    const { disk, clock, recorder, heard, batches, tagsOf } = start();
    disk.state = "full";
    const total = MAXIMUM_WAITING + 10;
    for (let tag = 1; tag <= total; tag++) recorder.accept(columnsOf(1, tag, 1000 + tag));
    expect(heard.settled).toBe(10);
    disk.state = "working";
    clock.advance(1000);
    const data = batches().flatMap(tagsOf);
    expect(data).toEqual(Array.from({ length: MAXIMUM_WAITING }, (_, at) => at + 11));
    const losses = batches().filter((batch): batch is LossBatch => batch.kind === "loss");
    expect(losses.flatMap(({ records }) => records)).toEqual([
      expect.objectContaining({
        reason: "disk-full",
        sampleCount: 10,
        firstTimestamp: 1001,
        lastTimestamp: 1010,
        tagIds: [1, 2, 3, 4, 5, 6, 7, 8, 9, 10],
      }),
    ]);
    expect(heard.settled).toBe(total);
    expect(recorder.counters).toMatchObject({ samples: MAXIMUM_WAITING, samplesLost: 10, lossRecords: 1 });
  });

  it("journals losses that others report, also while nothing else comes", () => {
    const { disk, clock, recorder, batches } = start();
    disk.state = "full";
    const record = {
      reason: "journal-slow",
      sampleCount: 5,
      firstTimestamp: 1,
      lastTimestamp: 2,
      tagIds: [3],
      tagsOmitted: 0,
      firstSequence: 0,
      lastSequence: 0,
      eventCount: 0,
    } as const;
    recorder.acceptLosses([record]);
    recorder.acceptLosses([record]);
    disk.state = "working";
    clock.advance(1000);
    expect(batches()).toEqual([{ kind: "loss", records: [{ ...record, sampleCount: 10 }] }]);
  });

  it("drops a batch that no block can carry, names it, and keeps its neighbours", () => {
    const { disk, clock, recorder, heard, batches, tagsOf } = start();
    disk.state = "full";
    recorder.accept(columnsOf(1, 100));
    recorder.accept(tooLarge());
    recorder.accept(columnsOf(1, 200));
    disk.state = "working";
    clock.advance(1000);
    expect(batches().flatMap(tagsOf)).toEqual([100, 200]);
    const losses = batches().filter((batch): batch is LossBatch => batch.kind === "loss");
    expect(losses.flatMap(({ records }) => records)).toEqual([
      expect.objectContaining({ reason: "append-failed", sampleCount: 20_000 }),
    ]);
    expect(heard.settled).toBe(20_002);
    expect(recorder.isEmpty).toBe(true);
    recorder.close();
    expect(clock.waiting).toBe(0);
  });

  it("commits alarm events at once, in blocks of their own, and settles them", () => {
    const { recorder, heard, batches } = start();
    recorder.acceptEvents([change(1), change(2)]);
    recorder.acceptEvents([change(3)]);
    expect(batches().map(({ kind }) => kind)).toEqual(["events", "events"]);
    expect(batches().flatMap(eventsOf)).toEqual([
      [1, 1],
      [2, 2],
      [3, 3],
    ]);
    expect(heard).toMatchObject({ events: 3, settled: 0 });
    expect(recorder.counters).toMatchObject({ events: 3, eventsLost: 0, samples: 0 });
  });

  it("keeps events while the disk is full, and puts what was lost before them into the chain before them", () => {
    const { disk, clock, recorder, heard, batches } = start();
    disk.state = "full";
    recorder.acceptEvents([change(1)]);
    recorder.accept(columnsOf(2));
    const losses = new LossAccumulator();
    losses.addEvents("journal-slow", [change(7), change(8)]);
    recorder.acceptLosses(losses.take());
    recorder.acceptEvents([change(2)]);
    expect(heard).toMatchObject({ events: 0, alarms: ["the disk is full"] });
    expect(recorder.waitingEvents).toBe(2);
    disk.state = "working";
    clock.advance(1000);
    expect(batches().map(({ kind }) => kind)).toEqual(["data", "loss", "events"]);
    expect(batches().flatMap(eventsOf)).toEqual([
      [3, 1],
      [4, 2],
    ]);
    expect(heard).toMatchObject({ events: 2, settled: 2 });
    expect(recorder.counters).toMatchObject({ events: 2, eventsLost: 2 });
    expect(recorder.isEmpty).toBe(true);
  });

  it("drops an event that no block can carry, names it, and keeps its neighbours and the samples", () => {
    const { disk, clock, recorder, heard, batches, tagsOf } = start();
    disk.state = "full";
    recorder.accept(columnsOf(1, 100));
    recorder.acceptEvents([change(1), change(2, "x".repeat(70_000)), change(3)]);
    disk.state = "working";
    clock.advance(1000);
    expect(batches().flatMap(tagsOf)).toEqual([100]);
    expect(batches().flatMap(eventsOf)).toEqual([
      [1, 1],
      [3, 3],
    ]);
    const losses = batches().filter((batch): batch is LossBatch => batch.kind === "loss");
    expect(losses.flatMap(({ records }) => records)).toEqual([
      expect.objectContaining({ reason: "append-failed", sampleCount: 0, eventCount: 1, tagIds: [2] }),
    ]);
    expect(heard).toMatchObject({ events: 3, settled: 1 });
    expect(recorder.isEmpty).toBe(true);
  });
});
