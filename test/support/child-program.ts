/** Starts real programs for tests and never leaves one behind.
 *  test → [child program] → ended by its process id when the test ends */
import { type ChildProcess, spawn } from "node:child_process";
import { onTestFinished } from "vitest";

export interface ChildProgram {
  readonly pid: number;
  /** Everything written so far. */
  stdout(): string;
  stderr(): string;
  /** Resolves with the match once standard output or error contains `pattern`; rejects, with all output, if the program ends first. */
  seen(pattern: RegExp): Promise<RegExpExecArray>;
  /** Resolves when it has ended and its output is complete. */
  readonly ended: Promise<{ readonly code: number | null; readonly signal: NodeJS.Signals | null }>;
  signal(signal: NodeJS.Signals): void;
  write(text: string): void;
}

export interface ChildOptions {
  readonly cwd?: string;
  /** Added to this process's environment. */
  readonly environment?: Readonly<Record<string, string>>;
  /** The program to run; the Node that runs the tests if left out. */
  readonly command?: string;
}

/**
 * Start a program with `args`. When the test ends it is sent SIGKILL if it still runs, by its own id, and waited for.
 * Waiting for output has no time limit of its own: the test's is enough, and shows what came until then only if `seen` rejects.
 */
export function startProgram(args: readonly string[], options: ChildOptions = {}): ChildProgram {
  const child = spawn(options.command ?? process.execPath, args, {
    cwd: options.cwd,
    env: { ...process.env, ...options.environment },
    stdio: ["pipe", "pipe", "pipe"],
  });
  const output = { stdout: "", stderr: "" };
  const watchers = new Set<() => void>();
  const collect = (name: "stdout" | "stderr") => (text: string) => {
    output[name] += text;
    for (const look of [...watchers]) look();
  };
  child.stdout.setEncoding("utf8").on("data", collect("stdout"));
  child.stderr.setEncoding("utf8").on("data", collect("stderr"));
  child.stdin.on("error", () => undefined); // it ended before it read everything
  const ended = endOf(child);
  ended.catch(() => undefined);
  onTestFinished(async () => {
    if (child.exitCode === null && child.signalCode === null) child.kill("SIGKILL");
    await ended.catch(() => undefined);
  });
  return {
    pid: child.pid ?? -1,
    stdout: () => output.stdout,
    stderr: () => output.stderr,
    ended,
    signal: (signal) => void child.kill(signal),
    write: (text) => void child.stdin.write(text),
    seen: (pattern) =>
      new Promise((resolve, reject) => {
        const look = (): boolean => {
          const match = pattern.exec(output.stdout) ?? pattern.exec(output.stderr);
          if (match === null) return false;
          watchers.delete(look);
          resolve(match);
          return true;
        };
        if (look()) return;
        watchers.add(look);
        const tell = (end: string) => () => {
          if (!look())
            reject(
              new Error(
                `${args.join(" ")} ${end} without ${pattern}\nstdout:\n${output.stdout}\nstderr:\n${output.stderr}`,
              ),
            );
        };
        ended.then(tell("ended"), tell("could not start"));
      }),
  };
}

function endOf(child: ChildProcess): ChildProgram["ended"] {
  return new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (code, signal) => resolve({ code, signal }));
  });
}
