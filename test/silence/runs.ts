/** The two runs: a hardened pair of machines, and the same pair as it comes out of the box.
 *  site → [runs] → what judge and evidence need */
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { sleep, systemClock } from "@nonreturn/station";
import { until } from "../support/line/until.ts";
import { type CaptureResult, startCapture } from "./capture.ts";
import { type ControlRun, type FlowCount, framesByPhase, type HardenedRun } from "./judge.ts";
import { type Attempt, runPhases, Timetable, talkBack } from "./phases.ts";
import type { Programs } from "./programs.ts";
import { ADDRESS, DEVICE, type Side, type Site } from "./site.ts";
import { machineDependentChecks, Stations } from "./stations.ts";

export interface Surroundings {
  readonly site: Site;
  readonly programs: Programs;
  /** Logs, captures, data of this run. */
  readonly folder: string;
  readonly say: (line: string) => void;
}

export interface Told {
  readonly phases: Timetable["phases"];
  readonly attempts: Record<string, readonly Attempt[]>;
  readonly capture: CaptureResult;
}

export interface HardenedStory extends Told, HardenedRun {
  /** File name → text, exactly as applied. */
  readonly rules: Readonly<Record<string, string>>;
  readonly preflight: Readonly<Record<Side, unknown>>;
  readonly acceptedChecks: readonly string[];
  /** Gap codes that were carried to the OT station for what was sent while the receiver was away. */
  readonly gapCodesCarried: number;
  /** Frames that root sent past the queueing layer and that arrived: a residual, stated. */
  readonly framesPastQueueing: number;
}

const LATE_MS = 1500;
const ETHERNET_HEADER_BYTES = 14; // 6 destination + 6 source + 2 type

export async function runHardened(surroundings: Surroundings): Promise<HardenedStory> {
  const { site, programs, folder } = surroundings;
  const acceptedChecks = machineDependentChecks();
  const stations = new Stations(folder, programs, "production", acceptedChecks);
  await stations.pair();
  const files = { ot: await stations.harden("ot"), it: await stations.harden("it") };
  const bringUp = (side: Side): void => void site.run(side, ["sh", join(files[side], `nonreturn-${side}-link.sh`)]);
  // The sender's end first, then the capture, then the receiver's: what a machine says when its interface comes up is seen too.
  bringUp("ot");
  const capture = await startCapture(site, programs, folder, "hardened");
  bringUp("it");
  await stations.startPlant();
  const preflight = { ot: stations.preflight(site, "ot"), it: stations.preflight(site, "it") };
  const course = { site, stations, programs, folder, bringUp };
  const timetable = new Timetable();
  let flow: HardenedRun["flow"] | undefined;
  let refusedOut = 0;
  const attempts = await runPhases(course, timetable, {
    beforeDisturbance: async () => {
      flow = await flowAtRest(site);
      refusedOut = counterOf(site, "it", "refused_out").packets;
    },
  });
  let gapCodesCarried = 0;
  await timetable.run("healing and stopping", async () => {
    gapCodesCarried = await stations.heal();
    await stations.end("ot", "SIGTERM");
  });
  const samples = await stations.account();
  const { receiveErrors } = udpErrors(site);
  await stations.end("it", "SIGTERM");
  const receivedByOt = site.counters("ot").received;
  const sentByIt = site.counters("it").sent;
  // Residuals, and that the capture was not blind: after everything that counts.
  const bypassFrom = site.counters("ot").received;
  const bypass = await talkBack(course, "root", "bypass");
  await sleep(systemClock, LATE_MS);
  const framesPastQueueing = site.counters("ot").received - bypassFrom;
  const blindFromMs = systemClock.nowUtcMicros() / 1000;
  site.run("it", ["nft", "delete", "table", "netdev", "nonreturn_it"]);
  await talkBack(course, "root");
  await sleep(systemClock, LATE_MS);
  const result = await capture.stop();
  if (flow === undefined) throw new Error("the flow was not read");
  const endMs = timetable.phases.at(-1)?.untilMs ?? 0;
  const { counts, between } = framesByPhase(
    result.frames.filter(({ timeMs }) => timeMs <= endMs),
    timetable.phases,
  );
  return {
    phases: timetable.phases,
    attempts: { ...attempts, "root, past the queueing layer": bypass },
    capture: result,
    framesByPhase: counts,
    framesBetween: between,
    captureDropped: result.dropped,
    receivedByOt,
    sentByIt,
    flow,
    receiveErrors,
    refusedOut,
    samples,
    framesWithoutRules: result.frames.filter(({ timeMs }) => timeMs > blindFromMs).length,
    rules: Object.fromEntries(
      (["ot", "it"] as const).flatMap((side) =>
        readdirSync(files[side]).map((name) => [name, readFileSync(join(files[side], name), "utf8")]),
      ),
    ),
    preflight,
    acceptedChecks,
    gapCodesCarried,
    framesPastQueueing,
  };
}

export async function runControl({ site, programs, folder }: Surroundings): Promise<Told & ControlRun> {
  const stations = new Stations(folder, programs, "lab", []);
  await stations.pair();
  const bringUp = (side: Side): void => {
    site.run(side, ["ip", "link", "set", "dev", DEVICE, "up"]);
    site.run(side, ["ip", "address", "replace", `${ADDRESS[side]}/24`, "dev", DEVICE]);
  };
  bringUp("ot");
  const capture = await startCapture(site, programs, folder, "control");
  bringUp("it");
  await stations.startPlant();
  const timetable = new Timetable();
  const attempts = await runPhases({ site, stations, programs, folder, bringUp }, timetable, {
    beforeDisturbance: async () => undefined,
  });
  await stations.end("ot", "SIGTERM");
  await stations.end("it", "SIGTERM");
  const result = await capture.stop();
  return {
    phases: timetable.phases,
    attempts,
    capture: result,
    frames: result.frames.length,
    captureDropped: result.dropped,
  };
}

/** Both filters' counts of the flow at a moment when nothing was under way: the sender's is the same before and after the receiver's. */
async function flowAtRest(site: Site): Promise<HardenedRun["flow"]> {
  let flow: HardenedRun["flow"] | undefined;
  await until(
    "a moment between two datagrams",
    () => {
      const { packets, bytes } = counterOf(site, "ot", "passed");
      // egress counts the Ethernet header, ingress sees the packet without it.
      const leftOt = { packets, bytes: bytes - packets * ETHERNET_HEADER_BYTES };
      const reachedIt = counterOf(site, "it", "passed");
      flow = { leftOt, reachedIt };
      return counterOf(site, "ot", "passed").packets === leftOt.packets && leftOt.packets === reachedIt.packets;
    },
    10_000,
  ).catch(() => undefined); // the judge says what differs
  if (flow === undefined) throw new Error("the filters have no counters");
  return flow;
}

function counterOf(site: Site, side: Side, name: string): FlowCount {
  const text = site.run(side, ["nft", "list", "counter", "netdev", `nonreturn_${side}`, name]);
  const [, packets, bytes] = /packets (\d+) bytes (\d+)/.exec(text) ?? [];
  if (packets === undefined || bytes === undefined) throw new Error(`counter ${name} is not there:\n${text}`);
  return { packets: Number(packets), bytes: Number(bytes) };
}

/** The receiving machine's own account of UDP (/proc/net/snmp): no room in the socket, or damaged. */
function udpErrors(site: Site): { receiveErrors: number } {
  const rows = site
    .run("it", ["cat", "/proc/net/snmp"])
    .split("\n")
    .filter((line) => line.startsWith("Udp: "));
  const [names = [], values = []] = rows.map((row) => row.split(" "));
  const of = (name: string): number => Number(values[names.indexOf(name)]);
  return { receiveErrors: of("RcvbufErrors") + of("InCsumErrors") };
}
