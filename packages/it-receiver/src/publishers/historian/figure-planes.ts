/** Figures by minute as older files have them: ten columns of float64 under zstd. No longer written.
 *  figures table → [figure planes] → chunk figures */
import { zstdDecompressSync } from "node:zlib";
import { BATCH_LIMITS, WireError } from "@nonreturn/wire-format";
import { emptyCell, type SampleCell } from "../sample-cells.ts";

/** Of each column the first byte of every cell, then the second … (little-endian). */
const COLUMNS = [
  ...(["firstAt", "lastAt", "samples", "unusable", "covered", "min", "max", "last", "sum", "area"] as const),
] satisfies (keyof SampleCell)[];
/** The difference to the cell before is kept. */
const STEPS: ReadonlySet<string> = new Set(["firstAt", "lastAt"]);

/** @throws {WireError} BLOCK_DECOMPRESS, BATCH_MALFORMED for a damaged body. */
export function decodeFigurePlanes(body: Uint8Array, plainBytes: number): SampleCell[] {
  const plain = inflated(body, plainBytes);
  const count = plain.length / COLUMNS.length / 8;
  if (!Number.isInteger(count)) throw new WireError("BATCH_MALFORMED", `chunk: ${plain.length} bytes of figures`);
  const cells = Array.from({ length: count }, emptyCell);
  const values = new Float64Array(count);
  const bytes = new Uint8Array(values.buffer);
  let at = 0;
  for (const column of COLUMNS) {
    for (let plane = 0; plane < 8; plane++)
      for (let place = plane; place < bytes.length; place += 8) bytes[place] = plain[at++]!;
    if (STEPS.has(column)) for (let index = 1; index < count; index++) values[index]! += values[index - 1]!;
    for (let index = 0; index < count; index++) cells[index]![column] = values[index]!;
  }
  return cells;
}

function inflated(body: Uint8Array, plainBytes: number): Uint8Array {
  try {
    return zstdDecompressSync(body, { maxOutputLength: Math.min(plainBytes, BATCH_LIMITS.plainBytes) });
  } catch (cause) {
    throw new WireError("BLOCK_DECOMPRESS", "chunk: not zstd of the length it says", { cause });
  }
}
