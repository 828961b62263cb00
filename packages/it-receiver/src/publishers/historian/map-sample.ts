/** One sample as a row of SQL values.
 *  read history → [map sample] → samples, history() */
import { qualityOf, type Value } from "@nonreturn/wire-format";
import { isoMicros } from "../iso-micros.ts";
import { kindOf, textOf } from "../value-text.ts";
import type { HistoricalSample } from "./read-history.ts";

/** What SQLite can hold. */
export type SqlValue = null | number | bigint | string | Uint8Array;

/** Columns of {@link sqlRowOf}, in order. */
export const SAMPLE_COLUMNS = [
  "path", // text
  "timestamp", // integer, microseconds since 1970 UTC
  "time", // text, ISO 8601, UTC, six decimals
  "value", // in SQLite's own types, see sqlValueOf
  "value_text", // exact, whatever the type
  "value_kind", // none, boolean, number, bigint, string, bytes, array
  "quality", // good, uncertain, bad
  "status_code", // integer, OPC UA
  "unit", // text
  "data_type", // text
  "tag_id", // integer
  "stream", // integer
  "journal_epoch", // integer
] as const;

export function sqlRowOf({ tag, value, statusCode, sourceTimestamp }: HistoricalSample): SqlValue[] {
  return [
    tag.path,
    BigInt(sourceTimestamp),
    isoMicros(sourceTimestamp),
    sqlValueOf(value, tag.dataType),
    textOf(value),
    kindOf(value),
    qualityOf(statusCode),
    BigInt(statusCode),
    tag.unit,
    tag.dataType,
    BigInt(tag.tagId),
    BigInt(tag.stream),
    BigInt(tag.journalEpoch),
  ];
}

const INT64_MIN = -(1n << 63n);
const INT64_MAX = (1n << 63n) - 1n;

/**
 * INTEGER for booleans (0, 1), 64-bit integers and whole numbers of an integer tag; REAL for other numbers; TEXT for strings, arrays (JSON)
 * and unsigned 64-bit integers beyond SQLite's; BLOB for bytes; NULL for none and, since SQLite has no other word for it, NaN.
 */
export function sqlValueOf(value: Value | null, dataType: string): SqlValue {
  if (value === null) return null;
  if (typeof value === "number") {
    const whole = /^U?INT/.test(dataType) && Number.isSafeInteger(value) && !Object.is(value, -0);
    return whole ? BigInt(value) : value;
  }
  if (typeof value === "bigint") return value >= INT64_MIN && value <= INT64_MAX ? value : String(value);
  if (typeof value === "boolean") return value ? 1n : 0n;
  if (typeof value === "string" || value instanceof Uint8Array) return value;
  return textOf(value);
}
