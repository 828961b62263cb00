/** Publishes numbered blocks to a historian as fast as it can, until it is killed. Started by crash.test.ts.
 *  crash test → [crash child] → historian.db */
import { createLog, systemClock } from "@nonreturn/station";
import { HistorianPublisher } from "../../../src/publishers/historian/historian-publisher.ts";
import { historianPath } from "../../../src/publishers/historian/schema.ts";
import { progressStep } from "../../../src/publishers/progress.ts";
import { crashEntry } from "./crash-blocks.ts";

const folder = process.argv[2] ?? "";
const publisher = new HistorianPublisher({
  path: historianPath(folder),
  publisher: "historian",
  keep: {},
  compaction: { beginSamples: 2000, beginAfterMs: 1000, roundSamples: 3000 },
  clock: systemClock,
  log: createLog({ name: "child", level: "warn" }),
});
await publisher.connect();
const { signal } = new AbortController();
for (let position = (publisher.progress?.load()?.live ?? 0) + 1; ; position++) {
  const entry = crashEntry(position);
  await publisher.publish([entry], signal, progressStep({ live: position, samples: entry.samples.count, batches: 1 }));
  process.stdout.write(`published ${position}\n`);
  // Let slices of compaction run in between, as they do in the station.
  await new Promise((resolve) => setTimeout(resolve, position % 3));
}
