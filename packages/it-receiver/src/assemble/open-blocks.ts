/** The incomplete blocks, found by what a datagram says of its block and kept in the order of their last symbol.
 *  datagram → [open blocks] → assembly table */
import type { SymbolSlab } from "@nonreturn/wire-format";

/** What makes two symbols symbols of the same block, and where they go. */
export interface NewBlock {
  readonly stream: number;
  readonly sealingEpoch: number;
  readonly sequence: number;
  readonly blockBytes: number;
  readonly slab: SymbolSlab;
}

export interface OpenBlock extends NewBlock {
  /** Repair symbols placed. */
  repairs: number;
  /** Another block of the same sequence: of another stream or epoch, or cut otherwise. */
  sibling: OpenBlock | undefined;
  /** Neighbours in the order of the last symbol. */
  older: OpenBlock | undefined;
  newer: OpenBlock | undefined;
}

/**
 * Every datagram looks here once, so there is no key to be put together: the sequence leads to a chain of (nearly always) one block, and
 * the order is a list of neighbours. All operations are O(1), `find` and `remove` O(siblings).
 */
export class OpenBlocks {
  readonly #bySequence = new Map<number, OpenBlock>();
  #oldest: OpenBlock | undefined;
  #newest: OpenBlock | undefined;
  #size = 0;

  get size(): number {
    return this.#size;
  }

  /** The block whose last symbol came first. */
  get longestIdle(): OpenBlock | undefined {
    return this.#oldest;
  }

  /** @param k  its number of source symbols; with the length it gives the symbol size. */
  find(stream: number, sealingEpoch: number, sequence: number, k: number, blockBytes: number): OpenBlock | undefined {
    let open = this.#bySequence.get(sequence);
    while (
      open !== undefined &&
      !(
        open.stream === stream &&
        open.sealingEpoch === sealingEpoch &&
        open.slab.sourceSymbols === k &&
        open.blockBytes === blockBytes
      )
    )
      open = open.sibling;
    return open;
  }

  /** A block that `find` does not know; it is the newest now. */
  add(block: NewBlock): OpenBlock {
    const sibling = this.#bySequence.get(block.sequence);
    const open: OpenBlock = { ...block, repairs: 0, sibling, older: undefined, newer: undefined };
    this.#bySequence.set(block.sequence, open);
    this.#append(open);
    this.#size++;
    return open;
  }

  /** It got a symbol: it is the newest again. */
  touch(open: OpenBlock): void {
    if (open === this.#newest) return;
    this.#unlink(open);
    this.#append(open);
  }

  remove(open: OpenBlock): void {
    this.#unlink(open);
    this.#size--;
    const first = this.#bySequence.get(open.sequence);
    if (first === open) {
      if (open.sibling === undefined) this.#bySequence.delete(open.sequence);
      else this.#bySequence.set(open.sequence, open.sibling);
      return;
    }
    for (let at = first; at !== undefined; at = at.sibling) if (at.sibling === open) at.sibling = open.sibling;
  }

  #append(open: OpenBlock): void {
    open.older = this.#newest;
    open.newer = undefined;
    if (this.#newest === undefined) this.#oldest = open;
    else this.#newest.newer = open;
    this.#newest = open;
  }

  #unlink({ older, newer }: OpenBlock): void {
    if (older === undefined) this.#oldest = newer;
    else older.newer = newer;
    if (newer === undefined) this.#newest = older;
    else newer.older = older;
  }
}
