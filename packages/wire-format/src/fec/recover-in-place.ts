/** Makes the missing source symbols of a full slab, in place.
 *  symbol slab → [recover in place] → sealed block */
import { WireError } from "../wire-error.ts";
import { kernel } from "./kernel.ts";
import { recoveryCoefficients } from "./parity-matrix.ts";
import { MAX_SYMBOLS } from "./protection.ts";

/** Marks a slot without a symbol: no symbol has this index. */
export const EMPTY_SLOT = 255;

// Scratch. At most 127 source symbols can be missing, since k + rows ≤ 255: 127 · 128 = 16,256 coefficients.
const coefficients = new Uint8Array(16_384);
const inputOffsets = new Int32Array(MAX_SYMBOLS);
const outputOffsets = new Int32Array(MAX_SYMBOLS);
const missing = new Uint8Array(MAX_SYMBOLS);

/**
 * Overwrite the repair symbols of a full slab by the source symbols that were missing.
 *
 * @param bytes  k slots of `symbolBytes`. Slots with source symbols are only read.
 * @param slots  symbol index in each slot, all different: either the slot's own number or that of a repair symbol (k … 254).
 *               Afterwards every slot has its own number.
 * @throws {WireError} FEC_PARAMETERS if a slot is empty or holds another slot's source symbol.
 * Cost: O(k · missing · symbolBytes); nothing where no source symbol is missing. Allocates a few views.
 */
export function recoverInPlace(bytes: Uint8Array, slots: Uint8Array, symbolBytes: number): void {
  const k = slots.length;
  let missingCount = 0;
  for (let slot = 0; slot < k; slot++) {
    const symbolIndex = slots[slot]!;
    inputOffsets[slot] = slot * symbolBytes;
    if (symbolIndex === slot) continue;
    if (symbolIndex < k || symbolIndex === EMPTY_SLOT) {
      throw new WireError("FEC_PARAMETERS", `slot ${slot} of ${k} holds symbol ${symbolIndex}`);
    }
    outputOffsets[missingCount] = slot * symbolBytes;
    missing[missingCount++] = slot;
  }
  if (missingCount === 0) return;
  recoveryCoefficients(slots, missing.subarray(0, missingCount), coefficients);
  kernel.combine(bytes, inputOffsets, k, coefficients, bytes, outputOffsets, missingCount, symbolBytes);
  for (let row = 0; row < missingCount; row++) slots[missing[row]!] = missing[row]!;
}
