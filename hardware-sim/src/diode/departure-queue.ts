/** Datagrams on their way through the diode, handed out when their time has come: a binary heap by (time, order of entry).
 *  pipeline → [departure queue] → socket out */
import type { Passing } from "./impairments/impairment.ts";

export interface Departure {
  readonly datagram: Passing;
  /** Number by order of arrival at the diode. */
  readonly arrival: number;
}

interface Entry extends Departure {
  readonly order: number;
}

/** Not bounded by itself: the diode bounds the bytes in flight before it enters anything. Cost: O(log waiting) each way. */
export class DepartureQueue {
  readonly #heap: Entry[] = [];
  #order = 0;

  get size(): number {
    return this.#heap.length;
  }

  /** When the next one is due; undefined if none waits. */
  get nextAtMs(): number | undefined {
    return this.#heap[0]?.datagram.atMs;
  }

  enter(departure: Departure): void {
    const heap = this.#heap;
    const entry: Entry = { ...departure, order: this.#order++ };
    let hole = heap.length;
    heap.push(entry);
    while (hole > 0) {
      const parent = (hole - 1) >> 1;
      if (!before(entry, heap[parent]!)) break;
      heap[hole] = heap[parent]!;
      hole = parent;
    }
    heap[hole] = entry;
  }

  /** The earliest that is due at `nowMs`, or undefined. */
  takeDue(nowMs: number): Departure | undefined {
    const heap = this.#heap;
    const first = heap[0];
    if (first === undefined || first.datagram.atMs > nowMs) return undefined;
    const last = heap.pop()!;
    if (heap.length > 0) this.#sink(last);
    return first;
  }

  #sink(entry: Entry): void {
    const heap = this.#heap;
    let hole = 0;
    for (;;) {
      let child = hole * 2 + 1;
      if (child >= heap.length) break;
      if (child + 1 < heap.length && before(heap[child + 1]!, heap[child]!)) child++;
      if (!before(heap[child]!, entry)) break;
      heap[hole] = heap[child]!;
      hole = child;
    }
    heap[hole] = entry;
  }
}

function before(a: Entry, b: Entry): boolean {
  return a.datagram.atMs < b.datagram.atMs || (a.datagram.atMs === b.datagram.atMs && a.order < b.order);
}
