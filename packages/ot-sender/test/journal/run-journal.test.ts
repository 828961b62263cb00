import { createLog, inProcessPair } from "@nonreturn/station";
import { type LossBatch, openBlock } from "@nonreturn/wire-format";
import { describe, expect, it } from "vitest";
import { manualClock } from "../../../../test/support/manual-clock.ts";
import { MemoryDisk, MemoryJournal } from "../../../../test/support/memory-journal.ts";
import { columnsOf, seededBytes, testKeys } from "../../../../test/support/station-keys.ts";
import type { JournalToLink, LinkToJournal } from "../../src/egress/link-port.ts";
import { encodeTags } from "../../src/journal/configured-tags.ts";
import type { ConfiguredTag } from "../../src/journal/journal.ts";
import type { FromJournal, ToJournal } from "../../src/journal/journal-port.ts";
import { runJournal } from "../../src/journal/run-journal.ts";

const { keys, opening } = testKeys();
const TAG: ConfiguredTag = {
  path: "a",
  dataType: "FLOAT32",
  unit: "",
  description: "",
  device: "plc",
  maximumSilenceMs: 0,
};

function start(disk = new MemoryDisk(), firstEpoch = 10, maximumBytes = 1e9) {
  const clock = manualClock();
  const [main, mainEnd] = inProcessPair<ToJournal, FromJournal>();
  const [link, linkEnd] = inProcessPair<LinkToJournal, JournalToLink>();
  const heard: FromJournal[] = [];
  const linkHeard: JournalToLink[] = [];
  main.onMessage((message) => void heard.push(message));
  link.onMessage((message) => void linkHeard.push(message));
  let epoch = firstEpoch;
  runJournal(
    { batch: { maxAgeMs: 50, lingerMs: 1, maxSamples: 1000, maxBytes: 64_000 }, tags: [TAG] },
    {
      main: mainEnd,
      link: linkEnd,
      clock,
      log: createLog({ name: "test", level: "fatal" }),
      nextEpoch: () => epoch++,
      openJournal: (sealingEpoch) =>
        new MemoryJournal(
          disk,
          { stream: 1, sealingEpoch, retentionMs: 3_600_000, maximumBytes, maximumBlockBytes: 100_000 },
          keys,
          clock,
          seededBytes(1),
        ),
      journalPath: "memory",
    },
  );
  const settle = () => clock.advanceAsync(0);
  const report = (count: number, complete = true) =>
    main.post({ type: "columns", columns: columnsOf(count), channel: "plc", complete });
  const ready = () => heard.find((message) => message.type === "ready");
  const settled = () => heard.reduce((sum, message) => sum + (message.type === "settled" ? message.samples : 0), 0);
  const blocks = () => linkHeard.filter((message) => message.type === "block");
  return { disk, clock, main, link, heard, linkHeard, settle, report, ready, settled, blocks };
}

describe("run journal", () => {
  it("says what it knows, then journals what is reported and hands it over", async () => {
    const { clock, settle, report, ready, settled, blocks, heard } = start();
    await settle();
    expect(ready()).toMatchObject({
      journalEpoch: 10,
      sealingEpoch: 10,
      directory: { revision: 1, sequences: [1] },
      tagIds: [1],
      unsent: [],
      sentHead: { sequence: 0 },
    });
    report(5);
    await settle();
    expect(settled()).toBe(0);
    await clock.advanceAsync(1);
    expect(settled()).toBe(5);
    expect(blocks().map(({ sequence }) => sequence)).toEqual([1, 2]);
    const { batch, header } = openBlock(blocks()[1]!.bytes, opening);
    expect(batch).toMatchObject({ kind: "data", directoryRevision: 1 });
    expect(header.sampleCount).toBe(5);
    await clock.advanceAsync(1000);
    const figures = heard.findLast((message) => message.type === "figures");
    expect(figures?.figures).toMatchObject({ samples_total: 5, blocks_total: 2, head_sequence: 2, waiting_samples: 0 });
  });

  it("tells the next start what had left and what had not", async () => {
    const first = start();
    for (let block = 0; block < 4; block++) {
      first.report(1);
      await first.clock.advanceAsync(5);
    }
    first.link.post({ type: "sent", ranges: [{ first: 1, last: 3 }] });
    await first.settle();
    first.main.post({ type: "stop" });
    await first.settle();
    const second = start(first.disk, 20);
    await second.settle();
    expect(second.ready()).toMatchObject({
      journalEpoch: 10,
      sealingEpoch: 20,
      unsent: [{ first: 4, last: 5 }],
      sentHead: { sequence: 3, sealingEpoch: 10 },
    });
    expect(second.blocks()).toEqual([]); // the directory did not change
  });

  it("opens a new epoch when the wall clock jumps, and tells the link", async () => {
    const { clock, report, linkHeard, blocks } = start();
    await clock.advanceAsync(1500);
    clock.stepWall(-3_600_000);
    await clock.advanceAsync(1000);
    expect(linkHeard).toContainEqual({ type: "epoch", sealingEpoch: 11 });
    report(1);
    await clock.advanceAsync(10);
    expect(blocks().at(-1)!.sealingEpoch).toBe(11);
    await clock.advanceAsync(10_000);
    expect(linkHeard.filter(({ type }) => type === "epoch")).toHaveLength(1);
  });

  it("journals alarm events at once, settles them, and tells the next start which alarms are active", async () => {
    const first = start();
    const change = { tagId: 1, condition: "High", severity: 500, text: "above 90", value: 91, time: 1000 } as const;
    await first.settle();
    first.main.post({ type: "events", events: [{ ...change, state: "active" }] });
    first.main.post({ type: "events", events: [{ ...change, condition: "HighHigh", state: "active" }] });
    first.main.post({ type: "events", events: [{ ...change, state: "inactive" }] });
    await first.settle();
    expect(first.ready()).toMatchObject({ activeAlarms: [] });
    expect(first.heard.filter(({ type }) => type === "events-settled")).toEqual(
      Array(3).fill({ type: "events-settled", events: 1 }),
    );
    expect(openBlock(first.blocks()[1]!.bytes, opening).batch).toEqual({
      kind: "events",
      directoryRevision: 1,
      events: [{ ...change, eventSequence: 1, state: "active" }],
    });
    first.main.post({ type: "samples-in-range", id: 6, first: 1, last: 9 });
    await first.clock.advanceAsync(1000);
    expect(first.heard).toContainEqual({ type: "samples-in-range", id: 6, samples: 0, events: 3 });
    const figures = first.heard.findLast((message) => message.type === "figures");
    expect(figures?.figures).toMatchObject({ alarm_events_total: 3, alarm_event_sequence: 3, data_bytes_total: 0 });
    const second = start(first.disk, 20); // the first was never stopped
    await second.settle();
    expect(second.ready()).toMatchObject({
      activeAlarms: [
        { tagId: 1, condition: "HighHigh", eventSequence: 2, severity: 500, text: "above 90", since: 1000 },
      ],
    });
  });

  it("journals another directory while it runs: before anything of the new tags, ids kept, the removed tag retired", async () => {
    const { main, settle, report, heard, linkHeard, blocks, clock } = start();
    await settle();
    report(1);
    main.post({ type: "directory", id: 5, tags: encodeTags([{ ...TAG, path: "b" }]) });
    await clock.advanceAsync(10);
    expect(heard).toContainEqual({
      type: "directory",
      id: 5,
      outcome: { revision: 2, tagIds: Uint32Array.of(2) },
    });
    expect(linkHeard).toContainEqual({ type: "directory", revision: 2, sequences: [2] });
    const opened = blocks().map(({ bytes }) => openBlock(bytes, opening).batch);
    expect(opened[1]).toMatchObject({
      kind: "directory",
      revision: 2,
      tags: [
        { tagId: 1, path: "a", retired: true },
        { tagId: 2, path: "b", retired: false },
      ],
    });
    expect(opened[2]).toMatchObject({ kind: "data", directoryRevision: 2 }); // reported before, committed after: revision 2 knows it too
    main.post({ type: "directory", id: 6, tags: encodeTags([TAG, { ...TAG, path: "c", formerPath: "b" }]) });
    await settle();
    expect(heard.at(-1)).toMatchObject({ outcome: { revision: 3, tagIds: Uint32Array.of(1, 2) } });
    main.post({ type: "directory", id: 7, tags: encodeTags([TAG, { ...TAG, path: "c", formerPath: "b" }]) });
    await settle();
    expect(heard.at(-1)).toMatchObject({ id: 7, outcome: { revision: 3, tagIds: Uint32Array.of(1, 2) } });
  });

  it("says why a directory could not be journaled, and goes on with the old one", async () => {
    const { disk, main, report, heard, blocks, clock } = start();
    await clock.advanceAsync(0);
    disk.state = "full";
    main.post({ type: "directory", id: 5, tags: encodeTags([{ ...TAG, path: "b" }]) });
    await clock.advanceAsync(0);
    expect(heard.at(-1)).toEqual({
      type: "directory",
      id: 5,
      outcome: { revision: undefined, reason: "no room" },
    });
    disk.state = "working";
    report(1);
    await clock.advanceAsync(10);
    expect(openBlock(blocks().at(-1)!.bytes, opening).batch).toMatchObject({ kind: "data", directoryRevision: 1 });
    main.post({ type: "directory", id: 6, tags: encodeTags([{ ...TAG, path: "b" }]) });
    await clock.advanceAsync(0);
    expect(heard.at(-1)).toMatchObject({ id: 6, outcome: { revision: 2, tagIds: Uint32Array.of(2) } });
  });

  it("commits what waits before it passes a drain on", async () => {
    const { settle, main, report, linkHeard } = start();
    report(3, false);
    main.post({ type: "drain" });
    await settle();
    expect(linkHeard.map(({ type }) => type)).toEqual(["block", "block", "drain"]);
  });

  it("raises an alarm while the disk is full and withdraws it, and loses nothing meanwhile", async () => {
    const { disk, clock, report, heard, settled, blocks } = start();
    disk.state = "full";
    report(3);
    await clock.advanceAsync(100);
    disk.state = "working";
    await clock.advanceAsync(2000);
    expect(heard.filter((message) => message.type === "alarm")).toEqual([
      { type: "alarm", reason: "the disk is full" },
      { type: "alarm", reason: "" },
    ]);
    expect(settled()).toBe(3);
    expect(blocks()).toHaveLength(2);
  });

  it("hands a loss record over when the journal ran full of unsent blocks", async () => {
    const { clock, report, blocks } = start(new MemoryDisk(), 10, 10_000);
    for (let block = 0; block < 20; block++) {
      report(500);
      await clock.advanceAsync(5);
    }
    await clock.advanceAsync(2000);
    const { batch } = openBlock(blocks().at(-1)!.bytes, opening);
    expect((batch as LossBatch).records[0]).toMatchObject({ reason: "journal-full", firstSequence: 2 });
  });

  it("says whose alarm events were dropped unsent, so that main can say their states again", async () => {
    const { clock, main, report, heard } = start(new MemoryDisk(), 10, 10_000);
    const event = { tagId: 1, condition: "High", state: "active", severity: 1, text: "", value: 1, time: 1 } as const;
    main.post({ type: "events", events: [event] });
    for (let block = 0; block < 20; block++) {
      report(500);
      await clock.advanceAsync(5);
    }
    await clock.advanceAsync(2000);
    const dropped = heard.filter((message) => message.type === "events-dropped");
    expect(dropped).toHaveLength(1);
    expect(dropped[0]!.tagIds).toContain(1);
    const figures = heard.findLast((message) => message.type === "figures");
    expect(figures?.figures).toMatchObject({ alarm_events_total: 1, alarm_events_lost_total: 1 });
  });

  it("answers how many samples a range holds, and stops with everything committed", async () => {
    const { disk, clock, settle, main, report, heard } = start();
    report(7);
    await clock.advanceAsync(10);
    main.post({ type: "samples-in-range", id: 5, first: 1, last: 2 });
    await settle();
    expect(heard).toContainEqual({ type: "samples-in-range", id: 5, samples: 7, events: 0 });
    report(3, false);
    main.post({ type: "stop" });
    await settle();
    expect(disk.head.sequence).toBe(3);
    expect(clock.waiting).toBe(0);
  });
});
