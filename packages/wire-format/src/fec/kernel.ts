/** Selects the kernel once per thread, when this file is loaded.
 *  [kernel] → encode, recover */
import { scalarKernel } from "./scalar-kernel.ts";
import { loadSimdKernel } from "./simd-kernel.ts";
import type { SymbolKernel } from "./symbol-kernel.ts";

/** The scalar one is several times slower; it serves machines without WebAssembly SIMD. */
export const kernel: SymbolKernel = loadSimdKernel() ?? scalarKernel;
