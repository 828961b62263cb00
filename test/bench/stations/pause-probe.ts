/** Loaded into a station by `--import`: writes down how long its main thread was held up at most.
 *  station's event loop → [pause probe] → file named by BENCH_PAUSES */
import { appendFileSync } from "node:fs";
import { monitorEventLoopDelay } from "node:perf_hooks";
import { isMainThread } from "node:worker_threads";

const file = process.env.BENCH_PAUSES;
const RESOLUTION_MS = 2;
const EVERY_MS = 500;

if (isMainThread && process.send === undefined && file !== undefined) {
  const delay = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
  delay.enable();
  setInterval(() => {
    appendFileSync(file, `${JSON.stringify({ atMs: Date.now(), longestMs: delay.max / 1e6 })}\n`);
    delay.reset();
  }, EVERY_MS).unref();
}
