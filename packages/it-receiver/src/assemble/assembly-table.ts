/** Groups admitted symbols by block and releases a block once k distinct symbols are held.
 *  admit → [assembly table] → open */
import {
  datagramBlockBytes,
  datagramBlockEpoch,
  datagramSequence,
  datagramSourceSymbols,
  datagramStream,
  datagramSymbol,
  datagramSymbolIndex,
  SymbolSlab,
} from "@nonreturn/wire-format";

export interface AssemblyLimits {
  readonly maximumBlocks: number;
  /** Slab bytes of all open blocks. */
  readonly maximumBytes: number;
}

export interface AssembledBlock {
  readonly stream: number;
  readonly sealingEpoch: number;
  readonly sequence: number;
  /** Owns its memory. Integrity is not proven yet. */
  readonly bytes: Uint8Array;
}

export interface AssemblyCounters {
  symbols: number;
  /** The symbol was held already: both passes sent it. */
  heldSymbols: number;
  released: number;
  /** Released with at least one repair symbol: without FEC it would have been lost. */
  repaired: number;
  /** Open blocks given up for room; they become named gaps by themselves. */
  evicted: number;
}

interface OpenBlock {
  readonly slab: SymbolSlab;
  readonly blockBytes: number;
  repairs: number;
}

/**
 * Symbols of both passes of a block meet here: the key is (stream, sealing epoch, sequence, k, block length), and k with the length
 * gives the symbol size. Bounded in blocks and bytes; the block that has been idle longest makes room.
 */
export class AssemblyTable {
  readonly counters: AssemblyCounters = { symbols: 0, heldSymbols: 0, released: 0, repaired: 0, evicted: 0 };
  readonly #limits: AssemblyLimits;
  /** In order of the last symbol: the first is the longest idle. */
  readonly #open = new Map<string, OpenBlock>();
  #bytes = 0;

  constructor(limits: AssemblyLimits) {
    this.#limits = limits;
  }

  get openBlocks(): number {
    return this.#open.size;
  }

  get openBytes(): number {
    return this.#bytes;
  }

  /**
   * @param datagram  admitted: its structure holds. Read during the call only.
   * @returns the block its symbol completes, if it does.
   * Cost: one copy of the symbol; with the last one, recovery of the missing source symbols.
   */
  accept(datagram: Uint8Array): AssembledBlock | undefined {
    this.counters.symbols++;
    const stream = datagramStream(datagram);
    const sealingEpoch = datagramBlockEpoch(datagram);
    const sequence = datagramSequence(datagram);
    const k = datagramSourceSymbols(datagram);
    const blockBytes = datagramBlockBytes(datagram);
    const symbol = datagramSymbol(datagram);
    const index = datagramSymbolIndex(datagram);
    const key = keyOf(stream, sealingEpoch, sequence, k, blockBytes);
    let open = this.#open.get(key);
    if (open === undefined) {
      this.#makeRoom(k * symbol.length);
      open = { slab: new SymbolSlab(k, symbol.length), blockBytes, repairs: 0 };
      this.#bytes += open.slab.bytes.length;
    } else this.#open.delete(key); // to be the most recent again
    this.#open.set(key, open);
    if (open.slab.place(index, symbol) !== "placed") {
      this.counters.heldSymbols++;
      return undefined;
    }
    if (index >= k) open.repairs++;
    if (!open.slab.isComplete) return undefined;
    const block = open.slab.recover(blockBytes)!;
    this.#drop(key, open);
    this.counters.released++;
    if (open.repairs > 0) this.counters.repaired++;
    return { stream, sealingEpoch, sequence, bytes: block.slice() };
  }

  /** The block of these symbols turned out to be held: forget them. */
  #drop(key: string, open: OpenBlock): void {
    this.#open.delete(key);
    this.#bytes -= open.slab.bytes.length;
  }

  #makeRoom(bytes: number): void {
    for (const [key, open] of this.#open) {
      if (this.#open.size < this.#limits.maximumBlocks && this.#bytes + bytes <= this.#limits.maximumBytes) return;
      this.#drop(key, open);
      this.counters.evicted++;
    }
  }
}

function keyOf(stream: number, sealingEpoch: number, sequence: number, k: number, blockBytes: number): string {
  return `${stream} ${sealingEpoch} ${sequence} ${k} ${blockBytes}`;
}
