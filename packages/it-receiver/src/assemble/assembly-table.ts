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
import { type OpenBlock, OpenBlocks } from "./open-blocks.ts";

export interface AssemblyLimits {
  readonly maximumBlocks: number;
  /** Slab bytes of all open blocks. */
  readonly maximumBytes: number;
}

export interface AssembledBlock {
  readonly stream: number;
  readonly sealingEpoch: number;
  readonly sequence: number;
  /** Owns its memory: the start of the slab it was assembled in, whose whole buffer may be transferred. Integrity is not proven yet. */
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

/**
 * Symbols of both passes of a block meet here: the key is (stream, sealing epoch, sequence, k, block length), and k with the length
 * gives the symbol size. Bounded in blocks and bytes; the block that has been idle longest makes room.
 */
export class AssemblyTable {
  readonly counters: AssemblyCounters = { symbols: 0, heldSymbols: 0, released: 0, repaired: 0, evicted: 0 };
  readonly #limits: AssemblyLimits;
  readonly #open = new OpenBlocks();
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
    let open = this.#open.find(stream, sealingEpoch, sequence, k, blockBytes);
    if (open === undefined) {
      this.#makeRoom(k * symbol.length);
      open = this.#open.add({ stream, sealingEpoch, sequence, blockBytes, slab: new SymbolSlab(k, symbol.length) });
      this.#bytes += open.slab.bytes.length;
    } else this.#open.touch(open);
    if (open.slab.place(index, symbol) !== "placed") {
      this.counters.heldSymbols++;
      return undefined;
    }
    if (index >= k) open.repairs++;
    if (!open.slab.isComplete) return undefined;
    const bytes = open.slab.recover(blockBytes)!;
    this.#drop(open);
    this.counters.released++;
    if (open.repairs > 0) this.counters.repaired++;
    return { stream, sealingEpoch, sequence, bytes };
  }

  #drop(open: OpenBlock): void {
    this.#open.remove(open);
    this.#bytes -= open.slab.bytes.length;
  }

  #makeRoom(bytes: number): void {
    for (let idle = this.#open.longestIdle; idle !== undefined; idle = this.#open.longestIdle) {
      if (this.#open.size < this.#limits.maximumBlocks && this.#bytes + bytes <= this.#limits.maximumBytes) return;
      this.#drop(idle);
      this.counters.evicted++;
    }
  }
}
