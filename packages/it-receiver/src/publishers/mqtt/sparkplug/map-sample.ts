/** Tags and samples as Sparkplug metrics.
 *  stored entry → [map sample] → edge node */
import { qualityOf, type TagDefinition, type UtcMicros, type Value } from "@nonreturn/wire-format";
import { textOf } from "../../value-text.ts";
import { type Metric, SparkplugType, type SparkplugValue } from "./payload.ts";

type DataType = TagDefinition["dataType"];

const BY_DATA_TYPE: Readonly<Record<DataType, SparkplugType>> = {
  BOOLEAN: SparkplugType.Boolean,
  INT8: SparkplugType.Int8,
  UINT8: SparkplugType.UInt8,
  INT16: SparkplugType.Int16,
  UINT16: SparkplugType.UInt16,
  INT32: SparkplugType.Int32,
  UINT32: SparkplugType.UInt32,
  INT64: SparkplugType.Int64,
  UINT64: SparkplugType.UInt64,
  FLOAT16: SparkplugType.Float,
  FLOAT32: SparkplugType.Float,
  FLOAT64: SparkplugType.Double,
  STRING: SparkplugType.String,
  BYTES: SparkplugType.Bytes,
  TIMESTAMP: SparkplugType.DateTime,
};

/** A metric without its value: alias, time, type, flags, Quality and StatusCode; and the payload around it. */
const METRIC_BYTES = 128;

const INTEGERS = new Map<SparkplugType, readonly [number, number]>([
  [SparkplugType.Int8, [-128, 127]],
  [SparkplugType.UInt8, [0, 255]],
  [SparkplugType.Int16, [-32_768, 32_767]],
  [SparkplugType.UInt16, [0, 65_535]],
  [SparkplugType.Int32, [-2_147_483_648, 2_147_483_647]],
  [SparkplugType.UInt32, [0, 4_294_967_295]],
]);
const INT64_MAX = (1n << 63n) - 1n;
const INT64_MIN = -(1n << 63n);

/** §6.4.15: the property "Quality" with these values is what hosts know. */
const QUALITY = { good: 192, uncertain: 192, bad: 0 } as const;
const STALE = 500;

export function typeOfTag(tag: TagDefinition): SparkplugType {
  return BY_DATA_TYPE[tag.dataType];
}

/** The type that holds the value exactly: the one the metric was born with wherever it can. Arrays are text, as JSON. */
export function typeFor(value: Value | null, born: SparkplugType): SparkplugType {
  switch (typeof value) {
    case "boolean":
      return SparkplugType.Boolean;
    case "string":
      return SparkplugType.String;
    case "bigint":
      if (value > INT64_MAX) return SparkplugType.UInt64;
      if (born === SparkplugType.UInt64 && value >= 0n) return born;
      return value < INT64_MIN ? SparkplugType.String : SparkplugType.Int64;
    case "number": {
      const range = INTEGERS.get(born);
      if (range !== undefined)
        return Number.isInteger(value) && !Object.is(value, -0) && value >= range[0] && value <= range[1]
          ? born
          : SparkplugType.Double;
      return born === SparkplugType.Float && Object.is(Math.fround(value), value) ? born : SparkplugType.Double;
    }
    default:
      if (value === null) return born;
      return Array.isArray(value) ? SparkplugType.String : SparkplugType.Bytes;
  }
}

/** Without name and alias. Times are milliseconds: what Sparkplug has. */
export function metricOf(
  value: Value | null,
  statusCode: number,
  at: UtcMicros,
  type: SparkplugType,
  role: "live" | "historical" | "stale",
): Metric {
  const quality = role === "stale" ? STALE : QUALITY[qualityOf(statusCode)];
  const properties: [string, number | string][] = [];
  if (quality !== QUALITY.good) properties.push(["Quality", quality]);
  if (statusCode !== 0) properties.push(["StatusCode", `0x${statusCode.toString(16).padStart(8, "0").toUpperCase()}`]);
  return {
    timestampMs: Math.floor(at / 1000),
    type,
    value: Array.isArray(value) ? textOf(value) : (value as SparkplugValue | null),
    historical: role === "historical",
    properties,
  };
}

/** At most, of one metric in a payload of data. */
export function bytesOf(value: Value | null): number {
  if (typeof value === "string") return METRIC_BYTES + Buffer.byteLength(value);
  if (value instanceof Uint8Array) return METRIC_BYTES + value.length;
  return METRIC_BYTES + (Array.isArray(value) ? Buffer.byteLength(textOf(value) ?? "") : 0);
}
