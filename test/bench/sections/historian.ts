/** The historian's file: bytes per sample at rest, how fast it takes samples, and how long a month and a year of one tag take.
 *  plant signals, or recordings → [historian] → rows */
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { seededRandom } from "../../../hardware-sim/src/index.ts";
import { UNIT_MICROS, unitOf, unitStart } from "../../../packages/it-receiver/src/publishers/historian/figure-units.ts";
import { FiguresWriter } from "../../../packages/it-receiver/src/publishers/historian/figures-table.ts";
import {
  COMPACTION,
  HistorianPublisher,
} from "../../../packages/it-receiver/src/publishers/historian/historian-publisher.ts";
import { historianPath } from "../../../packages/it-receiver/src/publishers/historian/index.ts";
import { hoursOf, minutesOf } from "../../../packages/it-receiver/src/publishers/historian/join-cells.ts";
import { openHistorian } from "../../../packages/it-receiver/src/publishers/historian/schema.ts";
import { progressStep } from "../../../packages/it-receiver/src/publishers/progress.ts";
import { openHistory } from "../../../packages/it-receiver/src/publishers/registry.ts";
import { HistoryQueries } from "../../../packages/it-receiver/src/publishers/rest/history-queries.ts";
import { type Intervals, usualIntervals } from "../../../packages/it-receiver/src/publishers/rest/usual-intervals.ts";
import { createLog, openDatabase, systemClock } from "../../../packages/station/src/index.ts";
import { SampleColumnsBuilder, type TagDefinition } from "../../../packages/wire-format/src/index.ts";
import type { BenchRow, BenchSection, Figures } from "../bench-section.ts";
import { generatedSignals, recordedSignals, STEPS } from "../plant/signals.ts";

/** A folder of CSV recordings (columns separated by ;) makes the signals instead of the generator. */
const RECORDINGS = process.env.BENCH_RECORDINGS;
const T0 = 1_795_420_800_000_000; // 2026-11-23T08:00:00Z
const SECONDS = 30 * 86_400;
const TAGS = 8;
const SCANS_PER_BLOCK = 1000;
const POINTS = 2000;
const QUERIES = 5;
const YEAR_SECONDS = 365 * 86_400;
const UNIT_SECONDS = UNIT_MICROS / 1_000_000;

export const section: BenchSection = {
  name: "historian",
  about: `a month of ${TAGS} tags at 1 s: bytes per sample in the file, samples/s taken, ms for at most ${POINTS} intervals of one tag; the same of a year of which only hours are left`,
  async run({ folder, say }): Promise<BenchRow[]> {
    const rows: BenchRow[] = [];
    for (const [name, jitterMicros] of [
      ["even times", 0],
      ["times that jitter by 3 ms", 3000],
    ] as const) {
      say(name);
      rows.push({
        case: `${RECORDINGS === undefined ? "synthetic plant" : "recordings"}, ${name}`,
        figures: await month(join(folder, String(jitterMicros)), jitterMicros),
        limit: "≤ 4 bytes/sample, < 200 ms",
      });
    }
    say("a year by hours");
    rows.push({ case: "a year by hours", figures: await year(join(folder, "year")), limit: "< 200 ms" });
    return rows;
  },
};

/** Steps of a recording before it repeats itself, a little less: what the shortest file has. */
const RECORDED_STEPS = 1024;

/**
 * The value of a tag at a second. Signals repeat, chunks are longer, and zstd would find that: so each turn takes another signal of the same
 * kind, and after all of them they run backwards.
 */
function plant(): (tag: number, second: number) => number {
  const signals = RECORDINGS === undefined ? generatedSignals(1) : recordedSignals(RECORDINGS);
  const steps = RECORDINGS === undefined ? STEPS : RECORDED_STEPS;
  const turns = Math.max(1, Math.floor(signals.length / TAGS));
  return (tag, second) => {
    const turn = Math.floor(second / steps);
    const step = second % steps;
    const backwards = Math.floor(turn / turns) % 2 === 1;
    return signals[(tag + (turn % turns) * TAGS) % signals.length]![backwards ? steps - 1 - step : step]!;
  };
}

async function month(folder: string, jitterMicros: number): Promise<Figures> {
  mkdirSync(folder, { recursive: true });
  const historian = new HistorianPublisher({
    path: historianPath(folder),
    publisher: "historian",
    keep: {},
    compaction: COMPACTION,
    clock: systemClock,
    log: createLog({ name: "bench", level: "silent" }),
  });
  await historian.connect();
  const valueAt = plant();
  const random = seededRandom(7, "jitter");
  const tags = Array.from({ length: TAGS }, (_, index) => definition(index + 1));
  const { signal } = new AbortController();
  let busyMs = 0;
  for (let second = 0, position = 1; second < SECONDS; second += SCANS_PER_BLOCK, position++) {
    const builder = new SampleColumnsBuilder(SCANS_PER_BLOCK * TAGS);
    for (let at = second; at < Math.min(SECONDS, second + SCANS_PER_BLOCK); at++) {
      const time = T0 + at * 1_000_000 + Math.floor(random() * jitterMicros);
      for (let tag = 0; tag < TAGS; tag++) builder.push(tag + 1, valueAt(tag, at), 0, time);
    }
    const samples = builder.take();
    const place = { origin: "journal", position, stream: 1, journalEpoch: 1, lane: "live" } as const;
    const identity = { stream: 1, sealingEpoch: 1, sequence: position };
    const startedMs = performance.now();
    const step = progressStep({ live: position, samples: samples.count, batches: 1 });
    await historian.publish([{ ...place, identity, samples, tagOf: (tagId) => tags[tagId - 1] }], signal, step);
    busyMs += performance.now() - startedMs;
  }
  const startedMs = performance.now();
  historian.compactAll();
  busyMs += performance.now() - startedMs;
  await historian.close();
  const path = historianPath(folder);
  const bytes = usedBytes(path);
  const times = await queries(folder);
  return {
    "bytes/sample": bytes / (SECONDS * TAGS),
    "bytes/minute": (bytes - bytesWithoutMinutes(path)) / ((SECONDS / 60) * TAGS),
    "samples/s": (SECONDS * TAGS * 1000) / busyMs,
    ...times,
  };
}

function bytesWithoutMinutes(path: string): number {
  const database = openDatabase(path, { durability: "normal" });
  database.exec("DELETE FROM figures WHERE tier = 1");
  database.close();
  return usedBytes(path);
}

/** Samples and minutes are gone, as after years: their hours are written as retention leaves them, each made of a sample a minute. */
async function year(folder: string): Promise<Figures> {
  mkdirSync(folder, { recursive: true });
  const database = openHistorian(historianPath(folder));
  const valueAt = plant();
  const figures = new FiguresWriter(database);
  const units = YEAR_SECONDS / UNIT_SECONDS;
  const firstUnit = unitOf(T0);
  for (let tag = 1; tag <= QUERIES; tag++) {
    const definedAs = definition(tag);
    database
      .prepare("INSERT INTO tag VALUES (?, 1, 1, ?, ?, 'FLOAT64', '', '', 'plc', NULL, NULL, 0)")
      .run(tag, tag, definedAs.path);
    database.prepare("INSERT INTO reduced VALUES (?, ?)").run(tag, unitStart(firstUnit + units));
    database
      .transaction(() => {
        for (let unit = 0; unit < units; unit++) {
          const builder = new SampleColumnsBuilder(UNIT_SECONDS / 60);
          for (let second = 0; second < UNIT_SECONDS; second += 60)
            builder.push(
              0,
              valueAt(tag - 1, unit * UNIT_SECONDS + second),
              0,
              unitStart(firstUnit + unit) + second * 1_000_000,
            );
          const series = builder.take();
          figures.putUnit(tag, firstUnit + unit, undefined, hoursOf(minutesOf(series, 0, series.count)));
        }
      })
      .immediate();
  }
  database.close();
  const { points, ms } = await timed(folder, usualIntervals(T0, T0 + YEAR_SECONDS * 1_000_000, POINTS));
  return {
    "bytes/hour and tag": usedBytes(historianPath(folder)) / ((YEAR_SECONDS / 3600) * QUERIES),
    [`ms for ${points} points`]: ms,
  };
}

/** The middle one of several, each of another tag. */
async function timed(folder: string, { from, to, each }: Intervals): Promise<{ points: number; ms: number }> {
  const history = new HistoryQueries(() => openHistory(folder), systemClock);
  const times: number[] = [];
  for (let tag = 0; tag < QUERIES; tag++) {
    const startedMs = performance.now();
    await history.intervals(`plant/tag-${tag + 1}`, from, to, each);
    times.push(performance.now() - startedMs);
  }
  await history.close();
  return { points: Math.ceil((to - from) / each), ms: times.sort((a, b) => a - b)[QUERIES >> 1]! };
}

async function queries(folder: string): Promise<Figures> {
  const usual = usualIntervals(T0, T0 + SECONDS * 1_000_000, POINTS);
  const { points, ms } = await timed(folder, usual);
  const odd = await timed(folder, { ...usual, from: usual.from + 12_345_678, each: 1_296_000_000 });
  return { [`ms for ${points} points`]: ms, "ms where samples are read": odd.ms };
}

function definition(tagId: number): TagDefinition {
  const path = `plant/tag-${tagId}`;
  const texts = { path, dataType: "FLOAT64", unit: "", description: "", device: "plc" } as const;
  return { tagId, ...texts, maximumSilenceMs: 0, retired: false };
}

function usedBytes(path: string): number {
  const database = openDatabase(path, { durability: "normal", readOnly: true });
  const pragma = (name: string): number => Number(database.pragma(name, { simple: true }));
  const bytes = (pragma("page_count") - pragma("freelist_count")) * pragma("page_size");
  database.close();
  return bytes;
}
