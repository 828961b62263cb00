/** Samples of one tag in order of time, and how they lie in a chunk.
 *  segments → by tag → [chunk] → read history */
import { constants, zstdCompressSync, zstdDecompressSync } from "node:zlib";
import {
  BATCH_LIMITS,
  BatchKind,
  Codec,
  compress,
  decodeBatch,
  decompress,
  encodeBatch,
  type SampleColumns,
  type Scalar,
  WireError,
} from "@nonreturn/wire-format";
import { decodeColumns, encodeColumns } from "./chunk-columns.ts";

/** Rows of a full chunk: 8 to 32 KiB, decoded in well under a millisecond. Half a page of SQLite is lost per chunk, so not fewer. */
export const CHUNK_SAMPLES = 8192;
/** Values in a chunk beyond which it is cut earlier; far below BATCH_LIMITS.plainBytes. */
const CHUNK_VALUE_BYTES = 1024 * 1024;

/** Samples of one tag, ascending by timestamp; samples of equal timestamps in the order in which they came. `tagIds` is all zero. */
export type TagSeries = SampleColumns;

/** How a body is packed. 0 and 1 are the wire's codecs over a sample batch of the wire; the others are over columns of one tag. */
const ChunkCodec = { ...Codec, columns: 2, zstdColumns: 3 } as const;
type ChunkCodec = (typeof ChunkCodec)[keyof typeof ChunkCodec];

/** A call of zstd costs as much as the rows of a small chunk, and those are merged soon. */
const ZSTD_ROWS = 256;
const ZSTD = { params: { [constants.ZSTD_c_compressionLevel]: 1 } };

export interface ChunkBody {
  readonly codec: ChunkCodec;
  readonly plainBytes: number;
  readonly body: Uint8Array;
}

/** Exact to the bit, as everything that crossed the link. */
export function encodeChunk(series: TagSeries): ChunkBody {
  const columns = encodeColumns(series);
  if (columns === undefined) {
    const plain = encodeBatch({ kind: "data", directoryRevision: 0, samples: series });
    const { codec, bytes } = compress(plain);
    return { codec, plainBytes: plain.length, body: bytes };
  }
  const small = series.count < ZSTD_ROWS;
  const body = small ? columns : zstdCompressSync(columns, ZSTD);
  return { codec: small ? ChunkCodec.columns : ChunkCodec.zstdColumns, plainBytes: columns.length, body };
}

/** @throws {WireError} BLOCK_DECOMPRESS, BATCH_MALFORMED for a damaged body. */
export function decodeChunk({ codec, plainBytes, body }: ChunkBody): TagSeries {
  if (codec === ChunkCodec.columns) return decodeColumns(body);
  if (codec === ChunkCodec.zstdColumns) return decodeColumns(inflated(body, plainBytes));
  const batch = decodeBatch(BatchKind.data, decompress(codec, body, plainBytes));
  if (batch.kind !== "data") throw new RangeError("a chunk is a sample batch"); // not reached: the kind was asked for
  return batch.samples;
}

function inflated(body: Uint8Array, plainBytes: number): Uint8Array {
  try {
    return zstdDecompressSync(body, { maxOutputLength: Math.min(plainBytes, BATCH_LIMITS.plainBytes) });
  } catch (cause) {
    throw new WireError("BLOCK_DECOMPRESS", "chunk: not zstd of the length it says", { cause });
  }
}

/** Gather rows of several columns into one series and sort it by time. Stable. */
export class SeriesBuilder {
  readonly #parts: { readonly samples: SampleColumns; readonly row: number }[] = [];

  push(samples: SampleColumns, row: number): void {
    this.#parts.push({ samples, row });
  }

  pushAll(samples: SampleColumns): void {
    for (let row = 0; row < samples.count; row++) this.#parts.push({ samples, row });
  }

  take(): TagSeries {
    const parts = this.#parts;
    if (!ascending(parts)) parts.sort((a, b) => a.samples.timestamps[a.row]! - b.samples.timestamps[b.row]!);
    const count = parts.length;
    const series = {
      count,
      tagIds: new Uint32Array(count),
      timestamps: new Float64Array(count),
      statusCodes: new Uint32Array(count),
      kinds: new Uint8Array(count),
      numbers: new Float64Array(count),
      others: [] as SampleColumns["others"][number][],
    };
    for (let index = 0; index < count; index++) {
      const { samples, row } = parts[index]!;
      const number = samples.numbers[row]!;
      const kind = samples.kinds[row]!;
      series.timestamps[index] = samples.timestamps[row]!;
      series.statusCodes[index] = samples.statusCodes[row]!;
      series.kinds[index] = kind;
      if (kind <= LAST_PLAIN_KIND) series.numbers[index] = number;
      else {
        series.numbers[index] = series.others.length;
        series.others.push(samples.others[number]!);
      }
    }
    this.#parts.length = 0;
    return series;
  }
}

/** ValueKind.number: kinds up to it lie in `numbers` itself. */
const LAST_PLAIN_KIND = 2;

function ascending(parts: readonly { readonly samples: SampleColumns; readonly row: number }[]): boolean {
  let last = Number.NEGATIVE_INFINITY;
  for (const { samples, row } of parts) {
    const timestamp = samples.timestamps[row]!;
    if (timestamp < last) return false;
    last = timestamp;
  }
  return true;
}

/** Cut a series into pieces that fit a chunk each. `full` says that a piece was cut off because it reached a bound. */
export function cutSeries(series: TagSeries): { readonly piece: TagSeries; readonly size: "full" | "rest" }[] {
  const pieces: { piece: TagSeries; size: "full" | "rest" }[] = [];
  let first = 0;
  let bytes = 0;
  for (let row = 0; row < series.count; row++) {
    const own = series.kinds[row]! > LAST_PLAIN_KIND ? weightOf(series.others[series.numbers[row]!]!) : 8;
    if (row > first && (row - first === CHUNK_SAMPLES || bytes + own > CHUNK_VALUE_BYTES)) {
      pieces.push({ piece: rows(series, first, row), size: "full" });
      first = row;
      bytes = 0;
    }
    bytes += own;
  }
  if (first < series.count) {
    const size = series.count - first >= CHUNK_SAMPLES || bytes >= CHUNK_VALUE_BYTES / 2 ? "full" : "rest";
    pieces.push({ piece: first === 0 ? series : rows(series, first, series.count), size });
  }
  return pieces;
}

/** An upper bound of a value's encoded bytes. */
function weightOf(value: Scalar | readonly Scalar[]): number {
  if (typeof value === "string") return value.length * 3 + 5;
  if (value instanceof Uint8Array) return value.length + 5;
  if (Array.isArray(value))
    return (value as readonly Scalar[]).reduce<number>((sum, element) => sum + weightOf(element), 5);
  return 11;
}

function rows(series: TagSeries, first: number, end: number): TagSeries {
  const builder = new SeriesBuilder();
  for (let row = first; row < end; row++) builder.push(series, row);
  return builder.take();
}
