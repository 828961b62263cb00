/** A real configuration file of 100,000 Modbus tags: what its start and its reloads take, and whether they disturb the scan.
 *  simulator ← OT station ← files → [large file] → rows */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { controlRequest } from "../../../packages/station/src/index.ts";
import type { BenchContext, BenchRow, BenchSection, Figures } from "../bench-section.ts";
import { type FieldCase, scenarioOf, stationDevices } from "../field/field-case.ts";
import { MODBUS } from "../field/protocols.ts";
import { latenessMs, type ReadingStation, startReadingStation } from "../field/reading-station.ts";
import { startSimulator } from "../field/simulator.ts";

const READ: FieldCase = {
  name: "100,000 tags at 1 s, all change",
  devices: 20,
  tagsPerDevice: 5000,
  scanPeriodMs: 1000,
  motion: "moving",
  protocol: MODBUS,
  beside: [],
};
const PROBE = join(import.meta.dirname, "../stations/pause-probe.ts");
const SECONDS = 15;
const RELOAD_MS = 120_000;
/** The pages of a thread that has ended are kept for eight seconds. */
const SETTLED_MS = 12_000;

type Device = Readonly<Record<string, unknown>> & { readonly tags: readonly object[] };

/** One key of every tag of some devices. */
function withKey(devices: readonly Device[], count: number, key: object): Device[] {
  return devices.map((device, index) =>
    index < count ? { ...device, tags: device.tags.map((tag) => ({ ...tag, ...key })) } : device,
  );
}

/** In the order in which the file changes. */
const RELOADS: readonly {
  readonly name: string;
  readonly opened: number;
  readonly devices: number;
  readonly key: object;
}[] = [
  { name: "reload, one device of 20 opened anew", opened: 1, devices: 1, key: { scale: 0.1 } },
  { name: "reload, deadband of every tag", opened: 0, devices: 20, key: { deadband: 2 } },
  { name: "reload, every device opened anew", opened: 20, devices: 20, key: { scale: 0.5 } },
];

export const section: BenchSection = {
  name: "large-file",
  about:
    "an OT station with a file of 100,000 Modbus tags: memory at start, in the run and over reloads; ≤ 400 MB, late p99 ≤ 100 ms",
  run: measureLargeFile,
};

async function measureLargeFile({ folder, say }: BenchContext): Promise<BenchRow[]> {
  const simulator = await startSimulator(folder, scenarioOf(READ));
  const pauses = join(folder, "pauses");
  writeFileSync(pauses, "");
  process.env.BENCH_PAUSES = pauses;
  const place = join(folder, "station");
  let devices = stationDevices(READ, simulator.ports) as Device[];
  const startedMs = performance.now();
  const station = await startReadingStation(place, devices, READ.scanPeriodMs, ["--import", PROBE]);
  try {
    const startSeconds = (performance.now() - startedMs) / 1000;
    const rows: BenchRow[] = [];
    const note = (name: string, figures: Figures): void => void rows.push({ case: name, figures, limit: "≤ 400 MB" });
    say(`${READ.name}: start`);
    await sleep(8000);
    note("start", { seconds: startSeconds, ...(await memory(station)) });
    say(`run, ${SECONDS} s`);
    note("run", await during(station, pauses, [""], () => sleep(SECONDS * 1000)));
    for (const { name, opened, devices: changed, key } of RELOADS) {
      say(name);
      devices = withKey(devices, changed, key);
      const file = join(place, "ot.yaml");
      const before = JSON.parse(readFileSync(file, "utf8")) as object;
      writeFileSync(file, JSON.stringify({ ...before, devices }));
      let seconds = 0;
      const kept = devices.slice(opened).map(({ port }) => `127.0.0.1:${String(port)}`);
      const figures = await during(station, pauses, kept, async () => {
        const fromMs = performance.now();
        await controlRequest(join(place, "ot/control.sock"), "POST", "/reload", { path: file }, RELOAD_MS);
        seconds = (performance.now() - fromMs) / 1000;
        await sleep(1000);
      });
      await sleep(SETTLED_MS);
      note(name, { seconds, ...figures, ...(await memory(station)), "peak MB": figures["peak MB"]! });
    }
    return rows;
  } finally {
    await station.child.stop();
    await simulator.child.stop();
  }
}

async function memory({ child }: ReadingStation): Promise<Figures> {
  const peak = child.peakRssBytes();
  let most = 0;
  for (let second = 0; second < 3; second++) {
    most = Math.max(most, child.rssBytes());
    await sleep(1000);
  }
  return { MB: megabytes(most), "peak MB": megabytes(peak) };
}

/** @param channels  whose scans are counted: those that go on. */
async function during(
  station: ReadingStation,
  pauses: string,
  channels: readonly string[],
  work: () => Promise<unknown>,
): Promise<Figures> {
  const from = await station.counts(channels);
  station.child.forgetPeak();
  const fromMs = Date.now();
  await work();
  const to = await station.counts(channels);
  const longest = readFileSync(pauses, "utf8")
    .split("\n")
    .flatMap((line) => (line === "" ? [] : [JSON.parse(line) as { atMs: number; longestMs: number }]))
    .filter(({ atMs }) => atMs > fromMs)
    .map(({ longestMs }) => longestMs);
  return {
    MB: megabytes(station.child.rssBytes()),
    "peak MB": megabytes(station.child.peakRssBytes()),
    ...(channels.length === 0
      ? {}
      : { "late p99, ms ≤": latenessMs(from, to, 0.99), "scans missed": to.scansMissed - from.scansMissed }),
    "longest pause of main, ms": Math.round(Math.max(...longest)),
  };
}

function megabytes(bytes: number): number {
  return Math.round(bytes / 1e6);
}
