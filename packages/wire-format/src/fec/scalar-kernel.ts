/** The kernel in plain JavaScript: used where WebAssembly SIMD is missing, and to cross-check it.
 *  encode, recover → [scalar kernel] → symbols
 *
 *  Four outputs are computed at once: for one source and four coefficients a table of 256 words holds the four products of every
 *  byte value side by side, so one look-up and one XOR advance four sums. */
import { multiply } from "./galois.ts";
import type { SymbolKernel } from "./symbol-kernel.ts";

const LANES = 4; // outputs per 32-bit word
const COLUMN_BYTES = 1536; // columns summed before they are written out: a symbol at MTU 1500 in one go

const products = new Uint32Array(256);
// Sums of every group of four outputs for one stretch of columns: at most 64 groups × 1536 × 4 B = 384 KiB. All groups are summed
// before any output is written, because outputs may overwrite sources.
let sums = new Uint32Array(COLUMN_BYTES);

export const scalarKernel: SymbolKernel = {
  name: "scalar",
  combine(input, inputOffsets, sources, coefficients, output, outputOffsets, outputs, symbolBytes) {
    const groups = Math.ceil(outputs / LANES);
    if (sums.length < groups * COLUMN_BYTES) sums = new Uint32Array(groups * COLUMN_BYTES);
    for (let column = 0; column < symbolBytes; column += COLUMN_BYTES) {
      const width = Math.min(COLUMN_BYTES, symbolBytes - column);
      sums.fill(0, 0, groups * COLUMN_BYTES);
      for (let group = 0; group < groups; group++) {
        for (let source = 0; source < sources; source++) {
          tabulate(coefficients, sources, source, group * LANES, outputs);
          addProducts(group * COLUMN_BYTES, input, inputOffsets[source]! + column, width);
        }
      }
      for (let row = 0; row < outputs; row++) {
        const shift = (row % LANES) * 8;
        const from = Math.floor(row / LANES) * COLUMN_BYTES;
        const to = outputOffsets[row]! + column;
        for (let at = 0; at < width; at++) output[to + at] = sums[from + at]! >>> shift;
      }
    }
  },
};

/** products[x] = the products of byte x with the coefficients of up to four outputs, one per byte lane. */
function tabulate(coefficients: Uint8Array, sources: number, source: number, firstRow: number, outputs: number): void {
  products[0] = 0;
  for (let bit = 1; bit < 256; bit <<= 1) {
    let word = 0;
    for (let lane = 0; lane < LANES && firstRow + lane < outputs; lane++) {
      word |= multiply(bit, coefficients[(firstRow + lane) * sources + source]!) << (lane * 8);
    }
    // Multiplication is linear: the products of bit + rest are those of bit XOR those of rest.
    for (let rest = 0; rest < bit; rest++) products[bit + rest] = word ^ products[rest]!;
  }
}

function addProducts(sumsAt: number, input: Uint8Array, inputAt: number, width: number): void {
  const held = Math.max(0, Math.min(width, input.length - inputAt)); // what lies beyond the input is zero and adds nothing
  for (let at = 0; at < held; at++) sums[sumsAt + at]! ^= products[input[inputAt + at]!]!;
}
