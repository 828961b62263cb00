/** What one check of the machine found, and what all of them mean for the start.
 *  machine checks → [finding] → preflight command, run */
import { StationError } from "../station-error.ts";

export const CHECK_NAMES = [
  "system",
  "interface",
  "mtu",
  "quiet",
  "route",
  "neighbour",
  "rules",
  "forwarding",
  "buffers",
  "clock",
  "disk",
  "keys",
] as const;
export type CheckName = (typeof CHECK_NAMES)[number];

export interface Finding {
  readonly check: CheckName;
  /** "unknown": this user or this machine cannot tell; it stops nothing, and is said. */
  readonly state: "ok" | "failed" | "unknown";
  /** What is so, one clause. */
  readonly what: string;
  /** What to do about it, a command where there is one. Empty where all is well. */
  readonly remedy: string;
}

export const ok = (check: CheckName, what: string): Finding => ({ check, state: "ok", what, remedy: "" });
export const failed = (check: CheckName, what: string, remedy: string): Finding => ({
  check,
  state: "failed",
  what,
  remedy,
});
export const unknown = (check: CheckName, what: string, remedy: string): Finding => ({
  check,
  state: "unknown",
  what,
  remedy,
});

/** Checks that the operator has accepted in the configuration (preflight.accept) stop nothing. */
export type Accepted = readonly CheckName[];

export function describeFinding({ check, state, what, remedy }: Finding, accepted: Accepted): string {
  const word = state === "failed" ? (accepted.includes(check) ? "accepted" : "FAILED") : state;
  return `${word.padEnd(9)} ${check.padEnd(10)} ${what}${remedy === "" ? "" : `\n${" ".repeat(21)}→ ${remedy}`}`;
}

/**
 * @param findings  "described": the person who reads the error has just read every finding.
 * @throws {StationError} PREFLIGHT_FAILED if a check failed that is not accepted.
 */
export function demandPassed(all: readonly Finding[], accepted: Accepted, findings: "described" | "unseen"): void {
  const bad = all.filter(({ state, check }) => state === "failed" && !accepted.includes(check));
  if (bad.length === 0) return;
  const told =
    findings === "described"
      ? { what: bad.map(({ check }) => check).join(", "), remedy: "Do what stands behind each arrow." }
      : {
          what: bad.map(({ check, what }) => `${check}: ${what}`).join("; "),
          remedy: bad.map(({ remedy }) => remedy).join(" · "),
        };
  throw new StationError({
    code: "PREFLIGHT_FAILED",
    what: `the machine is not ready for production: ${told.what}`,
    where: "preflight",
    action: `${told.remedy} (station.mode: lab starts without these checks, and says LAB everywhere.)`,
  });
}
