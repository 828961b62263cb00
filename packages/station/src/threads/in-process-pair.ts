/** A channel within one thread that behaves like one between two: for simulation and tests.
 *  simulated main ⇄ [in-process pair] ⇄ simulated worker */
import type { Transferable } from "node:worker_threads";
import type { Port } from "./port.ts";

/**
 * Two connected ports. Every message is structured-cloned when posted (transferred buffers are detached) and delivered later,
 * in order, one `schedule` call per message.
 *
 * @param schedule  runs a task later; microtasks unless a simulation brings its own queue. Order of tasks must be kept.
 */
export function inProcessPair<AtoB, BtoA>(
  schedule: (task: () => void) => void = queueMicrotask,
): [Port<AtoB, BtoA>, Port<BtoA, AtoB>] {
  const link: Link = { state: "open" };
  const a = new InProcessPort<AtoB, BtoA>(link, schedule);
  const b = new InProcessPort<BtoA, AtoB>(link, schedule);
  a.far = b;
  b.far = a;
  return [a, b];
}

interface Link {
  state: "open" | "closed";
}

class InProcessPort<Out, In> implements Port<Out, In> {
  far: InProcessPort<In, Out> | undefined;
  readonly #link: Link;
  readonly #schedule: (task: () => void) => void;
  readonly #waiting: In[] = [];
  #listener: ((message: In) => void) | undefined;

  constructor(link: Link, schedule: (task: () => void) => void) {
    this.#link = link;
    this.#schedule = schedule;
  }

  post(message: Out, transfer: readonly Transferable[] = []): void {
    // Cloned even when closed: a message that cannot be cloned is a mistake at any time.
    const copy = structuredClone(message, { transfer: [...transfer] as ArrayBuffer[] });
    if (this.#link.state === "closed" || this.far === undefined) return;
    this.far.#waiting.push(copy);
    this.far.#deliverOne();
  }

  onMessage(listener: (message: In) => void): void {
    const first = this.#listener === undefined;
    this.#listener = listener;
    if (first) for (const _ of this.#waiting) this.#deliverOne();
  }

  close(): void {
    this.#link.state = "closed";
  }

  #deliverOne(): void {
    if (this.#listener === undefined) return;
    this.#schedule(() => {
      if (this.#link.state === "closed" || this.#listener === undefined || this.#waiting.length === 0) return;
      this.#listener(this.#waiting.shift() as In);
    });
  }
}
