/** Programs under measurement: started, listened to, and ended by their own id whatever happens.
 *  section → [bench process] → standard output */
import { spawn } from "node:child_process";

export interface BenchProcess {
  /** -1 if it could not be started. */
  readonly pid: number;
  /** Resolves with the line that starts with `prefix`; rejects with all output if the program ends without it. */
  line(prefix: string): Promise<string>;
  /** Resolves when it has ended; never rejects. */
  readonly ended: Promise<{ readonly code: number | null; readonly output: string; readonly seconds: number }>;
  endInput(): void;
  kill(): void;
}

/** @param deadlineMs  killed then: a peer that hangs must not take the benchmark with it. */
export function startProcess(command: readonly string[], deadlineMs = 120_000): BenchProcess {
  const startedMs = performance.now();
  const child = spawn(command[0]!, command.slice(1), { stdio: ["pipe", "pipe", "pipe"], detached: true });
  // `ip netns exec` becomes the program itself; a shell with `time` has a child: the group ends together.
  const kill = (): void => {
    try {
      if (child.pid !== undefined && child.exitCode === null) process.kill(-child.pid, "SIGKILL");
    } catch {
      // It has ended meanwhile.
    }
  };
  process.once("exit", kill);
  const deadline = setTimeout(kill, deadlineMs);
  let output = "";
  const watchers = new Set<() => void>();
  const collect = (text: string): void => {
    output = (output + text).slice(-1_000_000);
    for (const look of watchers) look();
  };
  child.stdout.setEncoding("utf8").on("data", collect);
  child.stderr.setEncoding("utf8").on("data", collect);
  child.stdin.on("error", () => {});
  const ended = new Promise<{ code: number | null; output: string; seconds: number }>((resolve) => {
    const end = (code: number | null): void => {
      clearTimeout(deadline);
      process.off("exit", kill);
      resolve({ code, output, seconds: (performance.now() - startedMs) / 1000 });
    };
    child.once("error", (error) => {
      output += error.message;
      end(null);
    });
    child.once("close", end);
  });
  return {
    pid: child.pid ?? -1,
    ended,
    kill,
    endInput: () => child.stdin.end(),
    line(prefix) {
      return new Promise((resolve, reject) => {
        const look = (): void => {
          const whole = output.split(/[\r\n]+/).slice(0, -1); // what comes after the last line end is half a line
          const found = whole.find((line) => line.startsWith(prefix));
          if (found === undefined) return;
          watchers.delete(look);
          resolve(found);
        };
        watchers.add(look);
        look();
        void ended.then(() =>
          reject(new Error(`${command.join(" ").slice(0, 200)} ended without "${prefix}":\n${output.slice(-2000)}`)),
        );
      });
    },
  };
}
