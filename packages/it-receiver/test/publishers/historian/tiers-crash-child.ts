/** Publishes numbered blocks to a historian that compacts, makes figures and removes old samples thousands of times as often as usual, until it is killed.
 *  tiers crash test → [tiers crash child] → historian.db */
import { type Clock, createLog, systemClock } from "@nonreturn/station";
import { HistorianPublisher } from "../../../src/publishers/historian/historian-publisher.ts";
import { historianPath } from "../../../src/publishers/historian/schema.ts";
import { progressStep } from "../../../src/publishers/progress.ts";
import { blockEntry, isLate, lateBefore, timeOf } from "./tiers-crash-blocks.ts";

const FASTER = 5000;
const HOUR_MS = 3_600_000;

let block = 1;
const clock: Clock = {
  nowUtcMicros: () => timeOf(block),
  monotonicMs: () => systemClock.monotonicMs() * FASTER,
  after: (delayMs, callback) => systemClock.after(delayMs / FASTER, callback),
  every: (periodMs, callback) => systemClock.every(periodMs / FASTER, callback),
};
const publisher = new HistorianPublisher({
  path: historianPath(process.argv[2] ?? ""),
  publisher: "historian",
  keep: { samplesMs: 6 * HOUR_MS, minutesMs: 24 * HOUR_MS },
  compaction: { beginSamples: 500, beginAfterMs: 1000, roundSamples: 2000 },
  clock,
  log: createLog({ name: "child", level: "warn" }),
});
await publisher.connect();
const { signal } = new AbortController();

async function publish(number: number): Promise<void> {
  const entry = blockEntry(number);
  const { count } = entry.samples;
  await publisher.publish([entry], signal, progressStep({ [entry.lane]: number, samples: count, batches: 1 }));
}

const { live = 0, late = 0 } = publisher.progress?.load() ?? {};
let lateThrough = late;
for (block = live + 1; ; block++) {
  for (; lateThrough + 5 <= lateBefore(block); lateThrough += 5) await publish(lateThrough + 5);
  if (!isLate(block)) await publish(block);
  process.stdout.write(`published ${block}\n`);
  await new Promise((resolve) => setTimeout(resolve, 1 + (block % 3)));
}
