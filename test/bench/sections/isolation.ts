/** How late scans of healthy devices begin before and while five others hang, trickle, reset, answer garbage and vanish.
 *  simulator ← OT station → [isolation] → rows */
import { mkdtempSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import type { BenchContext, BenchRow, BenchSection } from "../bench-section.ts";
import { deviceName, type FieldProtocol, scenarioOf, stationDevices } from "../field/field-case.ts";
import { ETHERNET_IP, MODBUS, OPCUA_POLLED, S7 } from "../field/protocols.ts";
import { latenessMs, type ScanCounts, startReadingStation } from "../field/reading-station.ts";
import { startSimulator } from "../field/simulator.ts";

const PROTOCOLS: readonly (readonly [string, FieldProtocol])[] = [
  ["Modbus", MODBUS],
  ["S7", S7],
  ["EtherNet/IP", ETHERNET_IP],
  ["OPC UA by polling", OPCUA_POLLED],
];

/** Those of the last devices. */
const FAULTS = [
  { kind: "silent" },
  { kind: "trickle", interval: "1s" },
  { kind: "reset", after: 5 },
  { kind: "garbage", keep: 0 },
  { kind: "half-open" },
];
const HEALTHY = 10;
const TAGS = 100;
const SCAN_PERIOD_MS = 100;
const SECONDS = 15;

export const section: BenchSection = {
  name: "isolation",
  about: `lateness of ${HEALTHY} healthy devices of ${TAGS} tags at ${SCAN_PERIOD_MS} ms, before and while ${FAULTS.length} others fail`,
  async run(context) {
    const rows: BenchRow[] = [];
    for (const [name, protocol] of PROTOCOLS)
      if (name.toLowerCase().includes(context.only)) rows.push(...(await measureIsolation(name, protocol, context)));
    return rows;
  },
};

async function measureIsolation(
  name: string,
  protocol: FieldProtocol,
  { folder: parent, say }: BenchContext,
): Promise<BenchRow[]> {
  const folder = mkdtempSync(join(parent, "isolation-"));
  const read = {
    name,
    devices: HEALTHY + FAULTS.length,
    tagsPerDevice: TAGS,
    scanPeriodMs: SCAN_PERIOD_MS,
    motion: "moving",
    protocol,
    beside: [],
  } as const;
  say(name);
  const simulator = await startSimulator(folder, scenarioOf(read));
  try {
    const devices = stationDevices(read, simulator.ports);
    const station = await startReadingStation(join(folder, "station"), devices, SCAN_PERIOD_MS);
    try {
      const healthy = Array.from({ length: HEALTHY }, (_, index) => `:${simulator.ports.get(deviceName(index))}`);
      const watch = async (when: string, limit?: string): Promise<BenchRow> => {
        const from = await station.counts(healthy);
        await sleep(SECONDS * 1000);
        return { ...rowOf(`${name}, ${when}`, from, await station.counts(healthy)), ...(limit ? { limit } : {}) };
      };
      await sleep(6000);
      const before = await watch("all well");
      for (const [index, fault] of FAULTS.entries()) await simulator.beginFault(deviceName(HEALTHY + index), fault);
      return [before, await watch("five failing", "p99 ≤ 10 ms")];
    } finally {
      await station.child.stop();
    }
  } finally {
    await simulator.child.stop();
  }
}

function rowOf(name: string, from: ScanCounts, to: ScanCounts): BenchRow {
  return {
    case: name,
    figures: {
      scans: to.scans - from.scans,
      "scans missed": to.scansMissed - from.scansMissed,
      "late p50, ms ≤": latenessMs(from, to, 0.5),
      "late p99, ms ≤": latenessMs(from, to, 0.99),
      "late p99.9, ms ≤": latenessMs(from, to, 0.999),
    },
  };
}
