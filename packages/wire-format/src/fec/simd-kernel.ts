/** The kernel in WebAssembly SIMD: loads the embedded module and moves symbols through its memory.
 *  encode, recover → [simd kernel] → symbols */
import { multiply } from "./galois.ts";
import { KERNEL_BASE64 } from "./kernel-bytes.ts";
import type { SymbolKernel } from "./symbol-kernel.ts";

/** The part of the WebAssembly interface that is used; TypeScript declares it with the browser's types only. */
interface WebAssemblyEngine {
  validate(bytes: Uint8Array): boolean;
  Module: new (bytes: Uint8Array) => object;
  Instance: new (module: object) => { readonly exports: unknown };
}

/** What kernel.wat exports; its head says what the arguments mean. */
interface KernelExports {
  readonly memory: { readonly buffer: ArrayBuffer };
  combine1(source: number, sources: number, stride: number, coefficient: number, output: number, bytes: number): void;
  combine4(source: number, sources: number, stride: number, coefficient: number, output: number, bytes: number): void;
}

const COEFFICIENTS_AT = 8192; // above the nibble tables: 256 constants × 32 B
const SYMBOLS_AT = COEFFICIENTS_AT + 1024; // one byte per source and output of a call: 255 × 4, rounded up
const LINE_BYTES = 64;

/**
 * Instantiate the kernel.
 *
 * @param engine  the WebAssembly of this runtime; a parameter so that a test can take it away.
 * @returns undefined where WebAssembly, its SIMD or relaxed SIMD is missing. Memory: 320 KiB, fixed.
 */
export function loadSimdKernel(engine: WebAssemblyEngine | undefined = runtimeEngine()): SymbolKernel | undefined {
  const moduleBytes = Uint8Array.from(Buffer.from(KERNEL_BASE64, "base64"));
  if (engine === undefined || !engine.validate(moduleBytes)) return undefined;
  const kernel = new engine.Instance(new engine.Module(moduleBytes)).exports as KernelExports;
  const memory = new Uint8Array(kernel.memory.buffer);
  writeNibbleTables(memory);
  return {
    name: "wasm-simd",
    combine(input, inputOffsets, sources, coefficients, output, outputOffsets, outputs, symbolBytes) {
      const outputRows = Math.ceil(outputs / 4) * 4; // combine4 writes four rows even where three are wanted
      const stride = columnBytes(memory.length - SYMBOLS_AT, sources + outputRows, symbolBytes);
      const outputsAt = SYMBOLS_AT + sources * stride;
      for (let column = 0; column < symbolBytes; column += stride) {
        const width = Math.min(stride, symbolBytes - column);
        for (let source = 0; source < sources; source++) {
          copyIn(memory, SYMBOLS_AT + source * stride, input, inputOffsets[source]! + column, width);
        }
        for (let row = 0; row < outputs; ) {
          const at = outputsAt + row * stride;
          if (outputs - row >= 3) {
            stageCoefficients(memory, coefficients, sources, row, Math.min(4, outputs - row));
            kernel.combine4(SYMBOLS_AT, sources, stride, COEFFICIENTS_AT, at, width);
            row += 4;
          } else {
            memory.set(coefficients.subarray(row * sources, (row + 1) * sources), COEFFICIENTS_AT);
            kernel.combine1(SYMBOLS_AT, sources, stride, COEFFICIENTS_AT, at, width);
            row += 1;
          }
        }
        for (let row = 0; row < outputs; row++) {
          const at = outputsAt + row * stride;
          output.set(memory.subarray(at, at + width), outputOffsets[row]! + column);
        }
      }
    },
  };
}

function runtimeEngine(): WebAssemblyEngine | undefined {
  return (globalThis as { WebAssembly?: WebAssemblyEngine }).WebAssembly;
}

/** 32 bytes per constant c: c·0 … c·15, then c·0, c·16 … c·240. */
function writeNibbleTables(memory: Uint8Array): void {
  for (let constant = 0; constant < 256; constant++) {
    for (let nibble = 0; nibble < 16; nibble++) {
      memory[constant * 32 + nibble] = multiply(constant, nibble);
      memory[constant * 32 + 16 + nibble] = multiply(constant, nibble << 4);
    }
  }
}

/** Bytes of every symbol that go through the memory at once: the whole symbol where it fits, else about equal parts in whole cache lines. */
function columnBytes(roomBytes: number, rows: number, symbolBytes: number): number {
  if (rows * symbolBytes <= roomBytes) return symbolBytes;
  const most = Math.floor(roomBytes / rows / LINE_BYTES) * LINE_BYTES; // at least 576: 318,464 B for 511 rows
  const parts = Math.ceil(symbolBytes / most);
  return Math.ceil(symbolBytes / parts / LINE_BYTES) * LINE_BYTES;
}

function copyIn(memory: Uint8Array, at: number, input: Uint8Array, from: number, width: number): void {
  const held = Math.max(0, Math.min(width, input.length - from));
  if (held > 0) memory.set(input.subarray(from, from + held), at);
  if (held < width) memory.fill(0, at + held, at + width);
}

/** combine4 reads its coefficients source-major, four per source. Rows that are not wanted get 0. */
function stageCoefficients(
  memory: Uint8Array,
  coefficients: Uint8Array,
  sources: number,
  row: number,
  rows: number,
): void {
  for (let lane = 0; lane < 4; lane++) {
    const from = (row + lane) * sources;
    for (let source = 0; source < sources; source++) {
      memory[COEFFICIENTS_AT + source * 4 + lane] = lane < rows ? coefficients[from + source]! : 0;
    }
  }
}
