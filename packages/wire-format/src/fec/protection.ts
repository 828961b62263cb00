/** Decides into how many symbols of which size a sealed block is cut, and how many repair symbols it gets.
 *  sealed block → [protection] → encode → datagrams */
import { WireError } from "../wire-error.ts";

/** Most symbols a block can have: symbol indices are 0 … 254, and counts fit one byte. */
export const MAX_SYMBOLS = 255;
/** Most source symbols `chooseProtection` gives a block, so that repair still fits: 200 + 25 % + 2 = 252. */
export const MAX_CHOSEN_SOURCE_SYMBOLS = 200;
/** Symbol sizes are multiples of this: the width of one SIMD register. */
const SYMBOL_ALIGNMENT_BYTES = 16;

/** How one block is protected. */
export interface Protection {
  /** k: any k different symbols give the block back. */
  readonly sourceSymbols: number;
  /** n: source and repair symbols that are sent at first; more repair symbols can be made at any time, up to index 254. */
  readonly totalSymbols: number;
  /** Bytes per symbol: ⌈block bytes / k⌉ rounded up to a multiple of 16. */
  readonly symbolBytes: number;
}

/** The only symbol size a block of `blockBytes` in k source symbols can have: ⌈blockBytes / k⌉ rounded up to a multiple of 16. */
export function symbolBytesFor(blockBytes: number, sourceSymbols: number): number {
  return Math.ceil(Math.ceil(blockBytes / sourceSymbols) / SYMBOL_ALIGNMENT_BYTES) * SYMBOL_ALIGNMENT_BYTES;
}

/**
 * Choose k, n and the symbol size of one block.
 *
 * k = ⌈blockBytes / maxSymbolBytes⌉. One source symbol gets 3 repair symbols and two get 4, whatever the percentage: a small block
 * costs little and is what a quiet plant sends. Otherwise n = k + max(4, ⌈k · redundancyPercent / 100⌉ + 2), at most 255.
 *
 * @param blockBytes  length of the sealed block, at least 1.
 * @param limits  `maxSymbolBytes`: largest symbol the link carries, a multiple of 16 (1408 at MTU 1500);
 *                `redundancyPercent`: repair symbols per hundred source symbols, 0 or more.
 * @throws {WireError} FEC_PARAMETERS if the limits are not as above or the block needs more than 200 source symbols.
 */
export function chooseProtection(
  blockBytes: number,
  limits: { readonly maxSymbolBytes: number; readonly redundancyPercent: number },
): Protection {
  const { maxSymbolBytes, redundancyPercent } = limits;
  if (!Number.isSafeInteger(maxSymbolBytes) || maxSymbolBytes < 16 || maxSymbolBytes % SYMBOL_ALIGNMENT_BYTES !== 0) {
    throw new WireError("FEC_PARAMETERS", `symbol size limit ${maxSymbolBytes} is not a positive multiple of 16`);
  }
  if (!(redundancyPercent >= 0))
    throw new WireError("FEC_PARAMETERS", `redundancy of ${redundancyPercent} % is negative`);
  if (!Number.isSafeInteger(blockBytes) || blockBytes < 1) {
    throw new WireError("FEC_PARAMETERS", `a block of ${blockBytes} bytes cannot be cut into symbols`);
  }
  const sourceSymbols = Math.ceil(blockBytes / maxSymbolBytes);
  if (sourceSymbols > MAX_CHOSEN_SOURCE_SYMBOLS) {
    const most = MAX_CHOSEN_SOURCE_SYMBOLS * maxSymbolBytes;
    throw new WireError(
      "FEC_PARAMETERS",
      `a block of ${blockBytes} bytes needs ${sourceSymbols} source symbols; at most ${most} bytes fit 200`,
    );
  }
  return {
    sourceSymbols,
    totalSymbols: totalSymbolsFor(sourceSymbols, redundancyPercent),
    symbolBytes: symbolBytesFor(blockBytes, sourceSymbols),
  };
}

function totalSymbolsFor(sourceSymbols: number, redundancyPercent: number): number {
  if (sourceSymbols === 1) return 4;
  if (sourceSymbols === 2) return 6;
  // 1e-9: 0.07 · 100 % is 7.000000000000001 in binary and must not become one symbol more where the product is whole.
  const share = Math.ceil((sourceSymbols * redundancyPercent) / 100 - 1e-9);
  return Math.min(MAX_SYMBOLS, sourceSymbols + Math.max(4, share + 2));
}

/** @throws {WireError} FEC_PARAMETERS unless 1 ≤ k ≤ 255 and the symbol size is a positive multiple of 16. */
export function checkCode(sourceSymbols: number, symbolBytes: number): void {
  if (!Number.isInteger(sourceSymbols) || sourceSymbols < 1 || sourceSymbols > MAX_SYMBOLS) {
    throw new WireError("FEC_PARAMETERS", `${sourceSymbols} source symbols are not within 1 … ${MAX_SYMBOLS}`);
  }
  if (!Number.isInteger(symbolBytes) || symbolBytes < 16 || symbolBytes % SYMBOL_ALIGNMENT_BYTES !== 0) {
    throw new WireError("FEC_PARAMETERS", `symbol size ${symbolBytes} is not a positive multiple of 16`);
  }
}
