/** What every journal must do, whatever it writes to: the SQLite one and the model in memory run the same suite.
 *  test → [journal contract] → Journal */
import { StationError } from "@nonreturn/station";
import {
  type AlarmEvent,
  type Batch,
  type BatchKind,
  type DirectoryBatch,
  decodeHeader,
  type LossBatch,
  type LossRecord,
  openBlock,
  SampleColumnsBuilder,
  sampleAt,
  WireError,
} from "@nonreturn/wire-format";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { ConfiguredTag, Journal, JournaledBlock } from "../../../packages/ot-sender/src/journal/journal.ts";
import { type ManualClock, manualClock } from "../../support/manual-clock.ts";
import { columnsOf, testKeys } from "../../support/station-keys.ts";

export interface JournalOptions {
  readonly sealingEpoch: number;
  readonly retentionMs: number;
  readonly maximumBytes: number;
  readonly maximumBlockBytes: number;
}

/** Where a journal lives. One per test. */
export interface JournalPlace {
  /** What was open before is abandoned as by a crash, unless it was closed. */
  open(options: JournalOptions, clock: ManualClock): Journal;
  /** From now on no block can be added. */
  fillDisk(): void;
  freeDisk(): void;
}

const { opening } = testKeys();
const HOUR_MS = 3_600_000;
const DEFAULTS: JournalOptions = {
  sealingEpoch: 10,
  retentionMs: HOUR_MS,
  maximumBytes: 1e9,
  maximumBlockBytes: 200 * 1408,
};

const dataBatch = (samples: number, firstTag = 1, time?: number): Batch => ({
  kind: "data",
  directoryRevision: 1,
  samples: columnsOf(samples, firstTag, time),
});

/** More than the room that a full disk still has. */
const MUCH = [dataBatch(8000), dataBatch(8000)];

const EVENT_TIME = 1_795_420_800_000_000;
const eventBatch = (state: "active" | "inactive", ...tagIds: readonly number[]) => ({
  kind: "events" as const,
  directoryRevision: 1,
  events: tagIds.map((tagId) => ({
    tagId,
    condition: "High",
    state,
    severity: 500,
    text: "too high",
    value: 90 + tagId,
    time: EVENT_TIME + tagId,
  })),
});
const eventsOf = (blocks: readonly JournaledBlock[]): AlarmEvent[] =>
  blocks.flatMap(({ bytes }) => {
    const { batch } = openBlock(bytes, opening);
    return batch.kind === "events" ? batch.events : [];
  });

const LOSS: LossRecord = {
  reason: "disk-full",
  sampleCount: 42,
  firstTimestamp: 1000,
  lastTimestamp: 2000,
  tagIds: [99],
  tagsOmitted: 0,
  firstSequence: 0,
  lastSequence: 0,
  eventCount: 0,
};

function tag(path: string, more: Partial<ConfiguredTag> = {}): ConfiguredTag {
  return { path, dataType: "FLOAT32", unit: "", description: "", device: "plc", maximumSilenceMs: 0, ...more };
}

export function journalContract(name: string, newPlace: () => JournalPlace): void {
  const start = (options: Partial<JournalOptions> = {}) => {
    const place = newPlace();
    const clock = manualClock();
    const journal = place.open({ ...DEFAULTS, ...options }, clock);
    const reopen = (again: Partial<JournalOptions> = {}) =>
      place.open({ ...DEFAULTS, ...options, sealingEpoch: 11, ...again }, clock);
    return { place, clock, journal, reopen };
  };
  const all = (journal: Journal): JournaledBlock[] =>
    journal.read(1, Number.MAX_SAFE_INTEGER, 1_000_000, Number.POSITIVE_INFINITY);

  describe(`journal contract: ${name}`, () => {
    it("is empty at first", () => {
      const { journal } = start();
      expect(journal.head()).toMatchObject({ sequence: 0 });
      expect([...journal.head().hash]).toEqual(new Array(32).fill(0));
      expect(journal.oldest()).toBe(1);
      expect(journal.unsent()).toEqual([]);
      expect(all(journal)).toEqual([]);
      expect(journal.journalEpoch).toBe(10);
      expect(journal.directoryRevision).toBe(0);
      expect([journal.blocks, journal.bytes]).toEqual([0, 0]);
    });

    it("gives blocks ascending sequences and chains them, also several of one append", () => {
      const { journal } = start();
      const appended = [
        ...journal.append([dataBatch(3)]),
        ...journal.append([dataBatch(5), dataBatch(7)]),
        ...journal.append([]),
      ];
      expect(appended.map(({ sequence }) => sequence)).toEqual([1, 2, 3]);
      expect(appended.map(({ sampleCount }) => sampleCount)).toEqual([3, 5, 7]);
      expectChain(all(journal));
      expect(all(journal).map(({ hash }) => hex(hash))).toEqual(appended.map(({ hash }) => hex(hash)));
      expect(journal.head().sequence).toBe(3);
      expect(hex(journal.head().hash)).toBe(hex(appended[2]!.hash));
      expect(journal.bytes).toBe(appended.reduce((sum, { bytes }) => sum + bytes.length, 0));
    });

    it("seals exactly what was appended", () => {
      const { journal } = start();
      const builder = new SampleColumnsBuilder();
      builder.push(7, 21.5, 0, 1_795_420_800_000_001);
      builder.push(9, null, 0x80050000, 1_795_420_800_000_002);
      builder.push(11, "Läuft", 0, 1_795_420_800_000_003);
      const samples = builder.take();
      journal.append([{ kind: "data", directoryRevision: 4, samples }]);
      const { batch, header } = openBlock(all(journal)[0]!.bytes, opening);
      if (batch.kind !== "data") throw new Error(batch.kind);
      expect(batch.directoryRevision).toBe(4);
      expect([0, 1, 2].map((row) => sampleAt(batch.samples, row))).toEqual(
        [0, 1, 2].map((row) => sampleAt(samples, row)),
      );
      expect(header).toMatchObject({ stream: 1, journalEpoch: 10, sealingEpoch: 10, sequence: 1, sampleCount: 3 });
    });

    it("appends all batches or none, and a failed append uses no sequence", () => {
      const { journal } = start();
      journal.append([dataBatch(1)]);
      const before = { head: journal.head(), bytes: journal.bytes };
      const unsealable: Batch = { kind: "data", directoryRevision: 1, samples: columnsOf(300_000) };
      expect(() => journal.append([dataBatch(2), unsealable])).toThrow(WireError);
      expect(journal.head()).toEqual(before.head);
      expect(journal.bytes).toBe(before.bytes);
      expect(journal.append([dataBatch(2)])[0]!.sequence).toBe(2);
      expectChain(all(journal));
    });

    it("refuses a block that the link could not carry", () => {
      const { journal } = start({ maximumBlockBytes: 2000 });
      expect(() => journal.append([dataBatch(5000)])).toThrow(WireError);
      expect(journal.append([dataBatch(20)])[0]!.sequence).toBe(1);
    });

    it("survives a full disk: says so, loses nothing, goes on", () => {
      const { journal, place } = start();
      journal.append([dataBatch(10)]);
      const before = journal.head();
      place.fillDisk();
      const failure = catching(() => journal.append([dataBatch(8000), dataBatch(8000)]));
      expect(failure).toBeInstanceOf(StationError);
      expect((failure as StationError).code).toBe("DISK_FULL");
      expect(journal.head()).toEqual(before);
      place.freeDisk();
      expect(journal.append([dataBatch(10)])[0]!.sequence).toBe(2);
      expectChain(all(journal));
    });

    it("goes on after a crash with the next sequence, the same journal epoch and the new sealing epoch", () => {
      const { journal, reopen } = start();
      const first = journal.append([dataBatch(3), dataBatch(3)]);
      const again = reopen({ sealingEpoch: 12 }); // `journal` was never closed
      expect(again.head().sequence).toBe(2);
      expect(again.journalEpoch).toBe(10);
      const [third] = again.append([dataBatch(4)]);
      const header = decodeHeader(third!.bytes);
      expect(header).toMatchObject({ sequence: 3, journalEpoch: 10, sealingEpoch: 12 });
      expect(hex(header.previousHash)).toBe(hex(first[1]!.hash));
      expect(all(again)).toHaveLength(3);
      expect(again.bytes).toBe(all(again).reduce((sum, { bytes }) => sum + bytes.length, 0));
    });

    it("refuses to seal in an epoch that it was sealed in before", () => {
      const { journal, reopen } = start();
      journal.append([dataBatch(1)]);
      journal.close();
      expect((catching(() => reopen({ sealingEpoch: 10 })) as StationError).code).toBe("EPOCH_FILE");
      expect((catching(() => reopen({ sealingEpoch: 9 })) as StationError).code).toBe("EPOCH_FILE");
      expect(reopen({ sealingEpoch: 11 }).head().sequence).toBe(1);
    });

    it("seals in a new epoch from startEpoch on, which only rises", () => {
      const { journal } = start();
      journal.append([dataBatch(1)]);
      journal.startEpoch(20);
      expect(decodeHeader(journal.append([dataBatch(1)])[0]!.bytes).sealingEpoch).toBe(20);
      expect(() => journal.startEpoch(20)).toThrow(RangeError);
      expect(() => journal.startEpoch(15)).toThrow(RangeError);
    });

    it("keeps sealed-at monotone while the wall clock steps back, also over a restart", () => {
      const { journal, clock, reopen } = start();
      const [first] = journal.append([dataBatch(1)]);
      clock.stepWall(-60_000);
      const [second] = journal.append([dataBatch(1)]);
      expect(second!.sealedAt).toBe(first!.sealedAt);
      const [third] = reopen().append([dataBatch(1)]);
      expect(third!.sealedAt).toBe(first!.sealedAt);
    });

    it("reads a range in order, at most so many blocks and bytes, but at least one", () => {
      const { journal } = start();
      for (let block = 0; block < 10; block++) journal.append([dataBatch(50)]);
      const sequences = (blocks: readonly JournaledBlock[]) => blocks.map(({ sequence }) => sequence);
      expect(sequences(journal.read(3, 6, 100, 1e9))).toEqual([3, 4, 5, 6]);
      expect(sequences(journal.read(3, 6, 2, 1e9))).toEqual([3, 4]);
      expect(sequences(journal.read(3, 6, 100, 1))).toEqual([3]);
      expect(sequences(journal.read(11, 20, 100, 1e9))).toEqual([]);
    });

    it("finds the first block sealed since a time", () => {
      const { journal, clock } = start();
      const times: number[] = [];
      for (let block = 0; block < 9; block++) {
        times.push(journal.append([dataBatch(1)])[0]!.sealedAt);
        clock.advance(1000);
      }
      expect(journal.firstSealedSince(0)).toBe(1);
      expect(journal.firstSealedSince(times[4]!)).toBe(5);
      expect(journal.firstSealedSince(times[4]! + 1)).toBe(6);
      expect(journal.firstSealedSince(times[8]! + 1)).toBe(10);
    });

    it("counts the samples of data blocks in a range", () => {
      const { journal } = start();
      journal.resolveDirectory([tag("a")]);
      journal.append([dataBatch(5), dataBatch(7)]);
      expect(journal.samplesInRange(1, 3)).toBe(12);
      expect(journal.samplesInRange(3, 3)).toBe(7);
      expect(journal.samplesInRange(4, 9)).toBe(0);
    });

    it("knows what was not sent, also after a restart", () => {
      const { journal, reopen } = start();
      for (let block = 0; block < 10; block++) journal.append([dataBatch(1)]);
      journal.markSent(1, 3);
      journal.markSent(6, 7);
      journal.markSent(4, 4);
      expect(journal.unsent()).toEqual([
        { first: 5, last: 5 },
        { first: 8, last: 10 },
      ]);
      journal.append([dataBatch(1)]); // saves it
      const again = reopen();
      expect(again.unsent()).toEqual([
        { first: 5, last: 5 },
        { first: 8, last: 11 },
      ]);
      again.markSent(5, 5);
      again.markSent(8, 8);
      again.close();
      expect(reopen({ sealingEpoch: 12 }).unsent()).toEqual([{ first: 9, last: 11 }]);
    });

    describe("alarm events", () => {
      it("numbers events from 1, across appends and restarts, and an append that failed uses no number", () => {
        const { journal, reopen, place } = start();
        expect(journal.eventSequence).toBe(0);
        journal.append([eventBatch("active", 1, 2), dataBatch(3), eventBatch("active", 3)]);
        place.fillDisk();
        expect(() => journal.append([eventBatch("active", 4), ...MUCH])).toThrow(StationError);
        place.freeDisk();
        expect(journal.eventSequence).toBe(3);
        const again = reopen(); // `journal` was never closed
        expect(again.eventSequence).toBe(3);
        again.append([eventBatch("inactive", 1)]);
        const unsealable: Batch = { kind: "data", directoryRevision: 1, samples: columnsOf(300_000) };
        expect(() => again.append([eventBatch("inactive", 2), unsealable])).toThrow(WireError);
        again.append([eventBatch("active", 5)]);
        expect(eventsOf(all(again)).map(({ eventSequence, tagId, state }) => [eventSequence, tagId, state])).toEqual([
          [1, 1, "active"],
          [2, 2, "active"],
          [3, 3, "active"],
          [4, 1, "inactive"],
          [5, 5, "active"],
        ]);
        expect(again.eventsInRange(1, 100)).toBe(5);
        expect(again.eventsInRange(2, 3)).toBe(1);
        expect(again.samplesInRange(1, 100)).toBe(3);
        expectChain(all(again));
      });

      it("seals events as they were reported", () => {
        const { journal } = start();
        const reported = eventBatch("active", 7);
        const [block] = journal.append([reported]);
        expect(eventsOf([block!])).toEqual([{ ...reported.events[0], eventSequence: 1 }]);
        expect(decodeHeader(block!.bytes)).toMatchObject({ sampleCount: 1, firstTimestamp: EVENT_TIME + 7 });
      });

      it("knows the active alarms after a crash, whatever retention has removed", () => {
        const { journal, clock, reopen } = start();
        expect(journal.activeAlarms()).toEqual([]);
        journal.append([eventBatch("active", 1, 2, 3)]);
        journal.append([eventBatch("inactive", 2), eventBatch("active", 4), eventBatch("inactive", 4), dataBatch(1)]);
        const alarm = (tagId: number) => ({ condition: "High", severity: 500, text: "too high", tagId });
        const active = [
          { ...alarm(1), eventSequence: 1, since: EVENT_TIME + 1 },
          { ...alarm(3), eventSequence: 3, since: EVENT_TIME + 3 },
        ];
        expect(journal.activeAlarms()).toEqual(active);
        const again = reopen(); // `journal` was never closed
        expect(again.activeAlarms()).toEqual(active);
        again.markSent(1, 5);
        clock.advance(2 * HOUR_MS);
        expect(again.retain().removedBlocks).toBe(4);
        expect(reopen({ sealingEpoch: 12 }).activeAlarms()).toEqual(active);
      });

      it("changes no alarm if the event could not be committed", () => {
        const { journal, place } = start();
        journal.append([eventBatch("active", 1)]);
        place.fillDisk();
        expect(() => journal.append([eventBatch("inactive", 1), eventBatch("active", 2), ...MUCH])).toThrow(
          StationError,
        );
        expect(journal.activeAlarms().map(({ tagId }) => tagId)).toEqual([1]);
      });

      it("lets lost events use up their numbers, so that each missing number belongs to a loss record", () => {
        const { journal, reopen } = start();
        journal.append([eventBatch("active", 1)]);
        const record = { ...LOSS, eventCount: 4 };
        journal.append([{ kind: "loss", records: [record] }, eventBatch("active", 2)]);
        expect(eventsOf(all(journal)).map(({ eventSequence }) => eventSequence)).toEqual([1, 6]);
        expect(reopen().eventSequence).toBe(6);
      });

      it("names dropped blocks of events in the loss record; their numbers were used already", () => {
        const { journal } = start({ maximumBytes: 8000 });
        journal.append([eventBatch("active", 1, 2, 3)]);
        for (let block = 0; block < 6; block++) journal.append([dataBatch(1000)]);
        const [loss] = journal.retain().losses;
        expect(loss).toMatchObject({ reason: "journal-full", eventCount: 3, firstSequence: 1 });
        expect(loss!.tagIds.slice(0, 3)).toEqual([1, 2, 3]);
        expect(journal.eventSequence).toBe(3);
        expect(journal.activeAlarms()).toHaveLength(3);
      });
    });

    describe("directory", () => {
      it("gives ids once, and journals a revision only when something changed", () => {
        const { journal, reopen } = start();
        const first = journal.resolveDirectory([tag("a"), tag("b")]);
        expect(first).toMatchObject({ revision: 1, tagIds: [1, 2], sequences: [1] });
        expect(first.appended).toHaveLength(1);
        expect(journal.directoryRevision).toBe(1);
        const again = reopen().resolveDirectory([tag("b"), tag("a")]);
        expect(again).toEqual({ revision: 1, tagIds: [2, 1], sequences: [1], appended: [] });
      });

      it("writes a full snapshot with retired tags at every change, and never uses an id again", () => {
        const { journal } = start();
        journal.resolveDirectory([tag("a"), tag("b")]);
        const second = journal.resolveDirectory([tag("b", { unit: "bar" }), tag("c")]);
        expect(second).toMatchObject({ revision: 2, tagIds: [2, 3], sequences: [2] });
        expect(
          directoryOf(second.appended).map(({ tagId, path, unit, retired }) => [tagId, path, unit, retired]),
        ).toEqual([
          [1, "a", "", true],
          [2, "b", "bar", false],
          [3, "c", "", false],
        ]);
        const third = journal.resolveDirectory([tag("a"), tag("d")]);
        expect(third).toMatchObject({ revision: 3, tagIds: [1, 4] });
      });

      it("lets a renamed tag keep its id, unless its former path is in use", () => {
        const { journal } = start();
        journal.resolveDirectory([tag("old"), tag("kept")]);
        const renamed = journal.resolveDirectory([tag("new", { formerPath: "old" }), tag("kept")]);
        expect(renamed).toMatchObject({ revision: 2, tagIds: [1, 2] });
        expect(directoryOf(renamed.appended).map(({ path }) => path)).toEqual(["new", "kept"]);
        // The rename stays in the configuration: nothing happens again.
        expect(journal.resolveDirectory([tag("new", { formerPath: "old" }), tag("kept")]).appended).toEqual([]);
        const other = journal.resolveDirectory([tag("new"), tag("twin", { formerPath: "kept" }), tag("kept")]);
        expect(other.tagIds).toEqual([1, 3, 2]);
      });

      it("cuts large directories into parts", () => {
        const { journal } = start();
        const tags = Array.from({ length: 2500 }, (_, at) => tag(`line/${at}`));
        const { appended, sequences, tagIds } = journal.resolveDirectory(tags);
        expect(sequences).toEqual([1, 2, 3]);
        expect(tagIds).toEqual(tags.map((_, at) => at + 1));
        expect(appended.map((block) => partOf(block))).toMatchObject([
          { part: 0, parts: 3 },
          { part: 1, parts: 3 },
          { part: 2, parts: 3 },
        ]);
        expect(directoryOf(appended).map(({ path }) => path)).toEqual(tags.map(({ path }) => path));
        // Long texts count as well: a part must fit the link.
        const wordy = tags.slice(0, 40).map((each) => ({ ...each, description: "ä".repeat(4000) }));
        expect(journal.resolveDirectory(wordy).sequences.length).toBeGreaterThan(2);
      });

      it("changes nothing if it cannot be written", () => {
        const { journal, place } = start();
        journal.resolveDirectory([tag("a")]);
        place.fillDisk();
        const many = Array.from({ length: 3000 }, (_, at) => tag(`more/${at}`));
        expect((catching(() => journal.resolveDirectory(many)) as StationError).code).toBe("DISK_FULL");
        expect(journal.directoryRevision).toBe(1);
        place.freeDisk();
        expect(journal.resolveDirectory([tag("a"), tag("b")])).toMatchObject({ revision: 2, tagIds: [1, 2] });
      });
    });

    describe("retention", () => {
      it("removes sent blocks when they are too old, and no others", () => {
        const { journal, clock } = start();
        for (let block = 0; block < 6; block++) journal.append([dataBatch(10)]);
        journal.markSent(1, 2);
        journal.markSent(4, 6);
        clock.advance(HOUR_MS / 2);
        journal.append([dataBatch(10)]);
        journal.markSent(7, 7);
        expect(journal.retain()).toEqual({ removedBlocks: 0, losses: [], appended: [] });
        clock.advance(HOUR_MS / 2 + 1);
        expect(journal.retain()).toEqual({ removedBlocks: 5, losses: [], appended: [] });
        expect(all(journal).map(({ sequence }) => sequence)).toEqual([3, 7]);
        expect(journal.oldest()).toBe(3);
        expect(journal.unsent()).toEqual([{ first: 3, last: 3 }]);
        journal.markSent(3, 3);
        expect(journal.retain().removedBlocks).toBe(1);
        expect(journal.oldest()).toBe(7);
        expect(journal.bytes).toBe(all(journal).reduce((sum, { bytes }) => sum + bytes.length, 0));
      });

      it("always keeps the newest block, and can be opened with only that", () => {
        const { journal, clock, reopen } = start();
        for (let block = 0; block < 3; block++) journal.append([dataBatch(10)]);
        journal.markSent(1, 3);
        clock.advance(2 * HOUR_MS);
        journal.retain();
        expect(all(journal).map(({ sequence }) => sequence)).toEqual([3]);
        const again = reopen();
        expect(again.retain().removedBlocks).toBe(0);
        expectChain([...all(again), ...again.append([dataBatch(1)])]);
      });

      it("removes the oldest sent blocks first when the journal is too large, although older ones are unsent", () => {
        const { journal } = start({ maximumBytes: 10_000 });
        for (let block = 0; block < 12; block++) journal.append([dataBatch(500)]);
        journal.markSent(3, 12);
        const { removedBlocks, losses } = journal.retain();
        expect(losses).toEqual([]);
        expect(removedBlocks).toBeGreaterThan(2);
        expect(journal.bytes).toBeLessThanOrEqual(10_000);
        expect(journal.bytes).toBeGreaterThan(7000); // no more than needed
        expect(all(journal).map(({ sequence }) => sequence)).toEqual([
          1,
          2,
          ...Array.from({ length: 10 - removedBlocks }, (_, at) => 3 + removedBlocks + at),
        ]);
      });

      it("drops unsent blocks only when no sent one is left, oldest first, and names the loss in the chain", () => {
        const { journal } = start({ maximumBytes: 8000 });
        const time = 1_795_420_800_000_000;
        for (let block = 0; block < 10; block++) journal.append([dataBatch(500, 1 + block * 500, time + block)]);
        journal.markSent(5, 5);
        const { removedBlocks, losses, appended } = journal.retain();
        expect(removedBlocks).toBe(1);
        const dropped = losses[0]!.sampleCount / 500;
        expect(dropped).toBeGreaterThan(1);
        expect(losses).toEqual([
          {
            reason: "journal-full",
            sampleCount: dropped * 500,
            firstTimestamp: time,
            lastTimestamp: time + (dropped < 5 ? dropped - 1 : dropped),
            firstSequence: 1,
            lastSequence: dropped < 5 ? dropped : dropped + 1,
            tagsOmitted: 0,
            eventCount: 0,
            tagIds: Array.from({ length: (dropped < 5 ? dropped : dropped + 1) * 500 }, (_, at) => at + 1).filter(
              (tagId) => dropped < 5 || tagId <= 2000 || tagId > 2500,
            ),
          },
        ]);
        expect(appended).toHaveLength(1);
        const { batch } = openBlock(appended[0]!.bytes, opening);
        expect((batch as LossBatch).records).toEqual(losses);
        expect(journal.head().sequence).toBe(11);
        expect(journal.oldest()).toBe(losses[0]!.lastSequence + 1);
        expectChain(all(journal));
      });

      it("never drops unsent blocks for their age", () => {
        const { journal, clock } = start();
        for (let block = 0; block < 3; block++) journal.append([dataBatch(10)]);
        clock.advance(100 * HOUR_MS);
        expect(journal.retain()).toEqual({ removedBlocks: 0, losses: [], appended: [] });
        expect(journal.unsent()).toEqual([{ first: 1, last: 3 }]);
      });

      it("carries a loss record on when its own block must be dropped", () => {
        const { journal } = start({ maximumBytes: 8000 });
        journal.append([{ kind: "loss", records: [LOSS] }]);
        for (let block = 0; block < 6; block++) journal.append([dataBatch(1000)]);
        const { losses } = journal.retain();
        expect(losses.find(({ reason }) => reason === "disk-full")).toEqual(LOSS);
        expect(losses.find(({ reason }) => reason === "journal-full")!.sampleCount).toBeGreaterThan(0);
      });

      it("exempts the current directory, and removes the parts of earlier ones", () => {
        const { journal, clock } = start();
        journal.resolveDirectory([tag("a")]);
        journal.append([dataBatch(10)]);
        journal.resolveDirectory([tag("a"), tag("b")]); // 3
        for (let block = 0; block < 3; block++) journal.append([dataBatch(10)]); // 4 … 6
        journal.markSent(1, 6);
        clock.advance(2 * HOUR_MS);
        while (journal.retain().removedBlocks > 0);
        expect(all(journal).map(({ sequence }) => sequence)).toEqual([3, 6]);
        expect(journal.oldest()).toBe(6);
        journal.resolveDirectory([tag("a")]); // 7
        journal.append([dataBatch(10)]);
        journal.markSent(7, 8);
        clock.advance(2 * HOUR_MS);
        while (journal.retain().removedBlocks > 0);
        expect(all(journal).map(({ sequence }) => sequence)).toEqual([7, 8]);
        expect(journal.resolveDirectory([tag("a")])).toMatchObject({ revision: 3, sequences: [7], appended: [] });
      });
    });

    it("keeps chain, size and account whatever happens in whatever order", () => {
      const step = fc.oneof(
        {
          weight: 6,
          arbitrary: fc.record({
            do: fc.constant("append" as const),
            samples: fc.array(fc.integer({ min: 1, max: 400 }), { maxLength: 3 }),
          }),
        },
        { weight: 3, arbitrary: fc.record({ do: fc.constant("sent" as const), from: fc.nat(20), count: fc.nat(6) }) },
        { weight: 2, arbitrary: fc.record({ do: fc.constant("retain" as const) }) },
        { weight: 1, arbitrary: fc.record({ do: fc.constant("restart" as const) }) },
        { weight: 1, arbitrary: fc.record({ do: fc.constant("fail" as const) }) },
        { weight: 1, arbitrary: fc.record({ do: fc.constant("wait" as const) }) },
        { weight: 1, arbitrary: fc.record({ do: fc.constant("directory" as const), tags: fc.nat(5) }) },
      );
      const seen = { removed: 0, lost: 0 };
      fc.assert(
        fc.property(fc.array(step, { maxLength: 40, size: "max" }), (steps) => {
          const { place, clock, journal: first } = start({ maximumBytes: 12_000, retentionMs: 10_000 });
          let journal = first;
          let epoch = 10;
          let appended = 0;
          let removedSent = 0;
          let lost = 0;
          for (const each of steps) {
            if (each.do === "append") {
              journal.append(each.samples.map((samples) => dataBatch(samples)));
              appended += each.samples.reduce((sum, samples) => sum + samples, 0);
            } else if (each.do === "sent") {
              const from = journal.oldest() + each.from;
              const last = Math.min(from + each.count, journal.head().sequence);
              if (from <= last) journal.markSent(from, last);
            } else if (each.do === "retain") {
              const unsent = journal.unsent();
              const before = all(journal);
              const { losses } = journal.retain();
              const left = new Set(all(journal).map(({ sequence }) => sequence));
              const gone = before.filter(({ sequence }) => !left.has(sequence));
              const isUnsent = ({ sequence }: JournaledBlock) =>
                unsent.some(({ first, last }) => sequence >= first && sequence <= last);
              removedSent += samplesOf(gone.filter((block) => !isUnsent(block)));
              const dropped = gone.filter(isUnsent);
              // What a dropped loss record had named is named again.
              const named = losses.reduce((sum, { sampleCount }) => sum + sampleCount, 0) - lossesIn(dropped);
              expect(named).toBe(samplesOf(dropped));
              lost += named;
            } else if (each.do === "restart") {
              journal.close();
              journal = place.open(
                { ...DEFAULTS, maximumBytes: 12_000, retentionMs: 10_000, sealingEpoch: ++epoch },
                clock,
              );
            } else if (each.do === "fail") {
              const unsealable: Batch = { kind: "data", directoryRevision: 1, samples: columnsOf(300_000) };
              expect(() => journal.append([dataBatch(1), unsealable])).toThrow();
            } else if (each.do === "wait") clock.advance(4000);
            else journal.resolveDirectory(Array.from({ length: each.tags }, (_, at) => tag(`t${at}`)));
            const now = all(journal);
            expectChain(now);
            expect(journal.bytes).toBe(now.reduce((sum, { bytes }) => sum + bytes.length, 0));
            expect(journal.blocks).toBe(now.length);
            expect(hex(journal.head().hash)).toBe(now.length === 0 ? "00".repeat(32) : hex(now.at(-1)!.hash));
          }
          expect(journal.samplesInRange(1, Number.MAX_SAFE_INTEGER) + removedSent + lost).toBe(appended);
          seen.removed += removedSent;
          seen.lost += lost;
        }),
        { numRuns: 40, seed: 20261123 },
      );
      // The walk went where it matters.
      expect(seen.removed).toBeGreaterThan(0);
      expect(seen.lost).toBeGreaterThan(0);
    });
  });
}

/** Every block verifies, and follows from the one before where that is held. */
function expectChain(blocks: readonly JournaledBlock[]): void {
  let previous: JournaledBlock | undefined;
  for (const block of blocks) {
    const { header } = openBlock(block.bytes, opening);
    expect(header.sequence).toBe(block.sequence);
    expect(header.batchKind).toBe(block.batchKind satisfies BatchKind);
    if (previous !== undefined) {
      expect(block.sequence).toBeGreaterThan(previous.sequence);
      expect(header.sealedAt).toBeGreaterThanOrEqual(previous.sealedAt);
      if (block.sequence === previous.sequence + 1) expect(hex(header.previousHash)).toBe(hex(previous.hash));
    }
    previous = block;
  }
}

function lossesIn(blocks: readonly JournaledBlock[]): number {
  let samples = 0;
  for (const { bytes } of blocks) {
    const { batch } = openBlock(bytes, opening);
    if (batch.kind === "loss") for (const { sampleCount } of batch.records) samples += sampleCount;
  }
  return samples;
}

const samplesOf = (blocks: readonly JournaledBlock[]): number =>
  blocks.reduce((sum, { sampleCount }) => sum + sampleCount, 0);

function partOf(block: JournaledBlock): DirectoryBatch {
  const { batch } = openBlock(block.bytes, opening);
  if (batch.kind !== "directory") throw new Error(`block ${block.sequence} is a ${batch.kind}`);
  return batch;
}

const directoryOf = (blocks: readonly JournaledBlock[]) => blocks.flatMap((block) => partOf(block).tags);

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString("hex");

function catching(work: () => unknown): unknown {
  try {
    work();
  } catch (error) {
    return error;
  }
  throw new Error("nothing was thrown");
}
