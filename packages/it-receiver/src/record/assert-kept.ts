/** Says that a station has kept nothing yet, where a command would read what it keeps.
 *  store.db, historian.db → [assert kept] → gaps, verify and sql commands */
import { existsSync } from "node:fs";
import { StationError } from "@nonreturn/station/thread";

/** @throws {StationError} STORE_MISSING if there is no such file. */
export function assertKept(path: string, kept: "blocks" | "history"): void {
  if (existsSync(path)) return;
  throw new StationError({
    code: "STORE_MISSING",
    what: kept === "blocks" ? "this station has recorded nothing yet" : "this station has no history yet",
    where: path,
    action:
      kept === "blocks"
        ? "Start it with: nonreturn-it run. Check station.dataFolder if it did run."
        : "Configure a publisher of type historian and start the station with: nonreturn-it run. Check station.dataFolder if it did run.",
  });
}
