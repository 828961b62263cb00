/** What the server sent, as the value of a tag: exact, or not at all.
 *  DataValue → [convert] → sample
 *  Source: OPC UA Part 6 §5.1.2 (built-in types), Part 4 §7.11 (DataValue). */
import {
  BATCH_LIMITS,
  qualityOf,
  type Sample,
  type Scalar,
  StatusCode,
  type DataType as TagDataType,
  type UtcMicros,
  type Value,
} from "@nonreturn/wire-format";
import { DataType, type DataValue, VariantArrayType } from "node-opcua";
import { INTEGER_RANGES } from "../integer-range.ts";
import type { SampleRows } from "../sample-rows.ts";

export interface Converted {
  readonly sample: Sample;
  /** Why a Bad sample is bad; "" otherwise. */
  readonly reason: string;
}

/** There is no value that the station could carry. */
class NoValue {
  readonly statusCode: number;
  readonly reason: string;

  constructor(statusCode: number, reason: string) {
    this.statusCode = statusCode;
    this.reason = reason;
  }
}

/** Beyond what the wire carries; servers fill what they do not know with year 1601 or 9999. */
const LATEST_MS = 8_640_000_000_000; // year 2243

/** The status passes as it came. The source's time counts, then the server's, then ours; to the millisecond, which is what the library keeps. */
export function convert(tagId: number, dataType: TagDataType, dataValue: DataValue, now: UtcMicros): Converted {
  const sourceTimestamp = timestampOf(dataValue, now);
  const value = carriedOf(dataType, dataValue);
  return value instanceof NoValue
    ? { sample: { tagId, value: null, statusCode: value.statusCode, sourceTimestamp }, reason: value.reason }
    : { sample: { tagId, value, statusCode: dataValue.statusCode.value >>> 0, sourceTimestamp }, reason: "" };
}

/** The same into a row: of a scan that went well no value becomes an object. */
export function convertInto(
  rows: SampleRows,
  row: number,
  dataType: TagDataType,
  dataValue: DataValue,
  now: UtcMicros,
): void {
  const timestamp = timestampOf(dataValue, now);
  const value = carriedOf(dataType, dataValue);
  if (value instanceof NoValue) rows.put(row, null, value.statusCode, timestamp, value.reason);
  else rows.put(row, value, dataValue.statusCode.value >>> 0, timestamp, "");
}

function timestampOf({ sourceTimestamp, serverTimestamp }: DataValue, now: UtcMicros): UtcMicros {
  return microsOf(sourceTimestamp) ?? microsOf(serverTimestamp) ?? now;
}

function carriedOf(dataType: TagDataType, { statusCode, value }: DataValue): Value | NoValue {
  const code = statusCode.value >>> 0;
  if (qualityOf(code) === "bad") return new NoValue(code, statusCode.description || statusCode.name);
  if (value === undefined || value === null || value.dataType === DataType.Null)
    return new NoValue(StatusCode.BadUnexpectedError, "the server sent no value");
  const isScalar = value.arrayType === VariantArrayType.Scalar;
  const converted = isScalar
    ? scalarOf(dataType, value.dataType, value.value)
    : arrayOf(dataType, value.dataType, value.value);
  if (converted !== undefined) return converted;
  const sent = `${DataType[value.dataType]}${isScalar ? "" : "[]"}`;
  return new NoValue(
    StatusCode.BadTypeMismatch,
    `the server sent ${sent}, which is no ${dataType} the station can carry`,
  );
}

/** The tag type that holds values of a server's type. Undefined if the driver has none. */
export function tagTypeOf(dataType: DataType): TagDataType | undefined {
  return TAG_TYPES[dataType];
}

const TAG_TYPES: Readonly<Partial<Record<DataType, TagDataType>>> = {
  [DataType.Boolean]: "BOOLEAN",
  [DataType.SByte]: "INT8",
  [DataType.Byte]: "UINT8",
  [DataType.Int16]: "INT16",
  [DataType.UInt16]: "UINT16",
  [DataType.Int32]: "INT32",
  [DataType.UInt32]: "UINT32",
  [DataType.Int64]: "INT64",
  [DataType.UInt64]: "UINT64",
  [DataType.Float]: "FLOAT32",
  [DataType.Double]: "FLOAT64",
  [DataType.String]: "STRING",
  [DataType.LocalizedText]: "STRING",
  [DataType.Guid]: "STRING",
  [DataType.ByteString]: "BYTES",
  [DataType.DateTime]: "TIMESTAMP",
};

/** Typed arrays, matrices (flat, row by row) and plain arrays; an Int64Array of the library has pairs. */
function arrayOf(wanted: TagDataType, sent: DataType, array: unknown): Value | undefined {
  if (wanted === "BYTES" && sent === DataType.Byte && (array instanceof Uint8Array || Array.isArray(array)))
    return array.length > BATCH_LIMITS.stringBytes ? undefined : Uint8Array.from(array as ArrayLike<number>);
  if (!Array.isArray(array) && !ArrayBuffer.isView(array)) return undefined;
  const elements = array as unknown as ArrayLike<unknown>;
  if (elements.length > BATCH_LIMITS.arrayElements) return undefined;
  const values: Scalar[] = [];
  for (let index = 0; index < elements.length; index++) {
    const value = scalarOf(wanted, sent, elements[index]);
    if (value === undefined) return undefined;
    values.push(value);
  }
  return values as Value;
}

/** Integers that are numbers on both sides need not become a bigint in between. */
const SHORT_RANGES: Readonly<Partial<Record<TagDataType, readonly [number, number]>>> = Object.fromEntries(
  Object.entries(INTEGER_RANGES)
    .filter(([type]) => type !== "INT64" && type !== "UINT64")
    .map(([type, [least, greatest]]) => [type, [Number(least), Number(greatest)]]),
);

function scalarOf(wanted: TagDataType, sent: DataType, value: unknown): Scalar | undefined {
  switch (wanted) {
    case "BOOLEAN":
      return typeof value === "boolean" ? value : undefined;
    case "STRING":
      return textOf(value);
    case "BYTES":
      return value instanceof Uint8Array && value.length <= BATCH_LIMITS.stringBytes
        ? Uint8Array.from(value)
        : undefined;
    case "TIMESTAMP":
      return value instanceof Date ? microsOf(value) : undefined;
    case "FLOAT32":
    case "FLOAT64": {
      if (sent === DataType.Int64 || sent === DataType.UInt64) {
        const whole = integerOf(sent, value);
        return whole !== undefined && BigInt(Number(whole)) === whole ? fitFloat(wanted, Number(whole)) : undefined;
      }
      return typeof value === "number" ? fitFloat(wanted, value) : undefined;
    }
    default: {
      const short = SHORT_RANGES[wanted];
      if (short !== undefined && typeof value === "number")
        return Number.isInteger(value) && value >= short[0] && value <= short[1] ? value + 0 : undefined; // −0 is 0
      const range = INTEGER_RANGES[wanted];
      const whole = integerOf(sent, value);
      if (range === undefined || whole === undefined || whole < range[0] || whole > range[1]) return undefined;
      return wanted === "INT64" || wanted === "UINT64" ? whole : Number(whole);
    }
  }
}

function fitFloat(wanted: "FLOAT32" | "FLOAT64", value: number): number | undefined {
  return wanted === "FLOAT64" || Object.is(Math.fround(value), value) ? value : undefined;
}

/** 64-bit integers are [high, low] to the library. */
function integerOf(sent: DataType, value: unknown): bigint | undefined {
  if (typeof value === "number") return Number.isSafeInteger(value) ? BigInt(value) : undefined;
  if (sent !== DataType.Int64 && sent !== DataType.UInt64) return undefined;
  const [high, low] = value as ArrayLike<number> & Iterable<number>;
  if (typeof high !== "number" || typeof low !== "number") return undefined;
  const bits = (BigInt(high >>> 0) << 32n) | BigInt(low >>> 0);
  return sent === DataType.Int64 ? BigInt.asIntN(64, bits) : bits;
}

function textOf(value: unknown): string | undefined {
  const text =
    typeof value === "string"
      ? value
      : value === null
        ? ""
        : ((value as { readonly text?: unknown }).text ?? undefined);
  if (typeof text !== "string" || !text.isWellFormed()) return undefined;
  return Buffer.byteLength(text) <= BATCH_LIMITS.stringBytes ? text : undefined;
}

function microsOf(date: Date | null | undefined): UtcMicros | undefined {
  const ms = date?.getTime() ?? Number.NaN;
  return ms > 0 && ms < LATEST_MS ? ms * 1000 : undefined;
}

/** For a person who tries addresses: "Double 12.5 @ 2026-11-25T14:00:00.000Z". */
export function describe(dataValue: DataValue | undefined): string {
  const value = dataValue?.value;
  if (value === undefined || value === null || value.dataType === DataType.Null) return "";
  const shape = value.arrayType === VariantArrayType.Scalar ? "" : "[]";
  const at = dataValue?.sourceTimestamp;
  const isDate = at instanceof Date && !Number.isNaN(at.getTime());
  return `${DataType[value.dataType]}${shape}${isDate ? ` of ${at.toISOString()}` : ""}`;
}
