/** Everything that happens to the receiver while the sender's end of the cable is watched; the same for both runs.
 *  silence run → [phases] → what happened, when, and how many frames came back */
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { sleep, systemClock } from "@nonreturn/station";
import type { Programs } from "./programs.ts";
import { ADDRESS, DEVICE, type Side, type Site } from "./site.ts";
import type { Stations } from "./stations.ts";

export interface Phase {
  readonly name: string;
  readonly fromMs: number;
  readonly untilMs: number;
}

export interface Attempt {
  readonly kind: string;
  readonly outcome: string;
}

export interface Course {
  readonly site: Site;
  readonly stations: Stations;
  readonly programs: Programs;
  readonly folder: string;
  /** Brings one end up, again after it was down: the site's own script, or what an unhardened machine does. */
  readonly bringUp: (side: Side) => void;
}

const TALK_BACK = fileURLToPath(new URL("./talk-back.py", import.meta.url));
const STEADY_MS = 5000;
const SHORT_MS = 3000;
const FLAP_MS = 300;
const FLAPS = 4;
/** What the kernel sends by itself, or in answer, comes within this time. */
const AFTERMATH_MS = 1500;

/** Runs phase by phase and remembers when each was. */
export class Timetable {
  readonly phases: Phase[] = [];

  async run(name: string, action: () => Promise<void> | void): Promise<void> {
    const fromMs = nowMs();
    await action();
    await sleep(systemClock, AFTERMATH_MS);
    this.phases.push({ name, fromMs, untilMs: nowMs() });
  }
}

/** @returns what the program in the receiver's namespace tried, as a service and as root. */
export async function runPhases(
  course: Course,
  timetable: Timetable,
  /** While the receiver has been up all the time. */
  { beforeDisturbance }: { readonly beforeDisturbance: () => Promise<void> },
): Promise<Record<"service" | "root", Attempt[]>> {
  const { site, stations, bringUp } = course;
  const wait = (ms: number) => sleep(systemClock, ms);
  const setLink = (side: Side, state: "up" | "down") => site.run(side, ["ip", "link", "set", "dev", DEVICE, state]);
  const attempts: Record<"service" | "root", Attempt[]> = { service: [], root: [] };

  await timetable.run("receiver up", async () => {
    await stations.start("it");
    await stations.start("ot");
    await wait(STEADY_MS);
  });
  for (const as of ["service", "root"] as const)
    await timetable.run(`talking back as ${as}`, async () => {
      attempts[as] = await talkBack(course, as);
    });
  await beforeDisturbance();
  await timetable.run("receiver restarting", async () => {
    for (let time = 0; time < 2; time++) {
      await stations.end("it", "SIGTERM");
      await stations.start("it");
    }
  });
  await timetable.run("receiver killed, its port closed", async () => {
    await stations.end("it", "SIGKILL");
    await wait(SHORT_MS);
  });
  await timetable.run("talking back from a machine without receiver", async () => {
    attempts.service.push(...(await talkBack(course, "service")));
  });
  await timetable.run("receiver absent, its end of the cable down", async () => {
    setLink("it", "down");
    await wait(SHORT_MS);
    setLink("it", "up");
    bringUp("it");
    await stations.start("it");
  });
  await timetable.run("link flapping at the receiver", async () => {
    for (let flap = 0; flap < FLAPS; flap++) {
      setLink("it", "down");
      await wait(FLAP_MS);
      setLink("it", "up");
      await wait(FLAP_MS);
      bringUp("it");
    }
  });
  await timetable.run("link flapping at the sender", async () => {
    for (let flap = 0; flap < FLAPS; flap++) {
      setLink("ot", "down");
      await wait(FLAP_MS);
      setLink("ot", "up");
      bringUp("ot");
      await wait(FLAP_MS);
    }
  });
  return attempts;
}

export async function talkBack(course: Course, as: "service" | "root", way: "" | "bypass" = ""): Promise<Attempt[]> {
  const command = ["/usr/bin/python3", TALK_BACK, DEVICE, ADDRESS.it, ADDRESS.ot, ...(way === "" ? [] : [way])];
  const program = course.programs.start("it", as, command, join(course.folder, "talk-back.log"));
  const code = await program.ended;
  if (code !== 0) throw new Error(`talk-back.py ended with ${code}:\n${program.output()}`);
  return program
    .output()
    .split("\n")
    .filter((line) => line.startsWith("{"))
    .map((line) => JSON.parse(line) as Attempt);
}

export function nowMs(): number {
  return systemClock.nowUtcMicros() / 1000;
}
