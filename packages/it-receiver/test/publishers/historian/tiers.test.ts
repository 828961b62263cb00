import { type Sample, StatusCode } from "@nonreturn/wire-format";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { openDatabase } from "../../../../station/src/index.ts";
import { encodeFigures, MINUTES_CODEC } from "../../../src/publishers/historian/figures-body.ts";
import { FiguresReader, type Tier } from "../../../src/publishers/historian/figures-table.ts";
import { minutesOf } from "../../../src/publishers/historian/join-cells.ts";
import { PendingUnits } from "../../../src/publishers/historian/pending-units.ts";
import { openHistoryReader } from "../../../src/publishers/historian/read-history.ts";
import { historianPath } from "../../../src/publishers/historian/schema.ts";
import { IntervalAggregator, type IntervalFigures } from "../../../src/publishers/interval-figures.ts";
import type { SampleCell } from "../../../src/publishers/sample-cells.ts";
import type { Lane } from "../../../src/record/store.ts";
import { columns, entry, sample, T0, tag } from "../support/samples.ts";
import { makeFileOfBefore } from "./file-of-before.ts";
import { historianBench } from "./historian-bench.ts";
import { plainFigures } from "./plain-figures.ts";

const TAGS = [tag(1, "a")];
const MINUTE = 60_000_000;
const HOUR = 60 * MINUTE;
const HOUR_MS = HOUR / 1000;

/** What an hour of the tag meets on its way. */
interface Hour {
  readonly everyS: number;
  readonly seed: number;
  /** late: some of it comes an hour later. lost: all of it comes so many hours later, when its samples were removed long ago. */
  readonly fate: "live" | "late" | { readonly lostFor: number };
  readonly after: "nothing" | "restart" | "compact";
}

function samplesOf(hour: number, { everyS, seed }: Hour): Sample[] {
  const samples: Sample[] = [];
  for (let at = (seed % 7) * 1000; at < HOUR_MS; at += everyS * 1000 + ((seed * 31 + at) % 997)) {
    const mixed = (seed * 7919 + at) % 1009;
    const status = mixed % 37 === 0 ? StatusCode.BadTimeout : StatusCode.Good;
    samples.push(sample(1, status === StatusCode.Good ? (mixed - 300) / 10 : null, hour * HOUR_MS + at, status));
  }
  return samples;
}

function intervals(folder: string, from: number, to: number, each: number, until: number) {
  const reader = openHistoryReader(folder);
  const aggregator = new IntervalAggregator(from, to, each, undefined);
  let rows = 0;
  for (const part of reader.readParts("a", { from, to }, aggregator.fits)) {
    if (part.is === "cells") for (const cell of part.cells) aggregator.pushCell(cell);
    else {
      aggregator.pushRows(part.series, part.first, part.end);
      rows += part.end - part.first;
    }
  }
  reader.close();
  return { figures: aggregator.finish(until), resolution: aggregator.resolution, rows };
}

/** Additions in another order differ in the last digits. */
function alike(expected: readonly IntervalFigures[]): unknown[] {
  const near = (value: number | null) => (value === null ? null : expect.closeTo(value, 6));
  return expected.map(({ avg, timeWeighted, coverage, ...rest }) => ({
    ...rest,
    ...{ avg: near(avg), timeWeighted: near(timeWeighted), coverage: expect.closeTo(coverage, 9) },
  }));
}

/** Every cell in the file against the samples of its minute or hour. */
function expectCells(folder: string, tier: Tier, samples: readonly Sample[]): SampleCell[] {
  const database = openDatabase(historianPath(folder), { durability: "normal", readOnly: true });
  const reader = new FiguresReader(database);
  const cells = reader.rows(1, tier, 0, Number.MAX_SAFE_INTEGER).flatMap((row) => reader.cells(row));
  database.close();
  const each = tier === "hours" ? HOUR : MINUTE;
  for (const cell of cells) {
    const start = Math.floor(cell.firstAt / each) * each;
    const inside = samples.filter(({ sourceTimestamp: at }) => at >= start && at < start + each);
    const [expected] = plainFigures(inside, [start, start + each, each], inside.at(-1)!.sourceTimestamp);
    const { firstAt, lastAt, min, max, unusable } = cell;
    expect({ firstAt, lastAt, samples: cell.samples, unusable, covered: cell.covered }).toEqual({
      firstAt: inside[0]!.sourceTimestamp,
      lastAt: inside.at(-1)!.sourceTimestamp,
      samples: expected!.samples,
      unusable: expected!.unusable,
      covered: Math.round(expected!.coverage * each),
    });
    if (cell.samples > 0) expect([min, max]).toEqual([expected!.min, expected!.max]);
  }
  expect(cells.map(({ firstAt }) => Math.floor(firstAt / each))).toEqual([
    ...new Set(cells.map(({ firstAt }) => Math.floor(firstAt / each))),
  ]);
  return cells;
}

describe("samples, minutes and hours", () => {
  it("say what plain sums over all samples say, through gaps, late data, restarts and retention (property)", async () => {
    const hour: fc.Arbitrary<Hour> = fc.record({
      everyS: fc.constantFrom(5, 20, 130, 900),
      seed: fc.nat(1000),
      fate: fc.oneof(
        { weight: 6, arbitrary: fc.constant("live" as const) },
        { weight: 3, arbitrary: fc.constant("late" as const) },
        { weight: 2, arbitrary: fc.record({ lostFor: fc.integer({ min: 2, max: 30 }) }) },
      ),
      after: fc.constantFrom("nothing" as const, "nothing" as const, "restart" as const, "compact" as const),
    });
    let hoursAlone = 0;
    await fc.assert(
      fc.asyncProperty(fc.array(hour, { minLength: 44, maxLength: 44 }), async (hours) => {
        const keep = { samplesMs: 6 * HOUR_MS, minutesMs: 14 * HOUR_MS };
        const bench = await historianBench({ keep });
        let published: Sample[] = [];
        let position = 0;
        const due = new Map<number, Sample[]>();
        const publish = async (samples: readonly Sample[], lane: Lane): Promise<void> => {
          if (samples.length === 0) return;
          await bench.publish([entry(++position, columns(...samples), TAGS, lane)]);
          published = [...published, ...samples].sort((a, b) => a.sourceTimestamp - b.sourceTimestamp);
        };
        for (const [index, one] of hours.entries()) {
          const samples = samplesOf(index, one);
          const late = (_: Sample, row: number): boolean => one.fate === "late" && (row + one.seed) % 5 < 2;
          if (typeof one.fate === "object") due.set(index + one.fate.lostFor, samples);
          else
            await publish(
              samples.filter((each, row) => !late(each, row)),
              "live",
            );
          bench.clock.stepWall(HOUR_MS);
          if (one.after === "restart") await bench.reopen();
          await publish(samples.filter(late), "late");
          await publish(due.get(index) ?? [], "late");
          if (one.after === "compact") bench.publisher.compactAll();
          for (let minute = 0; minute < 3; minute++) bench.clock.advance(61_000);
          if (index % 11 !== 10) continue;

          const now = T0 + (index + 1) * HOUR;
          const byHour = intervals(bench.folder, T0, now, HOUR, now);
          expect(byHour.figures).toEqual(alike(plainFigures(published, [T0, now, HOUR], now)));
          const recent = now - 8 * HOUR;
          const since = published.filter(({ sourceTimestamp }) => sourceTimestamp >= recent);
          const byMinute = intervals(bench.folder, recent, now, MINUTE, now);
          expect(byMinute.figures).toEqual(alike(plainFigures(since, [recent, now, MINUTE], now)));
          expect(byMinute.resolution).toBe("exact");
          const minutes = expectCells(bench.folder, "minutes", published);
          if (index > 30) expect(minutes[0]!.firstAt).toBeGreaterThan(T0 + 8 * HOUR); // and of minutes too
          hoursAlone += expectCells(bench.folder, "hours", published).length;
          const kept = [...bench.read({ path: "a" })];
          if (index > 20) expect(kept.length).toBeLessThan(published.length); // retention did remove some
          const young = ({ sourceTimestamp: at }: { sourceTimestamp: number }): boolean =>
            at >= bench.clock.nowUtcMicros() - 6 * HOUR;
          expect(kept.filter(young).length).toBe(published.filter(young).length);
        }
        await bench.dispose();
      }),
      { seed: 20261125, numRuns: 6, endOnFailure: true },
    );
    expect(hoursAlone).toBeGreaterThan(200);
  });

  it("of a file of before are made while the station runs, from its samples and from what had outlived them", async () => {
    const bench = await historianBench();
    const all: Sample[] = [];
    for (let hour = 0; hour < 40; hour++)
      all.push(...samplesOf(hour, { everyS: 7, seed: hour, fate: "live", after: "nothing" }));
    const gone = all.findIndex(({ sourceTimestamp }) => sourceTimestamp >= T0 + 10.3 * HOUR);
    await bench.publish([entry(1, columns(...all.slice(gone)), TAGS)]);
    bench.publisher.compactAll();
    await bench.publisher.close();
    makeFileOfBefore(bench.folder);
    // As it was: minutes of a chunk at a time, cut wherever it ended.
    const database = openDatabase(historianPath(bench.folder), { durability: "normal" });
    for (let first = 0; first < gone; first += 1000) {
      const series = columns(...all.slice(first, Math.min(first + 1000, gone)));
      const { codec, body } = encodeFigures(minutesOf(series, 0, series.count), MINUTES_CODEC);
      const id = first + 1;
      database
        .prepare(
          "INSERT INTO figures (id, tag, first_timestamp, last_timestamp, chunk, codec, body) VALUES (?, 1, ?, ?, NULL, ?, ?)",
        )
        .run(id, series.timestamps[0], series.timestamps[series.count - 1], codec, body.subarray(0, 970));
      database.prepare("INSERT INTO figures_rest VALUES (?, ?)").run(id * 1024, body.subarray(970));
    }
    database.close();
    await bench.reopen();
    expect(bench.count("pending_unit")).toBe(0);
    bench.clock.stepWall(48 * HOUR_MS);
    bench.clock.advance(61_000);
    expect(bench.count("old_figures") + bench.count("old_figures_rest") + bench.count("pending_unit")).toBe(0);
    const end = T0 + 40 * HOUR;
    for (const [from, each] of [
      [T0, HOUR],
      [T0 + HOUR, MINUTE],
    ] as const) {
      const since = all.filter(({ sourceTimestamp }) => sourceTimestamp >= from);
      const { figures } = intervals(bench.folder, from, end, each, end);
      expect(figures).toEqual(alike(plainFigures(since, [from, end, each], end)));
    }
    expectCells(bench.folder, "minutes", all);
    expect(expectCells(bench.folder, "hours", all)).toHaveLength(40);
  });
});

it("units whose figures are not made yet are counted, over a restart and a transaction rolled back too", async () => {
  const bench = await historianBench();
  expect(bench.publisher.unitsWaiting).toBe(0);
  await bench.publisher.close();
  const database = openDatabase(historianPath(bench.folder), { durability: "normal" });
  const pending = new PendingUnits(database);
  for (const unit of [7, 7, 8, 9]) for (const tagNumber of [1, 2]) pending.noteUnit(tagNumber, unit);
  expect([pending.count, bench.count("pending_unit")]).toEqual([6, 6]);
  pending.remove({ tag: 1, unit: 8 });
  pending.remove({ tag: 1, unit: 8 });
  expect(pending.count).toBe(5);
  database.exec("BEGIN");
  pending.noteUnit(1, 30);
  database.exec("ROLLBACK");
  pending.forget(database);
  expect(pending.count).toBe(5);
  database.close();
  await bench.reopen();
  expect(bench.publisher.unitsWaiting).toBe(5);
  bench.publisher.compactAll();
  expect([bench.publisher.unitsWaiting, bench.count("pending_unit")]).toEqual([0, 0]);
});
