/** `nonreturn-sim` as a process of its own, as a CI job would start it. */
import { type ChildProcess, spawn } from "node:child_process";

export class SimulatorProcess {
  stdout = "";
  stderr = "";
  readonly child: ChildProcess;
  readonly exited: Promise<number | null>;
  readonly #waiting = new Set<() => void>();

  constructor(args: readonly string[]) {
    const main = new URL("../../src/main.ts", import.meta.url).pathname;
    this.child = spawn(process.execPath, [main, ...args], { stdio: ["ignore", "pipe", "pipe"] });
    this.child.stdout?.on("data", (bytes) => {
      this.stdout += String(bytes);
      for (const look of this.#waiting) look();
    });
    this.child.stderr?.on("data", (bytes) => {
      this.stderr += String(bytes);
    });
    this.exited = new Promise((resolve) => {
      this.child.on("close", (code) => {
        resolve(code);
        for (const look of this.#waiting) look();
      });
    });
  }

  /** The first line on stdout with this event. Rejects if the process ends without it. */
  event(name: string): Promise<Record<string, unknown>> {
    return new Promise((resolve, reject) => {
      const look = (): void => {
        const lines = this.stdout.split("\n").slice(0, -1);
        const found = lines
          .map((line) => JSON.parse(line) as Record<string, unknown>)
          .find(({ event }) => event === name);
        if (found !== undefined) resolve(found);
        else if (this.child.exitCode !== null) reject(new Error(`no ${name} event; stderr: ${this.stderr}`));
        else return;
        this.#waiting.delete(look);
      };
      this.#waiting.add(look);
      look();
    });
  }

  stop(signal: NodeJS.Signals = "SIGTERM"): Promise<number | null> {
    this.child.kill(signal);
    return this.exited;
  }
}
