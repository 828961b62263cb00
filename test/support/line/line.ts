/** The whole line as real processes on free ports of this machine, with everything a test does to it.
 *  nonreturn-sim plant → nonreturn-ot run → nonreturn-sim diode → nonreturn-it run → MQTT witness, historian */
import { rmSync } from "node:fs";
import { join } from "node:path";
import {
  type DiodeStatistics,
  type PlantStatistics,
  type Program,
  runToEnd,
  startProgram,
} from "@nonreturn/hardware-sim";
import { controlRequest, sleep, systemClock } from "@nonreturn/station";
import { type ListedGap, readGapList } from "../../../packages/it-receiver/src/gaps/gap-list.ts";
import { STORE_FILE } from "../../../packages/it-receiver/src/record/store-schema.ts";
import { freeUdpPort } from "../free-port.ts";
import { type Guardian, startGuardian } from "./guardian.ts";
import { createLineFolder, type LineFolder, type LineOptions } from "./line-folder.ts";
import { type LinePlant, linePlant } from "./line-plant.ts";
import { mixedPlant } from "./mixed-plant.ts";
import { type MqttWitness, startWitness } from "./mqtt-witness.ts";
import { ReportedSamples } from "./reported-samples.ts";
import { ServedValues } from "./served-values.ts";
import { until } from "./until.ts";

/** One station as a service: started, stopped in order, or killed; as often as a test wants. */
export interface Service {
  start(): Promise<void>;
  /** Start it and kill it so much later, wherever it is by then. */
  startAndKill(afterMs: number): Promise<void>;
  /** SIGTERM. @returns the exit code. */
  stop(): Promise<number | null>;
  /** SIGKILL. */
  kill(): Promise<void>;
  /** SIGHUP. */
  hangUp(): void;
  status(): Promise<StationStatus>;
}

export interface StationStatus {
  readonly figures: Readonly<Record<string, number>>;
  readonly alarms: readonly string[];
  /** Of the OT station. */
  readonly directoryRevision?: number;
}

export interface Line {
  readonly plant: LinePlant;
  readonly folder: LineFolder;
  readonly witness: MqttWitness;
  readonly reported: ReportedSamples;
  readonly served: ServedValues;
  readonly ot: Service;
  readonly it: Service;
  /** Everything that happens to datagrams from now on; {} is a perfect link. */
  impair(impairments: object): Promise<void>;
  /** Nothing crosses for so long, from now on; "0ms" ends it. */
  blackout(time: string): Promise<void>;
  diode(): Promise<DiodeStatistics>;
  /** Waits until the journal has `blocks` more than now. */
  sealed(blocks: number): Promise<void>;
  /** What `nonreturn-it gaps` prints, without a process. */
  gaps(): readonly ListedGap[];
  /** `nonreturn-ot replay CODE` */
  replay(gapCode: string): Promise<string>;
  /** Every simulated PLC stops where it is; its kernel goes on taking connections and bytes. */
  freezePlant(): void;
  thawPlant(): void;
  /** TCP connections that a simulated PLC has accepted so far. */
  accepted(device: string): Promise<number>;
  /** `nonreturn-ot` with these arguments. Rejects with what it wrote, and its exit code, if that is not 0. */
  otCommand(args: readonly string[]): Promise<string>;
  /** `nonreturn-it` with these arguments. */
  itCommand(args: readonly string[]): Promise<string>;
  /** A new, empty disk under the IT station, which must not run. */
  replaceItDisk(): void;
  close(): Promise<void>;
}

const STOP_MS = 60_000;

/** Paired and ready; plant and diode run, the stations do not: a test says in which order they start. */
export async function prepareLine(options: LineOptions): Promise<Line> {
  const plant = options.plant === "every driver" ? mixedPlant(options.seed) : linePlant(options.seed, options.alarms);
  const folder = createLineFolder();
  const programs: Program[] = [];
  const guardian = startGuardian(folder.path);
  const witness = await startWitness(plant.tags);
  try {
    return await assemble(options, plant, folder, programs, guardian, witness);
  } catch (error) {
    await endAll(programs, guardian, witness);
    throw new Error(`the line did not start\n${folder.logs()}`, { cause: error });
  }
}

/** The same, with both stations running and the first samples under way. */
export async function startLine(options: LineOptions): Promise<Line> {
  const line = await prepareLine(options);
  try {
    await line.it.start();
    await line.ot.start();
    return line;
  } catch (error) {
    await line.close();
    throw error;
  }
}

async function assemble(
  options: LineOptions,
  plant: LinePlant,
  folder: LineFolder,
  programs: Program[],
  guardian: Guardian,
  witness: MqttWitness,
): Promise<Line> {
  const { otConfig, itConfig } = folder;
  const itPort = await freeUdpPort();
  const diodeSocket = folder.file("diode.sock");
  const plantSocket = folder.file("plant.sock");
  const run = (name: string, launcher: "ot" | "it" | "sim", args: readonly string[]): Program => {
    const program = startProgram(name, launcher, args, folder.file(`${name}.log`));
    programs.push(program);
    guardian.watch(program.pid);
    return program;
  };
  folder.writeIt(itPort, witness.port, options.publishers ?? []);
  folder.writeScenarios(plant, itPort);
  const enrolment = folder.file("enrolment.json");
  const pairing = folder.file("pairing.json");
  await runToEnd("it", ["keys", "new", "--config", itConfig, "--out", enrolment]);
  await runToEnd("ot", ["keys", "pair", enrolment, "--keys", folder.otKeys, "--out", pairing]);
  await runToEnd("it", ["keys", "accept", pairing, "--config", itConfig]);
  const simulate = (name: string, ...args: readonly string[]): Program =>
    run(name, "sim", [name, "--scenario", folder.file(`${name}.yaml`), "--port", "0", ...args]);
  const diode = await simulate("diode", "--control", diodeSocket).event("listening");
  const plantProgram = simulate("plant", "--truth", folder.truthFile, "--control", plantSocket);
  const devices = await plantProgram.event("listening");
  const ports = new Map((devices.devices as { device: string; port: number }[]).map((one) => [one.device, one.port]));
  folder.writeOt(plant, diode.port as number, (device) => ports.get(device)!, options);

  const service = (name: string, launcher: "ot" | "it", config: string, dataFolder: string): Service => {
    let running: Program | undefined;
    return {
      async start() {
        running = run(name, launcher, ["run", "--config", config]);
        await running.event("running");
      },
      async startAndKill(afterMs) {
        const started = run(name, launcher, ["run", "--config", config]);
        await sleep(systemClock, afterMs);
        await started.kill();
      },
      async stop() {
        const code = (await running?.stop(systemClock, STOP_MS)) ?? null;
        running = undefined;
        return code;
      },
      async kill() {
        await running?.kill();
        running = undefined;
      },
      hangUp() {
        if (running !== undefined) process.kill(running.pid, "SIGHUP");
      },
      status: async () => (await controlRequest(join(dataFolder, "control.sock"), "GET", "/status")) as StationStatus,
    };
  };
  const reported = new ReportedSamples(folder.otData, folder.otKeys);
  const diodeRequest = (path: string, body?: unknown): Promise<unknown> =>
    controlRequest(diodeSocket, body === undefined ? "GET" : "POST", path, body);
  return {
    plant,
    folder,
    witness,
    reported,
    served: new ServedValues(folder.truthFile, plant.tags),
    ot: service("ot-station", "ot", otConfig, folder.otData),
    it: service("it-station", "it", itConfig, folder.itData),
    impair: async (impairments) => void (await diodeRequest("/impairments", impairments)),
    blackout: async (time) => void (await diodeRequest("/blackout", { for: time })),
    diode: async () => (await diodeRequest("/statistics")) as DiodeStatistics,
    async sealed(blocks) {
      const wanted = reported.read() + blocks;
      await until(`${blocks} more blocks in the journal`, () => reported.read() >= wanted);
    },
    gaps: () => readGapList(join(folder.itData, STORE_FILE)).gaps,
    replay: (gapCode) => runToEnd("ot", ["replay", gapCode, "--config", otConfig]),
    freezePlant: () => void process.kill(plantProgram.pid, "SIGSTOP"),
    thawPlant: () => void process.kill(plantProgram.pid, "SIGCONT"),
    async accepted(device) {
      const { devices: all } = (await controlRequest(plantSocket, "GET", "/statistics")) as PlantStatistics;
      return all.find((each) => each.device === device)!.accepted;
    },
    otCommand: (args) => runToEnd("ot", [...args, "--config", otConfig]),
    itCommand: (args) => runToEnd("it", [...args, "--config", itConfig]),
    replaceItDisk: () => rmSync(folder.itData, { recursive: true }),
    async close() {
      await endAll(programs, guardian, witness);
      folder.remove();
    },
  };
}

/** Last started, first ended. What a test killed is gone already. */
async function endAll(programs: readonly Program[], guardian: Guardian, witness: MqttWitness): Promise<void> {
  for (const program of [...programs].reverse()) await program.stop(systemClock, STOP_MS);
  guardian.dismiss();
  await witness.close();
}
