/** The kernel contract: sums of products of whole symbols, which is all that encoding and recovery consist of.
 *  encode, recover → [kernel] → symbols */

export interface SymbolKernel {
  /** wasm-simd: kernel.wat. scalar: plain JavaScript, the fallback and cross-check. Both give the same bytes. */
  readonly name: "wasm-simd" | "scalar";
  /**
   * output i = Σ over j of coefficients[i · sources + j] · source j, for every byte of the symbols.
   *
   * @param input  where the sources are; bytes beyond its end count as zero, so a block's last symbol needs no padded copy.
   * @param inputOffsets  where source j begins in `input`; the first `sources` entries are used.
   * @param coefficients  `outputs` rows of `sources` bytes.
   * @param output  where the outputs go. May be `input` itself: each output's range must then equal some source's or touch none.
   * @param symbolBytes  a positive multiple of 16.
   * Memory: a fixed amount, whatever the sizes. Not re-entrant; one per thread.
   */
  combine(
    input: Uint8Array,
    inputOffsets: Int32Array,
    sources: number,
    coefficients: Uint8Array,
    output: Uint8Array,
    outputOffsets: Int32Array,
    outputs: number,
    symbolBytes: number,
  ): void;
}
