/** Sparkplug B payloads as metrics. Everything in them was written by strangers.
 *  MQTT message → [Sparkplug payload] → Sparkplug node
 *  Source: Eclipse Sparkplug 3.0.0 §6.4 (sparkplug_b.proto). Read with protobufjs's reader, which makes no code from strings. */
import type { DataType } from "@nonreturn/wire-format";
import protobuf from "protobufjs/minimal.js";

export interface Metric {
  readonly name: string | undefined;
  readonly alias: bigint | undefined;
  readonly timestampMs: number | undefined;
  /** §6.4.16; undefined where data leave it out. */
  readonly type: number | undefined;
  readonly isNull: boolean;
  /** Property "Quality". */
  readonly quality: number | undefined;
  readonly value: RawValue | undefined;
}

type RawValue =
  | { readonly field: "integer"; readonly bits: bigint } // int_value and long_value
  | { readonly field: "plain"; readonly value: number | boolean | string }
  | { readonly field: "bytes"; readonly bytes: Uint8Array }
  | { readonly field: "structure" };

export interface Payload {
  readonly timestampMs: number | undefined;
  readonly metrics: readonly Metric[];
  readonly seq: number | undefined;
}

const MAX_METRICS = 65_536;

type Reader = ReturnType<typeof protobuf.Reader.create>;

/** @returns undefined for anything that is no payload. Cost: linear in the bytes, which the caller bounds. */
export function decodePayload(bytes: Uint8Array): Payload | undefined {
  try {
    const reader = protobuf.Reader.create(bytes);
    const metrics: Metric[] = [];
    let timestampMs: number | undefined;
    let seq: number | undefined;
    while (reader.pos < reader.len) {
      const tag = reader.uint32();
      if (tag === field(1, VARINT)) timestampMs = millisOf(reader);
      else if (tag === field(3, VARINT)) seq = Number(longOf(reader));
      else if (tag === field(2, BYTES)) {
        if (metrics.length === MAX_METRICS) return undefined;
        metrics.push(decodeMetric(reader, endOf(reader)));
      } else reader.skipType(tag & 7);
    }
    return { timestampMs, metrics, seq };
  } catch {
    return undefined;
  }
}

const VARINT = 0;
const FIXED_64 = 1;
const BYTES = 2;
const FIXED_32 = 5;

function field(id: number, wireType: number): number {
  return (id << 3) | wireType;
}

function endOf(reader: Reader): number {
  const end = reader.uint32() + reader.pos;
  if (end > reader.len) throw new RangeError("beyond the end");
  return end;
}

/** The library gives 64 bits as two halves. */
function longOf(reader: Reader): bigint {
  const long: unknown = reader.uint64();
  if (typeof long === "number") return BigInt(long);
  const { low, high } = long as { readonly low: number; readonly high: number };
  return (BigInt(high >>> 0) << 32n) | BigInt(low >>> 0);
}

function millisOf(reader: Reader): number {
  return Number(longOf(reader));
}

function decodeMetric(reader: Reader, end: number): Metric {
  const metric: { -readonly [Key in keyof Metric]: Metric[Key] } = {
    name: undefined,
    alias: undefined,
    timestampMs: undefined,
    type: undefined,
    isNull: false,
    quality: undefined,
    value: undefined,
  };
  while (reader.pos < end) {
    const tag = reader.uint32();
    switch (tag) {
      case field(1, BYTES):
        metric.name = reader.string();
        break;
      case field(2, VARINT):
        metric.alias = longOf(reader);
        break;
      case field(3, VARINT):
        metric.timestampMs = millisOf(reader);
        break;
      case field(4, VARINT):
        metric.type = reader.uint32();
        break;
      case field(7, VARINT):
        metric.isNull = reader.bool();
        break;
      case field(9, BYTES):
        metric.quality = decodeQuality(reader, endOf(reader));
        break;
      case field(10, VARINT):
        metric.value = { field: "integer", bits: BigInt(reader.uint32()) };
        break;
      case field(11, VARINT):
        metric.value = { field: "integer", bits: longOf(reader) };
        break;
      case field(12, FIXED_32):
        metric.value = { field: "plain", value: reader.float() };
        break;
      case field(13, FIXED_64):
        metric.value = { field: "plain", value: reader.double() };
        break;
      case field(14, VARINT):
        metric.value = { field: "plain", value: reader.bool() };
        break;
      case field(15, BYTES):
        metric.value = { field: "plain", value: reader.string() };
        break;
      case field(16, BYTES):
        metric.value = { field: "bytes", bytes: reader.bytes() };
        break;
      case field(17, BYTES):
      case field(18, BYTES):
        metric.value = { field: "structure" };
        reader.skipType(BYTES);
        break;
      default:
        reader.skipType(tag & 7);
    }
  }
  if (reader.pos !== end) throw new RangeError("beyond the metric");
  return metric;
}

/** §6.4.11 … 6.4.13: keys, then as many values. */
function decodeQuality(reader: Reader, end: number): number | undefined {
  let keys = 0;
  let values = 0;
  let wanted = -1;
  let quality: number | undefined;
  while (reader.pos < end) {
    const tag = reader.uint32();
    if (tag === field(1, BYTES)) {
      if (reader.string() === "Quality") wanted = keys;
      keys++;
    } else if (tag === field(2, BYTES)) {
      const last = endOf(reader);
      while (reader.pos < last) {
        const inner = reader.uint32();
        if (inner === field(3, VARINT) && values === wanted) quality = reader.uint32();
        else reader.skipType(inner & 7);
      }
      values++;
    } else reader.skipType(tag & 7);
  }
  return quality;
}

/** §6.4.16. */
const TYPES: readonly (string | undefined)[] = [
  ...[
    undefined,
    "Int8",
    "Int16",
    "Int32",
    "Int64",
    "UInt8",
    "UInt16",
    "UInt32",
    "UInt64",
    "Float",
    "Double",
    "Boolean",
  ],
  ...["String", "DateTime", "Text", "UUID", "DataSet", "Bytes", "File", "Template", "PropertySet", "PropertySetList"],
  ...["Int8Array", "Int16Array", "Int32Array", "Int64Array", "UInt8Array", "UInt16Array", "UInt32Array", "UInt64Array"],
  ...["FloatArray", "DoubleArray", "BooleanArray", "StringArray", "DateTimeArray"],
];

export function typeName(type: number): string {
  return TYPES[type] ?? `type ${type}`;
}

/** The tag type that holds a metric's values. Undefined if there is none. */
export function tagTypeOf(type: number): DataType | undefined {
  const name = typeName(type).replace(/Array$/, "");
  if (/^U?Int\d+$/.test(name)) return name.toUpperCase() as DataType;
  return SIMPLE[name];
}

const SIMPLE: Readonly<Record<string, DataType>> = {
  Float: "FLOAT32",
  Double: "FLOAT64",
  Boolean: "BOOLEAN",
  String: "STRING",
  Text: "STRING",
  UUID: "STRING",
  DateTime: "TIMESTAMP",
  Bytes: "BYTES",
  File: "BYTES",
};

/** The value in the words of JavaScript. @param wanted  decides on signs where the metric names no type: data of a node that was never seen born. */
export function metricValue(
  { type, value }: Metric,
  wanted: DataType,
): { readonly value: unknown } | { readonly mistake: string } {
  if (value === undefined) return { mistake: "the metric has no value" };
  const name = type === undefined || type === 0 ? wanted : typeName(type);
  switch (value.field) {
    case "structure":
      return { mistake: `the metric is a ${name}, which the station does not carry` };
    case "plain":
      return { value: value.value };
    case "integer": {
      const match = /^(U?)Int(\d+)$/i.exec(name);
      if (match === null) return { value: value.bits };
      const bits = Number(match[2]);
      return { value: match[1] === "" ? BigInt.asIntN(bits, value.bits) : BigInt.asUintN(bits, value.bits) };
    }
    case "bytes": {
      const elements = arrayOf(name, value.bytes);
      return elements === "damaged" ? { mistake: `the ${name} has a wrong length` } : { value: elements };
    }
  }
}

/** §6.4.16.2: elements one after the other, little-endian. */
function arrayOf(name: string, bytes: Uint8Array): unknown[] | Uint8Array | "damaged" {
  const match = /^(U?Int|Float|Double|DateTime)(8|16|32|64)?Array$/.exec(name);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (match !== null) {
    const size = match[2] === undefined ? (match[1] === "Float" ? 4 : 8) : Number(match[2]) / 8;
    if (bytes.length % size !== 0) return "damaged";
    const read = readerOf(`${match[1]}${size * 8}`, view);
    return Array.from({ length: bytes.length / size }, (_, index) => read(index * size));
  }
  if (name === "StringArray") {
    const texts = new TextDecoder().decode(bytes).split("\0");
    return texts.pop() === "" ? texts : "damaged";
  }
  if (name !== "BooleanArray") return bytes;
  const count = bytes.length < 4 ? -1 : view.getUint32(0, true);
  if (bytes.length !== 4 + Math.ceil(count / 8)) return "damaged";
  return Array.from({ length: count }, (_, index) => ((bytes[4 + (index >> 3)]! >> (7 - (index & 7))) & 1) === 1);
}

function readerOf(name: string, view: DataView): (at: number) => number | bigint {
  switch (name) {
    case "Int8":
      return (at) => view.getInt8(at);
    case "Int16":
      return (at) => view.getInt16(at, true);
    case "Int32":
      return (at) => view.getInt32(at, true);
    case "Int64":
      return (at) => view.getBigInt64(at, true);
    case "UInt8":
      return (at) => view.getUint8(at);
    case "UInt16":
      return (at) => view.getUint16(at, true);
    case "UInt32":
      return (at) => view.getUint32(at, true);
    case "Float32":
      return (at) => view.getFloat32(at, true);
    case "Double64":
      return (at) => view.getFloat64(at, true);
    default:
      return (at) => view.getBigUint64(at, true);
  }
}
