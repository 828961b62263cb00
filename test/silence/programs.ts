/** The programs of one run: started in their namespaces, watched, ended by their process ids on every way out.
 *  silence run → [programs] → nonreturn-sim, nonreturn-ot, nonreturn-it, tcpdump, talk-back.py */
import type { ChildProcess } from "node:child_process";
import { closeSync, openSync, readFileSync } from "node:fs";
import { until } from "../support/line/until.ts";
import type { Side, Site } from "./site.ts";

export interface Running {
  /** Resolves once its output (of both kinds) contains `pattern`. */
  seen(pattern: RegExp): Promise<void>;
  output(): string;
  /** Ends it and waits. @returns its exit code. */
  end(signal: NodeJS.Signals): Promise<number | null>;
  /** Waits until it ends by itself. */
  readonly ended: Promise<number | null>;
}

const DEADLINE_MS = 60_000;

export class Programs {
  readonly #site: Site;
  readonly #children = new Set<ChildProcess>();

  constructor(site: Site) {
    this.#site = site;
  }

  start(side: Side, as: "service" | "root", command: readonly string[], logFile: string): Running {
    const log = openSync(logFile, "a", 0o600);
    const child = this.#site.start(side, as, command, { stdio: ["ignore", log, log] });
    closeSync(log);
    this.#children.add(child);
    const from = readFileSync(logFile).length;
    const output = (): string => readFileSync(logFile).subarray(from).toString("utf8");
    const ended = new Promise<number | null>((resolve, reject) => {
      child.once("error", reject);
      child.once("close", (code) => {
        this.#children.delete(child);
        resolve(code);
      });
    });
    ended.catch(() => undefined);
    return {
      output,
      ended,
      async seen(pattern) {
        await until(
          `${command.join(" ")} says ${pattern}`,
          () => pattern.test(output()) || (child.exitCode !== null && "ended"),
          DEADLINE_MS,
        );
        if (!pattern.test(output())) throw new Error(`${command.join(" ")} ended with ${child.exitCode}:\n${output()}`);
      },
      end(signal) {
        if (child.exitCode === null && child.signalCode === null) child.kill(signal);
        return ended;
      },
    };
  }

  /** What still runs, at once; for the ways out that cannot wait. */
  kill(): void {
    for (const child of this.#children) child.kill("SIGKILL");
  }

  /** The same, and wait until all are gone. */
  async killAll(): Promise<void> {
    const gone = [...this.#children].map((child) => new Promise((resolve) => child.once("close", resolve)));
    this.kill();
    await Promise.all(gone);
  }
}
