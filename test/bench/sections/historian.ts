/** The historian's file: bytes per sample at rest, how fast it takes samples, and how long a month of one tag takes.
 *  plant signals, or recordings → [historian] → rows */
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { seededRandom } from "../../../hardware-sim/src/index.ts";
import {
  COMPACTION,
  HistorianPublisher,
} from "../../../packages/it-receiver/src/publishers/historian/historian-publisher.ts";
import { historianPath } from "../../../packages/it-receiver/src/publishers/historian/index.ts";
import { progressStep } from "../../../packages/it-receiver/src/publishers/progress.ts";
import { openHistory } from "../../../packages/it-receiver/src/publishers/registry.ts";
import { HistoryQueries } from "../../../packages/it-receiver/src/publishers/rest/history-queries.ts";
import { usualIntervals } from "../../../packages/it-receiver/src/publishers/rest/usual-intervals.ts";
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

export const section: BenchSection = {
  name: "historian",
  about: `a month of ${TAGS} tags at 1 s: bytes per sample in the file, samples/s taken, ms for at most ${POINTS} intervals of one tag`,
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
    keepForMs: undefined,
    keepBytes: undefined,
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
  return {
    "bytes/sample": usedBytes(historianPath(folder)) / (SECONDS * TAGS),
    "samples/s": (SECONDS * TAGS * 1000) / busyMs,
    ...(await queries(folder)),
  };
}

/** The middle one of several, each of another tag. */
async function queries(folder: string): Promise<Figures> {
  const history = new HistoryQueries(() => openHistory(folder), systemClock);
  const { from, to, each } = usualIntervals(T0, T0 + SECONDS * 1_000_000, POINTS);
  const timesOf = async (interval: number, begin: number): Promise<number> => {
    const times: number[] = [];
    for (let tag = 0; tag < QUERIES; tag++) {
      const startedMs = performance.now();
      await history.intervals(`plant/tag-${tag + 1}`, begin, to, interval);
      times.push(performance.now() - startedMs);
    }
    return times.sort((a, b) => a - b)[QUERIES >> 1]!;
  };
  const figures = {
    [`ms for ${(to - from) / each} points`]: await timesOf(each, from),
    "ms where samples are read": await timesOf(1_296_000_000, from + 12_345_678),
  };
  await history.close();
  return figures;
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
