/** Batches and headers as JSON for the vector files: what JSON cannot say is tagged ({"bytes": hex}, {"bigint": …}, {"number": "NaN"}). */
import type { Batch } from "../../src/batch/batch.ts";
import type { Value } from "../../src/sample/sample.ts";
import type { SampleColumns } from "../../src/sample/sample-columns.ts";
import { columnsOf, rowsOf } from "../batch/sample-rows.ts";

export function hexOf(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("hex");
}

export function bytesOf(hex: string): Uint8Array {
  return Uint8Array.from(Buffer.from(hex, "hex"));
}

/** Anything made of plain objects, arrays, values and sample columns. Columns become rows [tag id, timestamp, status code, value]. */
export function toJson(value: unknown): unknown {
  if (typeof value === "bigint") return { bigint: String(value) };
  if (value instanceof Uint8Array) return { bytes: hexOf(value) };
  if (typeof value === "number")
    return Number.isFinite(value) && !Object.is(value, -0)
      ? value
      : { number: Object.is(value, -0) ? "-0" : String(value) };
  if (Array.isArray(value)) return value.map(toJson);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, field]) => {
      if (name !== "samples") return [name, toJson(field)];
      const rows = rowsOf(field as SampleColumns);
      return [name, rows.map((row) => [row.tagId, row.sourceTimestamp, row.statusCode, toJson(row.value)])];
    }),
  );
}

function fromJson(json: unknown): unknown {
  if (Array.isArray(json)) return json.map(fromJson);
  if (typeof json !== "object" || json === null) return json;
  const { bigint, bytes, number } = json as Record<string, string>;
  if (typeof bigint === "string") return BigInt(bigint);
  if (typeof bytes === "string") return bytesOf(bytes);
  if (typeof number === "string") return Number(number);
  return Object.fromEntries(
    Object.entries(json).map(([name, field]) => {
      if (name !== "samples") return [name, fromJson(field)];
      const rows = field as [number, number, number, unknown][];
      const columns = columnsOf(
        rows.map(([tagId, sourceTimestamp, statusCode, value]) => ({
          tagId,
          sourceTimestamp,
          statusCode,
          value: fromJson(value) as Value | null,
        })),
      );
      return [name, columns];
    }),
  );
}

export function batchOf(json: unknown): Batch {
  return fromJson(json) as Batch;
}
