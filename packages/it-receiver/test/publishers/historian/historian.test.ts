import { createHash } from "node:crypto";
import { createLog } from "@nonreturn/station";
import { StatusCode, type Value } from "@nonreturn/wire-format";
import fc from "fast-check";
import { describe, expect, it, vi } from "vitest";
import { CHUNK_SAMPLES } from "../../../src/publishers/historian/chunk.ts";
import { type HistoricalSample, openHistoryReader } from "../../../src/publishers/historian/read-history.ts";
import { progressStep } from "../../../src/publishers/progress.ts";
import type { Lane } from "../../../src/record/store.ts";
import { columns, entry, sample, T0, tag } from "../support/samples.ts";
import { historianBench } from "./historian-bench.ts";

const values = (samples: Iterable<HistoricalSample>) => [...samples].map(({ value }) => value);
const TAGS = [tag(1, "a"), tag(2, "b"), tag(3, "c")];

describe("historian", () => {
  it("reads back in order of time, before, during and after compaction, late samples in their place", async () => {
    const bench = await historianBench();
    const lanes: Lane[] = ["live", "live", "late", "live"];
    for (const [index, lane] of lanes.entries()) {
      const at = lane === "late" ? 0.5 : index;
      await bench.publish([
        entry(index + 1, columns(sample(1, index * 10, at), sample(2, `s${index}`, at)), TAGS, lane),
      ]);
    }
    const check = (): void => {
      expect(values(bench.read({ path: "a" }))).toEqual([0, 20, 10, 30]);
      expect(values(bench.read({ path: "b" }))).toEqual(["s0", "s2", "s1", "s3"]);
      expect(values(bench.read({ path: "c" }))).toEqual([]);
      expect(values(bench.read({ path: "nowhere" }))).toEqual([]);
      const reader = openHistoryReader(bench.folder);
      const rows = [...reader.readParts("a", {}, () => false)].flatMap((part) =>
        part.is === "rows" ? [...part.series.numbers.subarray(part.first, part.end)] : [],
      );
      reader.close();
      expect(rows).toEqual([0, 20, 10, 30]);
    };
    check();
    let steps = 0;
    while (bench.compactOneStep() === "more") {
      check();
      steps++;
    }
    expect(steps).toBeGreaterThan(2);
    expect(bench.count("segment")).toBe(0);
    expect(bench.count("chunk")).toBe(4); // two tags, two lanes
    check();
    await bench.publish([entry(5, columns(sample(1, 99, 0.7)), TAGS)]);
    expect(values(bench.read({ path: "a" }))).toEqual([0, 20, 99, 10, 30]);
  });

  it("knows the newest sample before a moment, wherever it lies", async () => {
    const bench = await historianBench();
    const reader = () => openHistoryReader(bench.folder);
    let expected: number[] = [];
    const check = (): void => {
      const open = reader();
      for (let at = 0; at <= 45; at++) {
        const before = expected.filter((one) => one < at).sort((a, b) => a - b);
        expect(open.lastBefore("a", T0 + at * 1000)?.value, `before ${at}`).toBe(before.at(-1));
      }
      open.close();
    };
    // Late chunks stretch over live ones and the other way round.
    const blocks: [number[], Lane][] = [
      [[10, 11, 12], "live"],
      [[2, 30], "late"],
      [[20, 21], "live"],
      [[5, 15, 25], "late"],
      [[40], "live"],
    ];
    for (const [index, [times, lane]] of blocks.entries()) {
      await bench.publish([entry(index + 1, columns(...times.map((at) => sample(1, at, at))), TAGS, lane)]);
      expected = [...expected, ...times];
      check();
      if (index % 2 === 0) bench.publisher.compactAll();
      check();
    }
    while (bench.compactOneStep() === "more") check();
    const open = reader();
    expect(open.lastBefore("nowhere", T0)).toBeUndefined();
    open.close();
  });

  it("answers a range (from included, to not) and a limit, across chunks and segments", async () => {
    const bench = await historianBench();
    for (let block = 0; block < 20; block++) {
      await bench.publish([
        entry(
          block + 1,
          columns(...[0, 1, 2, 3, 4].map((step) => sample(1, block * 5 + step, block * 5 + step))),
          TAGS,
        ),
      ]);
      if (block % 3 === 0) bench.publisher.compactAll();
    }
    const between = (from: number, to: number) => ({ path: "a", from: T0 + from * 1000, to: T0 + to * 1000 });
    expect(values(bench.read({ path: "a" }))).toEqual(Array.from({ length: 100 }, (_, index) => index));
    expect(values(bench.read(between(17, 23)))).toEqual([17, 18, 19, 20, 21, 22]);
    expect(values(bench.read({ ...between(96, 1000), limit: 2 }))).toEqual([96, 97]);
    expect(values(bench.read({ path: "a", limit: 0 }))).toEqual([]);
    expect(values(bench.read(between(100, 200)))).toEqual([]);
  });

  it("merges small chunks, cuts large ones, and never stretches a live chunk over a late sample", async () => {
    const bench = await historianBench();
    for (let round = 0; round < 64; round++) {
      await bench.publish([entry(round + 1, columns(sample(1, round, round)), TAGS)]);
      if (round === 30) await bench.publish([entry(100, columns(sample(1, -1, -86_400_000)), TAGS, "late")]);
      bench.publisher.compactAll();
    }
    // 64 rounds of one sample: eight merges of eight, then one of eight of those.
    expect(bench.rows("SELECT level, samples, lane FROM chunk ORDER BY lane")).toEqual([
      { level: 1, samples: 1, lane: "late" },
      { level: 3, samples: 64, lane: "live" },
    ]);
    const builder = Array.from({ length: CHUNK_SAMPLES * 2 + 10 }, (_, index) => sample(2, index, index));
    await bench.publish([entry(200, columns(...builder), TAGS)]);
    bench.publisher.compactAll();
    expect(bench.rows("SELECT level, samples FROM chunk WHERE tag = 2 ORDER BY first_timestamp")).toEqual([
      { level: 100, samples: CHUNK_SAMPLES },
      { level: 100, samples: CHUNK_SAMPLES },
      { level: 1, samples: 10 },
    ]);
    expect(values(bench.read({ path: "a" }))).toEqual([-1, ...Array.from({ length: 64 }, (_, index) => index)]);
    expect(values(bench.read({ path: "b" }))).toEqual(builder.map(({ value }) => value));
  });

  it("cuts chunks of large values by bytes", async () => {
    const bench = await historianBench();
    const text = "x".repeat(60_000);
    for (let index = 0; index < 40; index++)
      await bench.publish([entry(index + 1, columns(sample(1, text + index, index)), TAGS)]);
    bench.publisher.compactAll();
    expect(bench.count("chunk")).toBeGreaterThan(2);
    expect(values(bench.read({ path: "a" }))).toEqual(Array.from({ length: 40 }, (_, index) => text + index));
  });

  it("is effectively once: a repeated call changes nothing, a batch that overlaps one adds only what is new", async () => {
    const bench = await historianBench();
    const first = entry(1, columns(sample(1, 1, 1)), TAGS);
    const second = entry(2, columns(sample(1, 2, 2)), TAGS);
    await bench.publish([first]);
    await bench.publish([first]);
    await bench.publish([first, second]);
    expect(values(bench.read({ path: "a" }))).toEqual([1, 2]);
    expect(bench.publisher.progress?.load()).toMatchObject({ live: 2, samples: 2 });
  });

  it("takes a parked block once, although it lies behind the cursor", async () => {
    const bench = await historianBench();
    const parked = [{ position: 1, stream: 1, journalEpoch: 100, neededRevision: 2 }];
    await bench.publisher.publish(
      [entry(2, columns(sample(1, 2, 2)), TAGS)],
      bench.signal,
      progressStep({ live: 2, samples: 1, batches: 1, park: parked }),
    );
    for (let turn = 0; turn < 2; turn++) {
      await bench.publisher.publish(
        [entry(1, columns(sample(1, 1, 1)), TAGS, "late")],
        bench.signal,
        progressStep({ unpark: [1], samples: 1, batches: 1 }),
      );
    }
    expect(values(bench.read({ path: "a" }))).toEqual([1, 2]);
    expect(bench.publisher.progress?.load()).toMatchObject({ live: 2, parked: 0, samples: 2 });
  });

  it("goes on with an interrupted round after a restart, in the middle of the tags", async () => {
    const bench = await historianBench();
    const many = Array.from({ length: 40 }, (_, id) => tag(id + 1, `t${id}`));
    for (let turn = 0; turn < 3; turn++) {
      await bench.publish([
        entry(turn + 1, columns(...many.map(({ tagId }) => sample(tagId, tagId * 10 + turn, turn))), many),
      ]);
    }
    while (bench.rows("SELECT tags_through FROM compaction WHERE tags_through > 0").length === 0) {
      expect(bench.compactOneStep()).toBe("more");
    }
    expect(bench.count("segment")).toBe(3);
    await bench.reopen();
    await bench.publish([entry(4, columns(...many.map(({ tagId }) => sample(tagId, tagId * 10 + 3, 3))), many)]);
    const check = (): void => {
      for (const { tagId, path } of many)
        expect(values(bench.read({ path }))).toEqual([0, 1, 2, 3].map((turn) => tagId * 10 + turn));
    };
    check();
    bench.publisher.compactAll();
    check();
    expect(bench.count("segment")).toBe(0);
    expect(bench.rows("SELECT sum(samples) AS samples FROM chunk")).toEqual([{ samples: 160 }]);
  });

  it("follows a rename, and joins the journals of an OT station whose disk was replaced", async () => {
    const bench = await historianBench();
    await bench.publish([entry(1, columns(sample(1, 1, 1)), [tag(1, "old")])]);
    await bench.publish([entry(2, columns(sample(1, 2, 2)), [tag(1, "new")])]);
    await bench.publish([entry(3, columns(sample(7, 3, 3)), [tag(7, "new")], "live", 200)]);
    expect(values(bench.read({ path: "old" }))).toEqual([]);
    const samples = [...bench.read({ path: "new" })];
    expect(samples.map(({ value, tag: { journalEpoch, tagId } }) => [value, journalEpoch, tagId])).toEqual([
      [1, 100, 1],
      [2, 100, 1],
      [3, 200, 7],
    ]);
  });

  it("keeps every sample of a run of equal timestamps", async () => {
    const bench = await historianBench();
    const same = Array.from({ length: 10 }, (_, index) => sample(1, index, 5));
    await bench.publish([entry(1, columns(...same), TAGS)]);
    expect(values(bench.read({ path: "a" }))).toEqual(same.map(({ value }) => value));
    bench.publisher.compactAll();
    expect(values(bench.read({ path: "a" }))).toEqual(same.map(({ value }) => value));
  });

  it("removes what is older than keepFor, and the oldest beyond keepSize", async () => {
    const bench = await historianBench({ keep: { samplesMs: 3_600_000 } });
    await bench.publish([entry(1, columns(sample(1, 1, -25_200_000)), TAGS)]);
    bench.publisher.compactAll();
    await bench.publish([entry(2, columns(sample(1, 2, 0)), TAGS)]);
    bench.publisher.compactAll();
    bench.clock.advance(61_000);
    expect(values(bench.read({ path: "a" }))).toEqual([2]);

    const small = await historianBench({ keep: { bytes: 1_000_000 } });
    for (let index = 0; index < 30; index++) {
      const noise = createHash("shake256", { outputLength: 60_000 }).update(String(index)).digest();
      await small.publish([entry(index + 1, columns(sample(1, noise, index)), TAGS)]);
      small.publisher.compactAll();
    }
    small.clock.advance(65_000);
    const kept = [...small.read({ path: "a" })].map(({ sourceTimestamp }) => (sourceTimestamp - T0) / 1000);
    expect(kept.length).toBeLessThan(20);
    expect(kept).toEqual(Array.from({ length: kept.length }, (_, index) => 30 - kept.length + index));
  });

  it("beyond keepSize loses the oldest samples first, says so, counts them, and keeps their figures", async () => {
    const log = createLog({ name: "test", level: "silent" });
    const warn = vi.spyOn(log, "warn");
    const bench = await historianBench({ keep: { bytes: 700_000 }, log });
    const DAY_MS = 86_400_000;
    for (let day = 0; day < 6; day++) {
      const noise = createHash("shake256", { outputLength: 43_200 * 4 })
        .update(String(day))
        .digest();
      const rows = Array.from({ length: 43_200 }, (_, row) =>
        sample(1, noise.readUInt16LE(row * 4), day * DAY_MS + row * 2000),
      );
      await bench.publish([entry(day + 1, columns(...rows), TAGS)]);
    }
    bench.publisher.compactAll();
    bench.clock.stepWall(6 * DAY_MS);
    expect(warn).not.toHaveBeenCalled();
    bench.clock.advance(90_000);
    const kept = [...bench.read({ path: "a" })].map(({ sourceTimestamp }) => (sourceTimestamp - T0) / 1000);
    expect(kept.length).toBeGreaterThan(10_000);
    expect(kept.at(-1)).toBe(5 * DAY_MS + 43_199 * 2000);
    expect(kept.every((at, index) => index === 0 || at - kept[index - 1]! === 2000)).toBe(true); // no hole
    expect(bench.rows("SELECT kind, cause, count, first_timestamp FROM removal")).toEqual([
      { kind: "samples", cause: "size", count: 6 * 43_200 - kept.length, first_timestamp: T0 },
    ]);
    expect(bench.rows("SELECT tier, sum(cells) AS cells FROM figures GROUP BY tier")).toEqual([
      { tier: 1, cells: 6 * 1440 },
      { tier: 2, cells: 6 * 24 },
    ]);
    expect(warn).toHaveBeenCalledWith(
      expect.objectContaining({ kind: "samples", from: "2026-11-23T08:00:00.000000Z" }),
      "historian: beyond keepSize, the oldest were removed",
    );
  });

  it("compacts by itself when a minute has passed, in slices", async () => {
    const bench = await historianBench();
    await bench.publish([entry(1, columns(sample(1, 1, 1)), TAGS)]);
    bench.clock.advance(59_000);
    expect(bench.count("segment")).toBe(1);
    bench.clock.advance(3000);
    expect(bench.count("segment")).toBe(0);
    expect(values(bench.read({ path: "a" }))).toEqual([1]);
    await bench.publisher.close();
    expect(bench.clock.waiting).toBe(0);
  });

  it("keeps any samples exactly, whatever order, lanes, blocks and compaction they meet (property)", async () => {
    const value: fc.Arbitrary<Value | null> = fc.oneof(
      fc.double(),
      fc.integer(),
      fc.boolean(),
      fc.bigInt({ min: -(2n ** 63n), max: 2n ** 64n - 1n }),
      fc.string({ unit: "grapheme" }),
      fc.uint8Array(),
      fc.array(fc.double()),
      fc.array(fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }), { minLength: 1 }),
      fc.array(fc.string({ unit: "grapheme" }), { minLength: 1 }),
      fc.constantFrom(null, -0, Number.NaN, Number.POSITIVE_INFINITY, 5e-324, 2 ** 53, -(2 ** 53)),
    );
    const one = fc.record({
      tagId: fc.integer({ min: 1, max: 3 }),
      value,
      at: fc.integer({ min: 0, max: 50 }),
      status: fc.constantFrom(0, StatusCode.BadTimeout, 0x408f0000),
    });
    const block = fc.record({
      samples: fc.array(one, { maxLength: 30 }),
      lane: fc.constantFrom<Lane[]>("live", "late"),
      compact: fc.boolean(),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(block, { maxLength: 12 }), async (blocks) => {
        const bench = await historianBench();
        const written: { tagId: number; value: Value | null; at: number; status: number }[] = [];
        for (const [index, { samples, lane, compact }] of blocks.entries()) {
          await bench.publish([
            entry(index + 1, columns(...samples.map((s) => sample(s.tagId, s.value, s.at, s.status))), TAGS, lane),
          ]);
          written.push(...samples);
          if (compact) bench.publisher.compactAll();
        }
        for (const { tagId, path } of TAGS) {
          const read = [...bench.read({ path })];
          const times = read.map(({ sourceTimestamp }) => sourceTimestamp);
          expect(times).toEqual([...times].sort((a, b) => a - b));
          const key = (v: Value | null, status: number, micros: number): string => `${micros}/${status}/${exact(v)}`;
          expect(read.map((s) => key(s.value, s.statusCode, s.sourceTimestamp)).sort()).toEqual(
            written
              .filter((s) => s.tagId === tagId)
              .map((s) => key(s.value, s.status, T0 + s.at * 1000))
              .sort(),
          );
        }
        await bench.dispose();
      }),
      { seed: 7, numRuns: 60 },
    );
  });
});

/** Text that differs wherever two values differ in type or bits. */
function exact(value: Value | null): string {
  if (typeof value === "number") return Object.is(value, -0) ? "number -0" : `number ${value}`;
  if (value instanceof Uint8Array) return `bytes ${Buffer.from(value).toString("hex")}`;
  if (Array.isArray(value)) return `[${value.map(exact).join("|")}]`;
  return `${typeof value} ${String(value)}`;
}
