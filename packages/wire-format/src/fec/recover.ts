/** Recovers one block from symbols collected elsewhere.
 *  datagram symbols → [recover] → sealed block */
import { checkCode } from "./protection.ts";
import { SymbolSlab } from "./symbol-slab.ts";

/**
 * Recover one block from symbols held in a map. For a stream of blocks use a {@link SymbolSlab}, which needs no second copy.
 *
 * @param symbols  symbols by symbol index (0 … 254), each `symbolBytes` long. Not modified.
 * @returns the block, `blockBytes` long, or undefined while fewer than k symbols are held.
 * @throws {WireError} FEC_SYMBOL_SIZE if a symbol has another length; FEC_PARAMETERS if k, the size or an index is out of range.
 * Cost: O(k · missing · symbolBytes) and one copy of k symbols. Integrity is not checked: a wrong symbol yields a wrong block.
 */
export function recoverBlock(
  symbols: ReadonlyMap<number, Uint8Array>,
  sourceSymbols: number,
  symbolBytes: number,
  blockBytes: number,
): Uint8Array | undefined {
  checkCode(sourceSymbols, symbolBytes);
  const slab = new SymbolSlab(sourceSymbols, symbolBytes);
  // Source symbols first: they cost nothing to use.
  for (const [index, symbol] of symbols) if (index < sourceSymbols) slab.place(index, symbol);
  for (const [index, symbol] of symbols) if (index >= sourceSymbols) slab.place(index, symbol);
  return slab.recover(blockBytes);
}
