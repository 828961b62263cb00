/** Production or lab: what the mode means before the first thread starts, and how it shows afterwards.
 *  configuration, preflight → [start mode] → run, status, metrics, log */
import { z } from "zod";
import type { Log } from "../log/log.ts";
import { Figures } from "../metrics/figures.ts";
import { CHECK_NAMES, demandPassed } from "./finding.ts";
import type { Preflight } from "./preflight-command.ts";

export type StationMode = "lab" | "production";

export const preflightSection = z
  .strictObject({
    accept: z
      .array(z.enum(CHECK_NAMES))
      .max(CHECK_NAMES.length)
      .default([])
      .meta({ description: "checks that may fail in production; each start names them in the log" }),
  })
  .prefault({});

/**
 * In production every finding that is not ok is in the log, and a failed check that nobody accepted ends the start.
 *
 * @throws {StationError} PREFLIGHT_FAILED
 */
export function enterMode(mode: StationMode, log: Log, preflight: () => Preflight): void {
  if (mode === "lab") {
    log.warn("LAB mode: the machine was not checked; not for a plant");
    return;
  }
  const { findings, accepted } = preflight();
  for (const { check, state, what, remedy } of findings)
    if (state !== "ok") log.warn({ check, state, what, remedy }, "preflight");
  demandPassed(findings, accepted, "unseen");
}

/** Every line of a lab station's log says so. */
export function markLog(mode: StationMode, log: Log): Log {
  return mode === "lab" ? log.child({ mode: "LAB" }) : log;
}

/** `nonreturn_<prefix>_lab_mode` */
export function modeFigures(prefix: string, mode: StationMode): Figures {
  const figures = new Figures(prefix, [
    { name: "lab_mode", kind: "gauge", help: "1 in LAB mode: the machine was not checked; 0 in production" },
  ]);
  figures.set("lab_mode", mode === "lab" ? 1 : 0);
  return figures;
}

/** What follows the state in a status for people. */
export function modeWord(mode: string | undefined): string {
  return mode === undefined ? "" : mode === "lab" ? ", LAB" : `, ${mode}`;
}
