/** A program of the measurement that speaks with its parent: what it said last, and its end by its own id.
 *  section, test ⇄ [told process] ⇄ backlog process, arrivals process */
import { fork } from "node:child_process";
import { once } from "node:events";
import { readFileSync, writeFileSync } from "node:fs";
import { peakBytes } from "../publishers/process-use.ts";

export class ToldProcess<Said extends object> {
  readonly #child: ReturnType<typeof fork>;
  readonly #marks = new Set<unknown>();
  readonly #kill = (): void => void this.#child.kill("SIGKILL");
  #last: Said | undefined;
  #errors = "";

  /** @param program  a file beside this one. @param settings  its only argument, as JSON */
  constructor(program: string, settings: unknown) {
    const file = new URL(program, import.meta.url).pathname;
    this.#child = fork(file, [JSON.stringify(settings)], { stdio: ["ignore", "ignore", "pipe", "ipc"] });
    this.#child.on("message", (said) => {
      if (typeof said === "object") this.#last = said as Said;
      else this.#marks.add(said);
    });
    this.#child.stderr?.on("data", (text) => {
      this.#errors = (this.#errors + String(text)).slice(-4000);
    });
    process.once("exit", this.#kill);
  }

  /** undefined while it said nothing. @throws Error if it has ended. */
  get last(): Said | undefined {
    this.#checkAlive();
    return this.#last;
  }

  get peakBytes(): number {
    return peakBytes(this.#child.pid);
  }

  /** proc(5): VmHWM counts anew from here. */
  forgetPeak(): void {
    writeFileSync(`/proc/${this.#child.pid}/clear_refs`, "5");
  }

  get residentBytes(): number {
    return Number(/VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${this.#child.pid}/status`, "utf8"))?.[1]) * 1024;
  }

  tell(order: string): void {
    this.#child.send(order);
  }

  /** It said this single word. */
  said(mark: string): boolean {
    this.#checkAlive();
    return this.#marks.has(mark);
  }

  async end(): Promise<void> {
    process.off("exit", this.#kill);
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const ended = once(this.#child, "exit");
    this.#child.kill("SIGKILL");
    await ended;
  }

  #checkAlive(): void {
    const { exitCode, signalCode, pid } = this.#child;
    if (exitCode !== null || signalCode !== null) throw new Error(`process ${pid} ended: ${this.#errors}`);
  }
}
