/** The cells of a chunk by minute, as they lie beside it: an interval of whole minutes is answered from them, and they may outlive the samples.
 *  chunk → [chunk figures] → figures table → read history */
import { constants, zstdCompressSync, zstdDecompressSync } from "node:zlib";
import { BATCH_LIMITS, type SampleColumns, WireError } from "@nonreturn/wire-format";
import { emptyCell, forEachCell, type SampleCell } from "../sample-cells.ts";

/** Fewer samples per cell than this, and reading the samples costs as little as reading their figures. */
export const SAMPLES_PER_CELL = 30;
const ZSTD = { params: { [constants.ZSTD_c_compressionLevel]: 1 } };
/** What a cell is made of, a column each of float64: exact, since a result must be the one that the samples give. */
const COLUMNS = [
  ...(["firstAt", "lastAt", "samples", "unusable", "covered", "min", "max", "last", "sum", "area"] as const),
] satisfies (keyof SampleCell)[];
/** Neighbours differ little in these: what is kept is the difference to the cell before. Whole numbers, so nothing is rounded. */
const STEPS: ReadonlySet<string> = new Set(["firstAt", "lastAt"]);

export interface FiguresBody {
  readonly plainBytes: number;
  readonly body: Uint8Array;
}

/** @returns undefined where there are too few samples per minute to be worth it. */
export function encodeFigures(series: SampleColumns): FiguresBody | undefined {
  const minutes = new Set<number>();
  const most = series.count / SAMPLES_PER_CELL;
  for (let row = 0; row < series.count && minutes.size <= most; row++)
    minutes.add(Math.floor(series.timestamps[row]! / 60_000_000));
  if (minutes.size > most) return undefined;
  const cells: SampleCell[] = [];
  forEachCell(
    series,
    0,
    series.count,
    () => Number.POSITIVE_INFINITY,
    (cell) => void cells.push({ ...cell }),
  );
  const plain = new Uint8Array(cells.length * COLUMNS.length * 8);
  let at = 0;
  for (const column of COLUMNS) {
    const values = Float64Array.from(cells, (cell) => cell[column]);
    if (STEPS.has(column)) for (let index = values.length - 1; index > 0; index--) values[index]! -= values[index - 1]!;
    // First bytes first: the higher ones are nearly the same in all cells, and zstd sees that.
    const bytes = new Uint8Array(values.buffer);
    for (let plane = 0; plane < 8; plane++)
      for (let place = plane; place < bytes.length; place += 8) plain[at++] = bytes[place]!;
  }
  return { plainBytes: plain.length, body: zstdCompressSync(plain, ZSTD) };
}

/** @throws {WireError} BLOCK_DECOMPRESS, BATCH_MALFORMED for a damaged body. */
export function decodeFigures({ plainBytes, body }: FiguresBody): SampleCell[] {
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
