/** Compiles src/fec/kernel.wat and embeds it in src/fec/kernel-bytes.ts.
 *  Run after every change of the source: node packages/wire-format/build-kernel.ts. A test rebuilds and compares. */
import { readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import initialiseWabt from "wabt";

const SOURCE = new URL("./src/fec/kernel.wat", import.meta.url);
const EMBEDDED = new URL("./src/fec/kernel-bytes.ts", import.meta.url);

/**
 * @param source  WebAssembly text; kernel.wat as it is now if left out.
 * @returns the text of kernel-bytes.ts that belongs to it.
 */
export async function buildKernel(source = readFileSync(SOURCE, "utf8")): Promise<string> {
  const wabt = await initialiseWabt();
  const parsed = wabt.parseWat("kernel.wat", source, { simd: true, relaxed_simd: true });
  try {
    parsed.validate();
    const { buffer } = parsed.toBinary({ canonicalize_lebs: true, write_debug_names: false });
    const base64 = Buffer.from(buffer).toString("base64");
    const lines = base64.match(/.{1,116}/g)!.map((line) => `  "${line}",`);
    return [
      `/** kernel.wat, compiled (${buffer.length} bytes). Made by build-kernel.ts; not edited by hand. */`,
      "export const KERNEL_BASE64 = [",
      ...lines,
      '].join("");',
      "",
    ].join("\n");
  } finally {
    parsed.destroy();
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) writeFileSync(EMBEDDED, await buildKernel());
