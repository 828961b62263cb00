/** The reload thread's entry: reads and compares while main goes on scanning, then ends.
 *  main → [reload worker: plan reload] → main */
import { setPriority } from "node:os";
import {
  collectGarbage,
  createLog,
  readConfigText,
  StationError,
  systemClock,
  workerPort,
  workerSettings,
} from "@nonreturn/station";
import { planReload } from "./plan-reload.ts";
import type { FromReload, ReloadWorkerInput } from "./reload-port.ts";

const NICENESS = 10;

/** Scanning comes first where processors are scarce. Linux sets it for this thread alone; elsewhere it would be the whole process. */
if (process.platform === "linux") setPriority(NICENESS);

const { path, running } = workerSettings<ReloadWorkerInput>();
const main = workerPort<FromReload, never>();

try {
  const log = createLog({ name: "ot/reload", level: "warn" });
  const plan = planReload(running, readConfigText(path), path, { clock: systemClock, log, collectGarbage });
  const { text, tags, report } = plan;
  const buffers = [text, tags, report.at, report.deadbands, report.maximumSilenceMs, report.carried];
  main.post(
    { type: "plan", plan },
    buffers.map(({ buffer }) => buffer),
  );
} catch (error) {
  if (!(error instanceof StationError)) throw error;
  const { code, what, where, action } = error;
  main.post({ type: "refused", error: { code, what, action, ...(where === undefined ? {} : { where }) } });
}
