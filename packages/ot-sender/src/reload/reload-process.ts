/** The reload process's entry: reads and compares while the station goes on scanning, then ends.
 *  compose → [reload process: plan reload] → compose */
import { setPriority } from "node:os";
import { answerParent, collectGarbage, createLog, readConfigText, StationError, systemClock } from "@nonreturn/station";
import { planReload } from "./plan-reload.ts";
import type { FromReload, ReloadQuestion } from "./reload-port.ts";

/** Scanning comes first where processors are scarce. */
const NICENESS = 10;

setPriority(NICENESS);
answerParent<ReloadQuestion, FromReload>(({ path, running }) => {
  try {
    const log = createLog({ name: "ot/reload", level: "warn" });
    const surroundings = { clock: systemClock, log, collectGarbage };
    return { type: "plan", plan: planReload(running, readConfigText(path), path, surroundings) };
  } catch (error) {
    if (!(error instanceof StationError)) throw error;
    const { code, what, where, action } = error;
    return { type: "refused", error: { code, what, action, ...(where === undefined ? {} : { where }) } };
  }
});
