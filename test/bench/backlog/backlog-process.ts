/** An IT station from its store on, as a process: a store that holds a backlog, live blocks recorded into it at their rate, and the station's
 *  own publishers thread. What comes before the store (UDP, opening) is the sections `intake` and `line`.
 *  filled store → [backlog process: record, publishers thread] → far sides; figures → its parent */
import type { RunnerStatus } from "../../../packages/it-receiver/src/publishers/runner-status.ts";
import { systemClock } from "../../../packages/station/src/index.ts";
import { type ChainEnd, FilledStore } from "../publishers/filled-store.ts";
import { cpuSeconds } from "../publishers/process-use.ts";
import { startPublishersThread } from "../publishers/publishers-thread.ts";
import { SAMPLES_PER_SCAN, SCAN_MS, STEADY_TAGS, steadyScan } from "./steady-plant.ts";

export interface BacklogSettings {
  readonly folder: string;
  /** Items of `publishers:`. */
  readonly publishers: readonly Readonly<Record<string, unknown>>[];
  readonly end: ChainEnd;
  /** The number of the first live one. */
  readonly firstScan: number;
}

/** To the parent, once a second. */
export interface BacklogFigures {
  readonly publishers: readonly RunnerStatus[];
  /** Live samples recorded so far. */
  readonly recorded: number;
  /** quiet: no more will be recorded. */
  readonly plant: "live" | "quiet";
  /** Of the last live block. */
  readonly position: number;
  readonly cpuSeconds: number;
}

/** From the parent: record live blocks, or no more of them; end. */
export type BacklogOrder = "live" | "quiet" | "stop";

const settings = JSON.parse(process.argv[2]!) as BacklogSettings;
const store = new FilledStore(settings.folder, STEADY_TAGS, settings.end);
const { worker, recorded: publishers } = startPublishersThread(settings.folder, settings.publishers, "error");

let scan = settings.firstScan;
let position = 0;
let plant: BacklogFigures["plant"] = "live";
let cancel: (() => void) | undefined;

function record(): void {
  const time = systemClock.nowUtcMicros();
  position = store.add("live", [{ samples: steadyScan(scan++, time), sealedAt: time }]).live;
  publishers.post({ type: "recorded", live: position, late: 0 });
}

worker.onMessage((message) => {
  if (message.type !== "figures") return;
  const recorded = (scan - settings.firstScan) * SAMPLES_PER_SCAN;
  const figures: BacklogFigures = {
    publishers: message.publishers,
    recorded,
    plant,
    position,
    cpuSeconds: cpuSeconds(),
  };
  process.send?.(figures);
});
process.on("message", (order: BacklogOrder) => {
  if (order === "live") cancel ??= systemClock.every(SCAN_MS, record);
  else if (order === "quiet") {
    cancel?.();
    plant = "quiet";
  } else worker.post({ type: "stop" });
});
process.once("disconnect", () => process.exit(1));
await worker.exited;
store.close();
process.exit(0);
