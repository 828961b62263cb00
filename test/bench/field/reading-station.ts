/** An OT station as a user runs it: reading, report, journal, link. Nobody listens at the far end of its link.
 *  field case, ports of the simulator → [reading station] → figures */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { stringify } from "yaml";
import { controlRequest } from "../../../packages/station/src/index.ts";
import { type Child, startChild } from "../stations/child.ts";
import { OT, pairStations } from "../stations/pairing.ts";

/** "discard" (RFC 863). */
const NOBODY = "127.0.0.1:9";

export interface ScanCounts {
  readonly samplesRead: number;
  readonly samplesReported: number;
  readonly scans: number;
  readonly scansMissed: number;
  /** Scans that began at most so many seconds late, by `le` as Prometheus writes it; cumulative. */
  readonly late: ReadonlyMap<string, number>;
}

export interface ReadingStation {
  readonly child: Child;
  /** @param of  channels whose name contains it; all if left out. */
  counts(of?: readonly string[]): Promise<ScanCounts>;
}

/** @param folder  of this station alone. @param nodeArguments  e.g. --cpu-prof. */
export async function startReadingStation(
  folder: string,
  devices: readonly object[],
  scanPeriodMs: number,
  nodeArguments: readonly string[] = [],
): Promise<ReadingStation> {
  mkdirSync(folder, { recursive: true });
  const file = (name: string): string => join(folder, name);
  const it = { station: { name: "bench-it", dataFolder: "./it", mode: "lab" }, link: { listen: "127.0.0.1:0" } };
  writeFileSync(file("it.yaml"), stringify(it));
  pairStations(folder);
  const ot = {
    station: { name: "bench-ot", dataFolder: "./ot", mode: "lab" },
    link: { destination: NOBODY, rate: "900Mbit", secondPass: "off" },
    log: { level: "warn" },
    scanClasses: { normal: `${scanPeriodMs}ms` },
    devices,
  };
  writeFileSync(file("ot.yaml"), JSON.stringify(ot)); // which is YAML
  const child = startChild(
    "ot",
    process.execPath,
    [...nodeArguments, OT, "run", "--config", file("ot.yaml")],
    file("ot.log"),
  );
  try {
    await child.event("running");
  } catch (error) {
    await child.stop();
    throw error;
  }
  return {
    child,
    async counts(of) {
      const status = await controlRequest(file("ot/control.sock"), "GET", "/status");
      return countsOf((status as { readonly figures: Readonly<Record<string, number>> }).figures, of);
    },
  };
}

function countsOf(figures: Readonly<Record<string, number>>, of: readonly string[] | undefined): ScanCounts {
  const isWanted = (key: string): boolean => of === undefined || of.some((name) => key.includes(name));
  const sum = (name: string): number =>
    Object.entries(figures).reduce(
      (total, [key, value]) => total + (key.startsWith(`${name}{`) && isWanted(key) ? value : 0),
      0,
    );
  const late = new Map<string, number>();
  for (const [key, value] of Object.entries(figures)) {
    const le = /^scans_late_total\{.*le="([^"]+)"/.exec(key)?.[1];
    if (le !== undefined && isWanted(key)) late.set(le, (late.get(le) ?? 0) + value);
  }
  return {
    samplesRead: figures.samples_read_total ?? 0,
    samplesReported: figures.samples_reported_total ?? 0,
    scans: sum("scans_total"),
    scansMissed: sum("scans_missed_total"),
    late,
  };
}

/** Upper bound in ms of the class of lateness in which the quantile of the scans between two moments lies. @param share  0 … 1 */
export function latenessMs(from: ScanCounts, to: ScanCounts, share: number): number {
  const classes = [...to.late]
    .map(([le, count]) => ({
      ms: le === "+Inf" ? Number.POSITIVE_INFINITY : Number(le) * 1000,
      count: count - (from.late.get(le) ?? 0),
    }))
    .sort((a, b) => a.ms - b.ms);
  const all = classes.at(-1)?.count ?? 0;
  if (all === 0) return 0;
  return classes.find(({ count }) => count >= share * all)!.ms;
}
