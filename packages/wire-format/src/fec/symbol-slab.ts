/** Holds the symbols of one block while it is assembled, in exactly the room the block itself needs.
 *  datagram symbol → [symbol slab] → recover → sealed block
 *
 *  A slab has k slots of one symbol each. Source symbol j lives in slot j from the moment it arrives. A repair symbol waits in the slot
 *  of a source symbol that is not there yet, and moves to another such slot if that source symbol does arrive. So with k different
 *  symbols the slab is full, the repair symbols sit precisely where source symbols are missing, and recovery overwrites them. */
import { WireError } from "../wire-error.ts";
import { checkCode, MAX_SYMBOLS } from "./protection.ts";
import { EMPTY_SLOT, recoverInPlace } from "./recover-in-place.ts";

/** placed: stored. held: this symbol was there already. complete: k others are held, this one is not needed. */
export type Placement = "placed" | "held" | "complete";

export class SymbolSlab {
  readonly sourceSymbols: number;
  readonly symbolBytes: number;
  /** k · symbolBytes bytes. Source symbols in order once `recover` has returned. */
  readonly bytes: Uint8Array;
  /** Symbol index in each slot, or EMPTY_SLOT. */
  readonly #slots: Uint8Array;
  /** Bit i: symbol i was placed. */
  readonly #placed = new Uint8Array(32);
  #heldCount = 0;
  /** No slot above this one is empty; starts at the end, where source symbols arrive last. */
  #lastEmpty: number;

  /**
   * @param storage  room from a pool: at least k · symbolBytes, belongs to the slab until the caller reuses it. Allocated if left out.
   * @throws {WireError} FEC_PARAMETERS if k is not 1 … 255, the symbol size not a positive multiple of 16, or the storage too small.
   */
  constructor(sourceSymbols: number, symbolBytes: number, storage?: Uint8Array) {
    checkCode(sourceSymbols, symbolBytes);
    const roomBytes = sourceSymbols * symbolBytes;
    if (storage !== undefined && storage.length < roomBytes) {
      throw new WireError("FEC_PARAMETERS", `${storage.length} bytes of storage for a slab of ${roomBytes}`);
    }
    this.sourceSymbols = sourceSymbols;
    this.symbolBytes = symbolBytes;
    this.bytes = storage?.subarray(0, roomBytes) ?? new Uint8Array(roomBytes);
    this.#slots = new Uint8Array(sourceSymbols).fill(EMPTY_SLOT);
    this.#lastEmpty = sourceSymbols - 1;
  }

  /** Different symbols held, 0 … k. */
  get heldCount(): number {
    return this.#heldCount;
  }

  /** True once k symbols are held: `recover` gives the block. */
  get isComplete(): boolean {
    return this.#heldCount === this.sourceSymbols;
  }

  holds(symbolIndex: number): boolean {
    return ((this.#placed[symbolIndex >> 3] ?? 0) & (1 << (symbolIndex & 7))) !== 0;
  }

  /**
   * Copy one symbol in.
   *
   * @param symbolIndex  0 … 254; below k it is a source symbol.
   * @throws {WireError} FEC_SYMBOL_SIZE if the symbol is not `symbolBytes` long, FEC_PARAMETERS for another index.
   * Cost: one copy of the symbol; one more where a repair symbol has to make room.
   */
  place(symbolIndex: number, symbol: Uint8Array): Placement {
    if (symbol.length !== this.symbolBytes) {
      throw new WireError("FEC_SYMBOL_SIZE", `a symbol of ${symbol.length} bytes among symbols of ${this.symbolBytes}`);
    }
    if (!Number.isInteger(symbolIndex) || symbolIndex < 0 || symbolIndex >= MAX_SYMBOLS) {
      throw new WireError("FEC_PARAMETERS", `symbol index ${symbolIndex} is not within 0 … 254`);
    }
    if (this.holds(symbolIndex)) return "held";
    if (this.isComplete) return "complete";
    let slot = symbolIndex;
    if (symbolIndex >= this.sourceSymbols) {
      slot = this.#emptySlot();
    } else if (this.#slots[slot] !== EMPTY_SLOT) {
      const refuge = this.#emptySlot();
      this.bytes.copyWithin(refuge * this.symbolBytes, slot * this.symbolBytes, (slot + 1) * this.symbolBytes);
      this.#slots[refuge] = this.#slots[slot]!;
    }
    this.bytes.set(symbol, slot * this.symbolBytes);
    this.#slots[slot] = symbolIndex;
    this.#placed[symbolIndex >> 3]! |= 1 << (symbolIndex & 7);
    this.#heldCount++;
    return "placed";
  }

  /**
   * Make the missing source symbols, in place.
   *
   * @param blockBytes  length of the block, 1 … k · symbolBytes.
   * @returns the block: a view of `bytes`, valid until the storage is reused; undefined while fewer than k symbols are held.
   * @throws {WireError} FEC_PARAMETERS if the block could not be that long.
   * Integrity is not checked: a wrong symbol yields a wrong block.
   */
  recover(blockBytes: number): Uint8Array | undefined {
    if (!Number.isInteger(blockBytes) || blockBytes < 1 || blockBytes > this.bytes.length) {
      throw new WireError("FEC_PARAMETERS", `a block of ${blockBytes} bytes in a slab of ${this.bytes.length}`);
    }
    if (!this.isComplete) return undefined;
    recoverInPlace(this.bytes, this.#slots, this.symbolBytes);
    return this.bytes.subarray(0, blockBytes);
  }

  /** There is one whenever fewer than k symbols are held; every call is followed by filling it. */
  #emptySlot(): number {
    while (this.#slots[this.#lastEmpty] !== EMPTY_SLOT) this.#lastEmpty--;
    return this.#lastEmpty;
  }
}
