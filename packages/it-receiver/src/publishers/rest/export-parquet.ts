/** A range of history as a Parquet file, row group by row group: as much is in memory as one of them, however slow the client reads.
 *  history queries → [export Parquet] → HTTP answer
 *  Source: Apache Parquet format 2, its logical types TIMESTAMP (UTC, microseconds), STRING and UINT_32. */
import { qualityOf, type UtcMicros } from "@nonreturn/wire-format";
import { ByteWriter, ParquetWriter } from "hyparquet-writer";
import type { HistorySample } from "../publisher.ts";
import { kindOf, textOf } from "../value-text.ts";
import type { GapsOfFile } from "./gap-endpoints.ts";
import type { HistoryQueries, Place } from "./history-queries.ts";
import { Problem } from "./problem.ts";

/** One row group; a reader skips whole groups by their times. */
const GROUP = { samples: 20_000, characters: 4 * 1024 * 1024 };

/**
 * path          as written
 * time          source time, UTC, microseconds
 * value         numbers as they are; booleans 0 and 1; 64-bit integers as near as a double comes; null for others
 * value_text    exact text of what a double does not hold: 64-bit integers, strings, bytes (hex), arrays (JSON); null for others
 * kind          none, boolean, number, bigint, string, bytes, array
 * quality       good, uncertain, bad
 * quality_code  OPC UA StatusCode
 * unit          engineering unit, "" if none
 */
const COLUMNS = [
  { name: "path", type: "BYTE_ARRAY", converted_type: "UTF8", repetition_type: "REQUIRED" },
  {
    name: "time",
    type: "INT64",
    converted_type: "TIMESTAMP_MICROS",
    logical_type: { type: "TIMESTAMP", isAdjustedToUTC: true, unit: "MICROS" },
    repetition_type: "REQUIRED",
  },
  { name: "value", type: "DOUBLE", repetition_type: "OPTIONAL" },
  { name: "value_text", type: "BYTE_ARRAY", converted_type: "UTF8", repetition_type: "OPTIONAL" },
  { name: "kind", type: "BYTE_ARRAY", converted_type: "UTF8", repetition_type: "REQUIRED" },
  { name: "quality", type: "BYTE_ARRAY", converted_type: "UTF8", repetition_type: "REQUIRED" },
  { name: "quality_code", type: "INT32", converted_type: "UINT_32", repetition_type: "REQUIRED" },
  { name: "unit", type: "BYTE_ARRAY", converted_type: "UTF8", repetition_type: "REQUIRED" },
] as const;

/** The first group is read before this resolves, so that a refusal can still be answered. @throws {Problem} 404, 503 */
export async function exportParquet(
  history: HistoryQueries,
  path: string,
  unit: string,
  range: { readonly from: UtcMicros; readonly to: UtcMicros },
  gaps: GapsOfFile,
): Promise<AsyncIterable<Uint8Array>> {
  const read = (from: UtcMicros | Place) =>
    history.page(
      path,
      from,
      range.to,
      GROUP,
      (sample) => sample,
      ({ value }) => (typeof value === "number" || typeof value === "boolean" ? 0 : (textOf(value)?.length ?? 0)),
      gaps.marks,
    );
  const first = await read(range.from);
  // The writer's file without row groups is not one that every reader accepts.
  if (first.rows.length === 0)
    throw new Problem(
      404,
      `there is no sample in this range, and no Parquet file without one${gaps.inAll === 0 ? "" : `; ${gaps.inAll} gaps touch it: /v1/history/gaps`}`,
    );
  return (async function* parts() {
    const bytes = new ByteWriter();
    const file = new ParquetWriter({
      writer: bytes,
      schema: [{ name: "history", num_children: COLUMNS.length }, ...COLUMNS],
      createdBy: "nonreturn",
      kvMetadata: [{ key: "nonreturn.gaps", value: gaps.text }],
    });
    for (let page = first; ; page = await read(page.next)) {
      if (page.rows.length > 0)
        await file.write({ columnData: columnsOf(path, unit, page.rows), rowGroupSize: page.rows.length });
      yield takeBytes(bytes);
      if (page.next === undefined) break;
    }
    await file.finish();
    yield takeBytes(bytes);
  })();
}

function columnsOf(path: string, unit: string, samples: readonly HistorySample[]) {
  const data = {
    path: samples.map(() => path),
    time: samples.map(({ sourceTimestamp }) => BigInt(sourceTimestamp)),
    value: samples.map(({ value }) => numberOf(value)),
    value_text: samples.map(({ value }) =>
      typeof value === "number" || typeof value === "boolean" ? null : textOf(value),
    ),
    kind: samples.map(({ value }) => kindOf(value)),
    quality: samples.map(({ statusCode }) => qualityOf(statusCode)),
    quality_code: samples.map(({ statusCode }) => statusCode), // not a Uint32Array: the writer refuses those above 2^31
    unit: samples.map(() => unit),
  };
  return COLUMNS.map(({ name }) => ({ name, data: data[name] }));
}

function numberOf(value: HistorySample["value"]): number | null {
  if (typeof value === "number") return value;
  return typeof value === "boolean" || typeof value === "bigint" ? Number(value) : null;
}

/** What was written since the last call; the writer goes on counting its place in the file. */
export function takeBytes(bytes: ByteWriter): Uint8Array {
  const part = bytes.getBytes().slice();
  bytes.index = 0;
  return part;
}
