/** What both stations do and cost between two moments.
 *  line → [measure] → rows of the sections */
import { setTimeout as sleep } from "node:timers/promises";
import type { Line, StationStatus } from "./line.ts";

export interface Measured {
  readonly seconds: number;
  /** Samples that the IT station recorded, on disk. */
  readonly recorded: number;
  readonly cpuSeconds: { readonly ot: number; readonly it: number };
  /** Highest of one look per second. */
  readonly rssBytes: { readonly ot: number; readonly it: number };
}

/** @param seconds  how long, after `warmUpSeconds` in which compilers and caches settle. */
export async function measure(line: Line, seconds: number, warmUpSeconds = 5): Promise<Measured> {
  await sleep(warmUpSeconds * 1000);
  const rss = { ot: 0, it: 0 };
  const from = await look(line);
  for (let second = 0; second < seconds; second++) {
    await sleep(1000);
    rss.ot = Math.max(rss.ot, line.ot.rssBytes());
    rss.it = Math.max(rss.it, line.it.rssBytes());
  }
  const to = await look(line);
  return {
    seconds: to.atSeconds - from.atSeconds,
    recorded: figure(to.it, "record_samples_recorded_total") - figure(from.it, "record_samples_recorded_total"),
    cpuSeconds: { ot: to.cpu.ot - from.cpu.ot, it: to.cpu.it - from.cpu.it },
    rssBytes: rss,
  };
}

/** 0 where the station does not have it. */
export function figure(status: StationStatus, name: string): number {
  return status.figures[name] ?? 0;
}

async function look(line: Line) {
  const it = await line.status("it");
  return {
    it,
    atSeconds: performance.now() / 1000,
    cpu: { ot: line.ot.cpuSeconds(), it: line.it.cpuSeconds() },
  };
}
