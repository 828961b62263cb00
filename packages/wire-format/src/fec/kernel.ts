/** Selects the kernel once per thread, when this file is loaded.
 *  [kernel] → encode, recover */
import { scalarKernel } from "./scalar-kernel.ts";
import { loadSimdKernel } from "./simd-kernel.ts";
import type { SymbolKernel } from "./symbol-kernel.ts";

export const kernel: SymbolKernel = loadSimdKernel() ?? scalarKernel;

/** Which kernel this process uses; a station logs it at start, since `scalar` is several times slower. */
export const fecKernelName: SymbolKernel["name"] = kernel.name;
