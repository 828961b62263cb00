/** A program of the line as a child process: started, watched, measured, ended by its own process id.
 *  bench section → [child] → nonreturn-it, synthetic OT, nonreturn-sim, broker */
import { type ChildProcess, spawn } from "node:child_process";
import { closeSync, openSync, readFileSync, writeFileSync } from "node:fs";

/** utime and stime are counted in these on Linux, whatever the kernel's own tick is. */
const TICKS_PER_SECOND = 100;

export interface Child {
  readonly name: string;
  readonly pid: number;
  /** The first line on stdout that is JSON with this `event`. Rejects if the program ends before. */
  event(event: string): Promise<Record<string, unknown>>;
  /** CPU seconds used so far, all threads, user and system. */
  cpuSeconds(): number;
  /** Resident memory now. */
  rssBytes(): number;
  /** The most it was since the start, or since `forgetPeak`. */
  peakRssBytes(): number;
  forgetPeak(): void;
  /** SIGTERM, and SIGKILL after 20 s. Idempotent. */
  stop(): Promise<void>;
}

/** @param logFile  takes stderr. */
export function startChild(name: string, command: string, args: readonly string[], logFile: string): Child {
  const log = openSync(logFile, "a");
  const child = spawn(command, args, { stdio: ["ignore", "pipe", log] });
  closeSync(log);
  let output = "";
  const watchers = new Set<() => void>();
  const ended = new Promise<void>((resolve) => {
    child.once("error", () => resolve());
    child.once("close", () => resolve());
  });
  child.stdout?.setEncoding("utf8").on("data", (text: string) => {
    output = (output + text).slice(-65_536);
    for (const look of [...watchers]) look();
  });
  const event = (wanted: string): Promise<Record<string, unknown>> =>
    new Promise((resolve, reject) => {
      const look = (): void => {
        const found = output.split("\n").flatMap((line) => eventOf(line, wanted))[0];
        if (found === undefined) return;
        watchers.delete(look);
        resolve(found);
      };
      watchers.add(look);
      look();
      void ended.then(() => reject(new Error(`${name} ended: ${readFileSync(logFile, "utf8").slice(-2000)}`)));
    });
  return {
    name,
    pid: child.pid ?? -1,
    event,
    cpuSeconds: () => cpuSecondsOf(child.pid ?? -1),
    rssBytes: () => statusBytes(child.pid ?? -1, "VmRSS"),
    peakRssBytes: () => statusBytes(child.pid ?? -1, "VmHWM"),
    forgetPeak: () => writeFileSync(`/proc/${child.pid}/clear_refs`, "5"), // proc(5)
    stop: () => stop(child, ended),
  };
}

/** @throws if the process is gone. */
function statusBytes(pid: number, name: "VmRSS" | "VmHWM"): number {
  return Number(new RegExp(`${name}:\\s+(\\d+) kB`).exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1]) * 1024;
}

/** Of one process. @throws if it is gone. */
export function cpuSecondsOf(pid: number): number {
  // After the name in brackets, which may contain anything, utime and stime are fields 14 and 15 (proc(5)).
  const [, rest = ""] = /\) (.*)/s.exec(readFileSync(`/proc/${pid}/stat`, "utf8")) ?? [];
  const fields = rest.split(" ");
  return (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND;
}

async function stop(child: ChildProcess, ended: Promise<void>): Promise<void> {
  if (child.exitCode === null && child.signalCode === null) child.kill("SIGTERM");
  const timer = setTimeout(() => child.kill("SIGKILL"), 20_000);
  await ended;
  clearTimeout(timer);
}

function eventOf(line: string, wanted: string): Record<string, unknown>[] {
  if (!line.startsWith("{")) return [];
  try {
    const parsed = JSON.parse(line) as Record<string, unknown>;
    return parsed.event === wanted ? [parsed] : [];
  } catch {
    return []; // cut off in the middle
  }
}
