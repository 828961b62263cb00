/** What this process has used so far, and the most memory it ever had.
 *  drain process, plain client → [process use] → rows */
import { readFileSync } from "node:fs";

/** Printed as one line of JSON behind `result `. */
export interface WriteResult {
  readonly samples: number;
  /** In which they were written, the first second left out: a station runs for months. */
  readonly seconds: number;
  readonly cpuSeconds: number;
  readonly peakBytes: number;
}

/** User and system, all threads. */
export function cpuSeconds(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
}

export function peakBytes(pid: number | "self" = "self"): number {
  return Number(/VmHWM:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1]) * 1024;
}
