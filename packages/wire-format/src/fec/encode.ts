/** Cuts a sealed block into source symbols and makes repair symbols from them.
 *  sealed block → protection → [encode] → datagrams */
import { WireError } from "../wire-error.ts";
import { kernel } from "./kernel.ts";
import { parityCoefficient } from "./parity-matrix.ts";
import { checkCode, MAX_SYMBOLS } from "./protection.ts";

/**
 * Source symbol `index` of a block: its bytes from index · symbolBytes on, zero padded at the block's end.
 *
 * @returns `symbolBytes` bytes. A view of the block where no padding is needed: valid while the block is, not to be modified.
 * @throws {WireError} FEC_PARAMETERS unless 0 ≤ index < k and the block fits k symbols.
 */
export function sourceSymbol(block: Uint8Array, sourceSymbols: number, symbolBytes: number, index: number): Uint8Array {
  checkBlock(block, sourceSymbols, symbolBytes);
  if (!Number.isInteger(index) || index < 0 || index >= sourceSymbols) {
    throw new WireError("FEC_PARAMETERS", `symbol ${index} is not a source symbol of ${sourceSymbols}`);
  }
  const begin = index * symbolBytes;
  const end = begin + symbolBytes;
  if (end <= block.length) return block.subarray(begin, end);
  const padded = new Uint8Array(symbolBytes);
  if (begin < block.length) padded.set(block.subarray(begin));
  return padded;
}

// Scratch of repairSymbols. With k + rows ≤ 255 a parity matrix has at most 127 · 128 = 16,256 coefficients.
const coefficients = new Uint8Array(16_384);
const inputOffsets = new Int32Array(MAX_SYMBOLS);
const outputOffsets = new Int32Array(MAX_SYMBOLS);

/**
 * Repair symbols of a block, by symbol index.
 *
 * @param indices  which ones: different indices in k … 254, in any order; not only those below n.
 * @returns one symbol of `symbolBytes` per index, in that order. Views of one buffer that the caller owns.
 * @throws {WireError} FEC_PARAMETERS if an index is not a repair symbol's, there are more than 255 − k, or the block does not fit k symbols.
 *
 * Cost: O(k · indices · symbolBytes); one allocation of indices · symbolBytes besides the views.
 */
export function repairSymbols(
  block: Uint8Array,
  sourceSymbols: number,
  symbolBytes: number,
  indices: readonly number[],
): Uint8Array[] {
  checkBlock(block, sourceSymbols, symbolBytes);
  if (indices.length > MAX_SYMBOLS - sourceSymbols) {
    throw new WireError(
      "FEC_PARAMETERS",
      `${indices.length} repair symbols beside ${sourceSymbols} source symbols exceed ${MAX_SYMBOLS}`,
    );
  }
  for (let row = 0; row < indices.length; row++) {
    const index = indices[row]!;
    if (!Number.isInteger(index) || index < sourceSymbols || index >= MAX_SYMBOLS) {
      throw new WireError(
        "FEC_PARAMETERS",
        `symbol ${index} is not a repair symbol of ${sourceSymbols} source symbols`,
      );
    }
    for (let source = 0; source < sourceSymbols; source++) {
      coefficients[row * sourceSymbols + source] = parityCoefficient(index, source);
    }
    outputOffsets[row] = row * symbolBytes;
  }
  for (let source = 0; source < sourceSymbols; source++) inputOffsets[source] = source * symbolBytes;
  const output = new Uint8Array(indices.length * symbolBytes);
  kernel.combine(block, inputOffsets, sourceSymbols, coefficients, output, outputOffsets, indices.length, symbolBytes);
  return indices.map((_, row) => output.subarray(row * symbolBytes, (row + 1) * symbolBytes));
}

function checkBlock(block: Uint8Array, sourceSymbols: number, symbolBytes: number): void {
  checkCode(sourceSymbols, symbolBytes);
  if (block.length > sourceSymbols * symbolBytes) {
    throw new WireError(
      "FEC_PARAMETERS",
      `a block of ${block.length} bytes exceeds ${sourceSymbols} symbols of ${symbolBytes} bytes`,
    );
  }
}
