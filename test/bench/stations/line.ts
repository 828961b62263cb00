/** Both stations as processes of their own, paired as a user would, with a synthetic plant and, if asked for, a lossy diode between.
 *  bench section → [line] → figures */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { stringify } from "yaml";
import { controlRequest } from "../../../packages/station/src/index.ts";
import type { AccountFile, PlantFile } from "../plant/synthetic-ot.ts";
import { type Child, startChild } from "./child.ts";
import { IT, pairStations } from "./pairing.ts";

const place = (path: string): string => fileURLToPath(new URL(`../../../${path}`, import.meta.url));
const SIM = place("hardware-sim/bin/nonreturn-sim.js");
const SYNTHETIC_OT = place("test/bench/plant/synthetic-ot.ts");
/** Where the launcher keeps it; the synthetic station is started without one. */
const COMPILE_CACHE = place("node_modules/.cache/nonreturn");

export interface LineSettings {
  readonly plant: Omit<PlantFile, "accountFile">;
  /** Keys of the OT station's file, merged over the defaults below. */
  readonly ot?: Readonly<Record<string, unknown>>;
  readonly link?: Readonly<Record<string, unknown>>;
  readonly publishers?: readonly Readonly<Record<string, unknown>>[];
  /** As in a scenario's diode section; no diode if left out. */
  readonly impairments?: Readonly<Record<string, unknown>>;
  /** For Node of the two stations, e.g. --cpu-prof. */
  readonly nodeArguments?: readonly string[];
}

export interface StationStatus {
  readonly rssBytes: number;
  readonly figures: Readonly<Record<string, number>>;
  readonly alarms: readonly string[];
}

export interface Line {
  readonly folder: string;
  readonly ot: Child;
  readonly it: Child;
  status(station: "ot" | "it"): Promise<StationStatus>;
  /** Stop reading, and wait until everything read is recorded (or 60 s are over). */
  drain(): Promise<void>;
  /** End the stations, in the order of the data. @returns what the driver delivered. */
  stop(): Promise<AccountFile>;
  /** End whatever runs and remove the folder. Idempotent. */
  close(): Promise<void>;
}

/** @param parent  gets a folder of this line, removed by `close`. @throws whatever keeps a part from starting, with the end of its log. */
export async function startLine(parent: string, settings: LineSettings): Promise<Line> {
  process.env.NODE_COMPILE_CACHE ??= COMPILE_CACHE;
  const folder = mkdtempSync(join(parent, "line-"));
  const file = (name: string): string => join(folder, name);
  const children: Child[] = [];
  const close = async (): Promise<void> => {
    for (const child of [...children].reverse()) await child.stop();
    rmSync(folder, { recursive: true, force: true });
  };
  const start = (name: string, args: readonly string[]): Child => {
    const child = startChild(name, process.execPath, args, file(`${name}.log`));
    children.push(child);
    return child;
  };
  try {
    const { nodeArguments = [] } = settings;
    writeFileSync(file("it.yaml"), stringify(itFile(settings)));
    pairStations(folder);
    const it = start("it", [...nodeArguments, IT, "run", "--config", file("it.yaml")]);
    let { port } = (await it.event("running")).listening as { port: number };
    if (settings.impairments !== undefined) {
      writeFileSync(file("diode.yaml"), stringify(diodeFile(port, settings.impairments)));
      const diode = start("diode", [SIM, "diode", "--scenario", file("diode.yaml"), "--control", file("diode.sock")]);
      port = (await diode.event("listening")).port as number;
    }
    const accountFile = file("account.json");
    writeFileSync(file("ot.yaml"), stringify(otFile(settings, port)));
    writeFileSync(file("plant.json"), JSON.stringify({ ...settings.plant, accountFile } satisfies PlantFile));
    const ot = start("ot", [...nodeArguments, SYNTHETIC_OT, file("ot.yaml"), file("plant.json")]);
    await ot.event("running");
    const status = async (station: "ot" | "it"): Promise<StationStatus> =>
      (await controlRequest(file(`${station}/control.sock`), "GET", "/status")) as StationStatus;
    return {
      folder,
      ot,
      it,
      status,
      close,
      async drain() {
        await controlRequest(file("ot/control.sock"), "POST", "/drain", {});
        const deadlineMs = performance.now() + 60_000;
        do
          await new Promise((resolve) => setTimeout(resolve, 1100)); // figures are a second old at most
        while (performance.now() < deadlineMs && !(await isRecorded(status)));
        await controlRequest(file("it/control.sock"), "POST", "/drain", {});
      },
      async stop() {
        await ot.stop();
        await it.stop();
        return JSON.parse(readFileSync(accountFile, "utf8")) as AccountFile;
      },
    };
  } catch (error) {
    await close();
    throw error;
  }
}

async function isRecorded(status: (station: "ot" | "it") => Promise<StationStatus>): Promise<boolean> {
  const [ot, it] = [await status("ot"), await status("it")];
  return (it.figures.record_samples_recorded_total ?? 0) >= (ot.figures.journal_samples_total ?? 0);
}

function itFile({ publishers = [] }: LineSettings): unknown {
  return {
    station: { name: "bench-it", dataFolder: "./it", mode: "lab" },
    link: { listen: "127.0.0.1:0" },
    publishers,
    log: { level: "warn" },
  };
}

/** The device only satisfies the schema; the synthetic plant takes its place. */
function otFile({ ot = {}, link = {} }: LineSettings, port: number): unknown {
  return {
    station: { name: "bench-ot", dataFolder: "./ot", mode: "lab" },
    link: { destination: `127.0.0.1:${port}`, rate: "900Mbit", secondPass: "off", ...link },
    log: { level: "warn" },
    ...ot,
    devices: [{ name: "none", driver: "modbus", host: "127.0.0.1", enabled: false }],
  };
}

function diodeFile(target: number, impairments: Readonly<Record<string, unknown>>): unknown {
  return { seed: 1, diode: { listen: "127.0.0.1:0", target: `127.0.0.1:${target}`, impairments } };
}
