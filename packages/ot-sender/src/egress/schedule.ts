/** Says when each symbol of a block may leave, so that a burst on the link hits few symbols of one block.
 *  protect block → [schedule] → lanes → pacer */
import type { OutgoingSymbol } from "./protect-block.ts";

/**
 * Delays of the symbols of one pass, in ms after the block is handed over, in the order of `symbols` (k source symbols first).
 *
 * - As many repair as source symbols or more (blocks of a quiet plant): the source symbols leave at once, which is what latency is
 *   made of, and the repair symbols follow evenly over `spreadMs`.
 * - Fewer repair than source symbols: ALL symbols are spread evenly over `spreadMs`. Neighbouring blocks are on their way at the same
 *   time, so their symbols interleave. With the source symbols in one run a burst longer than the repair would take the block,
 *   however far the repair symbols are.
 */
export function symbolDelays(sourceSymbols: number, symbols: number, spreadMs: number): Float64Array {
  const delays = new Float64Array(symbols);
  const repairs = symbols - sourceSymbols;
  if (repairs >= sourceSymbols) {
    for (let repair = 1; repair <= repairs; repair++)
      delays[sourceSymbols + repair - 1] = (spreadMs * repair) / repairs;
  } else {
    for (let at = 0; at < symbols; at++) delays[at] = (spreadMs * at) / symbols;
  }
  return delays;
}

interface Entry {
  readonly dueMs: number;
  readonly order: number;
  readonly lane: number;
  readonly symbol: OutgoingSymbol;
}

/** Symbols that wait for their time: a binary heap by due time, then by order of entry. */
export class Schedule {
  readonly #heap: Entry[] = [];
  #order = 0;
  #bytes = 0;

  get count(): number {
    return this.#heap.length;
  }

  get bytes(): number {
    return this.#bytes;
  }

  /** When the next one is due; Infinity if there is none. */
  get nextDueMs(): number {
    return this.#heap[0]?.dueMs ?? Number.POSITIVE_INFINITY;
  }

  add(symbol: OutgoingSymbol, lane: number, dueMs: number): void {
    this.#bytes += symbol.symbol.length;
    const heap = this.#heap;
    const entry = { dueMs, order: this.#order++, lane, symbol };
    let at = heap.push(entry) - 1;
    while (at > 0) {
      const parent = (at - 1) >>> 1;
      if (isBefore(heap[parent]!, entry)) break;
      heap[at] = heap[parent]!;
      at = parent;
    }
    heap[at] = entry;
  }

  /** The next symbol due at or before `nowMs`, removed. */
  take(nowMs: number): { symbol: OutgoingSymbol; lane: number } | undefined {
    const heap = this.#heap;
    const first = heap[0];
    if (first === undefined || first.dueMs > nowMs) return undefined;
    this.#bytes -= first.symbol.symbol.length;
    const last = heap.pop()!;
    if (heap.length > 0) {
      let at = 0;
      for (;;) {
        let child = 2 * at + 1;
        if (child >= heap.length) break;
        if (child + 1 < heap.length && isBefore(heap[child + 1]!, heap[child]!)) child++;
        if (isBefore(last, heap[child]!)) break;
        heap[at] = heap[child]!;
        at = child;
      }
      heap[at] = last;
    }
    return { symbol: first.symbol, lane: first.lane };
  }
}

function isBefore(a: Entry, b: Entry): boolean {
  return a.dueMs < b.dueMs || (a.dueMs === b.dueMs && a.order < b.order);
}
