/** What reading costs: the OT station, and Node-RED after it on the same simulated devices.
 *  field case → simulator ← OT station, Node-RED → [measure field] → row */
import { mkdtempSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { freeTcpPort } from "../../support/free-port.ts";
import type { BenchContext, BenchRow, Figures } from "../bench-section.ts";
import type { Child } from "../stations/child.ts";
import { type FieldCase, type NodeRedFlow, scenarioOf, stationDevices } from "./field-case.ts";
import { findNodeRed, INSTALL_NODE_RED, type NodeRedHere, startNodeRed } from "./node-red.ts";
import { latenessMs, startReadingStation } from "./reading-station.ts";
import { type Simulator, startSimulator } from "./simulator.ts";

const SECONDS = 15;
/** Compilers, caches and connections settle. */
const WARM_UP_MS = 6000;
/** It loads its nodes first. */
const NODE_RED_WARM_UP_MS = 10_000;

/** A row per flow of Node-RED, the station's own figures in each; one row without. */
export async function measureField(read: FieldCase, { folder: parent, say }: BenchContext): Promise<BenchRow[]> {
  const folder = mkdtempSync(join(parent, "field-"));
  const simulator = await startSimulator(folder, scenarioOf(read));
  try {
    say(read.name);
    const figures = await measureStation(folder, read, simulator);
    if (read.beside.length === 0) return [{ case: read.name, figures }];
    const here = findNodeRed();
    if (here === undefined) {
      say(`to compare with Node-RED: ${INSTALL_NODE_RED}`);
      return [{ case: read.name, figures, peer: { name: "Node-RED", figures: { "reads/s": "not installed" } } }];
    }
    const rows: BenchRow[] = [];
    for (const flow of read.beside) {
      say(`${here.name}, ${flow}`);
      const peer = await measureNodeRed(folder, here, read, simulator, flow);
      const ratio = peer[COST] / figures[COST];
      const name = `${here.name}, ${flow}`;
      rows.push({ case: read.name, figures, peer: { name, figures: peer }, ratio, limit: "≥ 3× less CPU per read" });
    }
    return rows;
  } finally {
    await simulator.child.stop();
  }
}

/** All threads of the station's process, or Node-RED's, per million values read. */
const COST = "cpu s/M reads";
type ReaderFigures = Figures & { readonly [COST]: number };

async function measureStation(folder: string, read: FieldCase, simulator: Simulator): Promise<ReaderFigures> {
  const nodeArguments = process.env.BENCH_CPU_PROFILE === undefined ? [] : profiling(process.env.BENCH_CPU_PROFILE);
  const devices = stationDevices(read, simulator.ports);
  const station = await startReadingStation(join(folder, "station"), devices, read.scanPeriodMs, nodeArguments);
  try {
    await sleep(WARM_UP_MS);
    const from = await station.counts();
    const cost = await measureReader(station.child, read, simulator, async () => (await station.counts()).samplesRead);
    const to = await station.counts();
    const scans = to.scans - from.scans;
    return {
      ...cost,
      ...(scans === 0
        ? {}
        : {
            "late p99, ms ≤": latenessMs(from, to, 0.99),
            "scans missed": to.scansMissed - from.scansMissed,
          }),
    };
  } finally {
    await station.child.stop();
  }
}

function profiling(folder: string): string[] {
  return ["--cpu-prof", `--cpu-prof-dir=${folder}`];
}

async function measureNodeRed(
  folder: string,
  here: NodeRedHere,
  read: FieldCase,
  simulator: Simulator,
  flow: NodeRedFlow,
): Promise<ReaderFigures> {
  const child = startNodeRed(join(folder, flow), here, read, simulator.ports, flow, await freeTcpPort());
  try {
    await sleep(NODE_RED_WARM_UP_MS);
    return await measureReader(child, read, simulator, async () => (await simulator.counts()).valuesServed);
  } finally {
    await child.stop();
  }
}

/** @param readsOf  values read so far: as the station counts them, or, for Node-RED, as the simulator served them. */
async function measureReader(
  child: Child,
  { tagsPerDevice, protocol }: FieldCase,
  simulator: Simulator,
  readsOf: () => Promise<number>,
): Promise<ReaderFigures> {
  const look = async () => ({
    ms: performance.now(),
    cpu: child.cpuSeconds(),
    simulatorCpu: simulator.child.cpuSeconds(),
    requests: (await simulator.counts()).requests,
    reads: await readsOf(),
  });
  const from = await look();
  let rssBytes = 0;
  for (let second = 0; second < SECONDS; second++) {
    await sleep(1000);
    rssBytes = Math.max(rssBytes, child.rssBytes());
  }
  const to = await look();
  const seconds = (to.ms - from.ms) / 1000;
  const reads = to.reads - from.reads;
  const least = (reads / tagsPerDevice) * protocol.leastRequests(tagsPerDevice);
  return {
    "reads/s": Math.round(reads / seconds),
    [COST]: ((to.cpu - from.cpu) / reads) * 1e6,
    "% of a core": ((to.cpu - from.cpu) / seconds) * 100,
    MB: Math.round(rssBytes / 1e6),
    ...(least === 0 ? {} : { "requests/least": (to.requests - from.requests) / least }),
    "simulator % of a core": ((to.simulatorCpu - from.simulatorCpu) / seconds) * 100,
  };
}
