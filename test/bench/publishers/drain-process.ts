/** A process that publishes what a store holds with the station's own publishers thread, and says what it took.
 *  filled store → [drain process: store reader, runner, publisher] → far side */
import { cpuSeconds, peakBytes, type WriteResult } from "./process-use.ts";
import { startPublishersThread } from "./publishers-thread.ts";

export interface DrainSettings {
  readonly folder: string;
  /** One item of `publishers:`. */
  readonly publisher: Readonly<Record<string, unknown>>;
  /** Of the store, once it is full. */
  readonly samples: number;
  /** What is not published by then is left. */
  readonly seconds: number;
}

const settings = JSON.parse(process.argv[2]!) as DrainSettings;
const { worker } = startPublishersThread(settings.folder, [settings.publisher], "warn");

interface Look {
  readonly ms: number;
  readonly cpu: number;
  readonly samples: number;
}
/** Once a second, from the first that shows anything published. */
const looks: Look[] = [];
const done = Promise.withResolvers<void>();

worker.onMessage((message) => {
  if (message.type !== "figures") return;
  const [status] = message.publishers;
  const samples = status?.progress?.samples ?? 0;
  if (status?.state === "running") console.log("running"); // the tags are told before anything else
  if (status?.state === "waiting") console.error(status.reason);
  if (samples > 0) looks.push({ ms: performance.now(), cpu: cpuSeconds(), samples });
  if (samples >= settings.samples || looks.length > settings.seconds) done.resolve();
});

await Promise.race([done.promise, worker.exited]);
// In the last second before the end of the store it may have rested.
if (looks.length > 2 && looks.at(-1)!.samples >= settings.samples) looks.pop();
const [first, last] = [looks[0]!, looks.at(-1)!];
const result: WriteResult = {
  samples: last.samples - first.samples,
  seconds: (last.ms - first.ms) / 1000,
  cpuSeconds: last.cpu - first.cpu,
  peakBytes: peakBytes(),
};
console.log(`result ${JSON.stringify(result)}`);
process.exit(0);
