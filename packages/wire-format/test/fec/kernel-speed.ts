/** Measures both FEC kernels: node packages/wire-format/test/fec/kernel-speed.ts. Gigabytes of source symbols per second, best of several
 *  runs; encode makes all repair symbols, recover replaces as many lost source symbols as there are repair symbols. */
import { parityCoefficient, recoveryCoefficients } from "../../src/fec/parity-matrix.ts";
import { scalarKernel } from "../../src/fec/scalar-kernel.ts";
import { loadSimdKernel } from "../../src/fec/simd-kernel.ts";
import type { SymbolKernel } from "../../src/fec/symbol-kernel.ts";

const SYMBOL_BYTES = 1408;
const RUNS = 25;

function bestGigabytesPerSecond(bytesPerCall: number, callsPerRun: number, call: () => void): number {
  let best = 0;
  for (let run = 0; run < RUNS; run++) {
    const begin = performance.now();
    for (let turn = 0; turn < callsPerRun; turn++) call();
    best = Math.max(best, (bytesPerCall * callsPerRun) / (performance.now() - begin) / 1e6);
  }
  return best;
}

function measure(kernel: SymbolKernel, k: number, repair: number): void {
  const block = new Uint8Array(k * SYMBOL_BYTES).map((_, at) => at * 31 + (at >> 8));
  const output = new Uint8Array(repair * SYMBOL_BYTES);
  const inputOffsets = Int32Array.from({ length: k }, (_, j) => j * SYMBOL_BYTES);
  const outputOffsets = Int32Array.from({ length: repair }, (_, i) => i * SYMBOL_BYTES);
  const coefficients = new Uint8Array(k * repair);
  const calls = kernel.name === "scalar" ? 40 : 400;
  const encode = bestGigabytesPerSecond(block.length, calls, () => {
    for (let i = 0; i < repair; i++) for (let j = 0; j < k; j++) coefficients[i * k + j] = parityCoefficient(k + i, j);
    kernel.combine(block, inputOffsets, k, coefficients, output, outputOffsets, repair, SYMBOL_BYTES);
  });
  // Every (k / repair)-th source symbol is lost; in a slab its slot holds a repair symbol.
  const missing = Uint8Array.from({ length: repair }, (_, i) => Math.floor((i * k) / repair));
  const held = Uint8Array.from({ length: k }, (_, j) => (missing.includes(j) ? k + missing.indexOf(j) : j));
  const missingOffsets = Int32Array.from(missing, (j) => j * SYMBOL_BYTES);
  const recover = bestGigabytesPerSecond(block.length, calls, () => {
    recoveryCoefficients(held, missing, coefficients);
    kernel.combine(block, inputOffsets, k, coefficients, block, missingOffsets, repair, SYMBOL_BYTES);
  });
  console.log(
    `${kernel.name.padEnd(10)} ${k}+${repair}: encode ${encode.toFixed(2)} GB/s, recover ${recover.toFixed(2)} GB/s`,
  );
}

for (const kernel of [loadSimdKernel(), scalarKernel]) {
  if (kernel === undefined) continue;
  for (const [k, repair] of [
    [32, 4],
    [64, 8],
    [200, 52],
  ] as const)
    measure(kernel, k, repair);
}
