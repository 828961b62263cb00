/** One of our command-line programs as a child process of the demonstration or a test: started, watched, ended by its own process id.
 *  demo, tests of the line → [program] → nonreturn-ot, nonreturn-it, nonreturn-sim */
import { type ChildProcess, spawn } from "node:child_process";
import { closeSync, openSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { type Clock, StationError } from "@nonreturn/station";

/** The launchers of this checkout. The demonstration uses the stations as a user would: by their commands only. */
const LAUNCHERS = {
  ot: new URL("../../../packages/ot-sender/bin/nonreturn-ot.js", import.meta.url),
  it: new URL("../../../packages/it-receiver/bin/nonreturn-it.js", import.meta.url),
  sim: new URL("../../bin/nonreturn-sim.js", import.meta.url),
} as const;
export type Launcher = keyof typeof LAUNCHERS;

export interface Program {
  readonly name: string;
  readonly pid: number;
  /** The first line on stdout that is JSON and has this `event`. Rejects if the program ends before. */
  event(event: string): Promise<Record<string, unknown>>;
  /** Rejects if it ends without having been asked to. */
  readonly failed: Promise<never>;
  /** SIGTERM, then SIGKILL after `deadlineMs`. Resolves with its exit code. Idempotent. */
  stop(clock: Clock, deadlineMs: number): Promise<number | null>;
  /** SIGKILL, as a power cut would end it. Resolves once it is gone. Idempotent. */
  kill(): Promise<void>;
}

/** Run a command to its end. @throws {StationError} DEMO_STEP_FAILED with what it wrote. */
export async function runToEnd(launcher: Launcher, args: readonly string[]): Promise<string> {
  const child = spawnLauncher(launcher, args, "pipe");
  const output: string[] = [];
  child.stdout?.setEncoding("utf8").on("data", (text: string) => output.push(text));
  child.stderr?.setEncoding("utf8").on("data", (text: string) => output.push(text));
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once("error", reject);
    child.once("close", resolve);
  });
  if (code === 0) return output.join("");
  throw new StationError({
    code: "DEMO_STEP_FAILED",
    what: `a step of the demonstration ended with ${code}: ${output.join("").trim()}`,
    where: `nonreturn-${launcher} ${args.join(" ")}`,
    action: "Run the command by itself to see more.",
  });
}

/** Start a program that stays; its log goes to `logFile`. */
export function startProgram(name: string, launcher: Launcher, args: readonly string[], logFile: string): Program {
  const log = openSync(logFile, "a", 0o600);
  const child = spawnLauncher(launcher, args, log);
  closeSync(log); // the child has its own
  const lines: string[] = [];
  const watchers = new Set<() => void>();
  let rest = "";
  child.stdout?.setEncoding("utf8").on("data", (text: string) => {
    const parts = (rest + text).split("\n");
    rest = parts.pop() ?? "";
    lines.push(...parts);
    // Events come at the start; a program that goes on talking is not collected for ever.
    if (lines.length > 1000) lines.splice(0, lines.length - 1000);
    for (const look of [...watchers]) look();
  });
  let stopping = false;
  const ended = new Promise<number | null>((resolve) => {
    child.once("error", () => resolve(null));
    child.once("close", resolve);
  });
  const failed = ended.then((code): never => {
    if (stopping) return new Promise<never>(() => undefined) as never;
    throw new StationError({
      code: "DEMO_PROGRAM_ENDED",
      what: `${name} ended by itself with ${code}: ${lastLines(logFile)}`,
      where: logFile,
      action: "Read its log there.",
    });
  });
  failed.catch(() => undefined); // whoever waits for it hears it; nobody has to
  return {
    name,
    pid: child.pid ?? -1,
    failed,
    event: (event) =>
      Promise.race([
        failed,
        new Promise<Record<string, unknown>>((resolve) => {
          const look = (): void => {
            for (const line of lines) {
              const parsed = parseEvent(line);
              if (parsed?.event !== event) continue;
              watchers.delete(look);
              resolve(parsed);
              return;
            }
          };
          watchers.add(look);
          look();
        }),
      ]),
    async stop(clock, deadlineMs) {
      if (!stopping) {
        stopping = true;
        child.kill("SIGTERM");
      }
      const cancel = clock.after(deadlineMs, () => child.kill("SIGKILL"));
      const code = await ended;
      cancel();
      return code;
    },
    async kill() {
      stopping = true;
      child.kill("SIGKILL");
      await ended;
    },
  };
}

function spawnLauncher(launcher: Launcher, args: readonly string[], stderr: "pipe" | number): ChildProcess {
  return spawn(process.execPath, [fileURLToPath(LAUNCHERS[launcher]), ...args], {
    stdio: ["ignore", "pipe", stderr],
    // Its own process group: Ctrl-C at the terminal reaches the demonstration only, which then drains before it stops the others.
    detached: true,
  });
}

function parseEvent(line: string): Record<string, unknown> | undefined {
  if (!line.startsWith("{")) return undefined;
  try {
    return JSON.parse(line) as Record<string, unknown>;
  } catch {
    return undefined;
  }
}

function lastLines(logFile: string): string {
  return readFileSync(logFile, "utf8").trim().split("\n").slice(-3).join(" | ");
}
