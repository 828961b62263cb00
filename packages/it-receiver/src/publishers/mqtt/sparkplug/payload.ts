/** Sparkplug B payloads as bytes, and the one command that is understood.
 *  edge node → [payload] → broker
 *  Source: Eclipse Sparkplug 3.0.0 §6.4 (payload definition, sparkplug_b.proto). Written with protobufjs's writer, which makes no code
 *  from strings. */
import { Reader, Writer } from "protobufjs/minimal.js";

/** §6.4.16. */
export const SparkplugType = {
  Int8: 1,
  Int16: 2,
  Int32: 3,
  Int64: 4,
  UInt8: 5,
  UInt16: 6,
  UInt32: 7,
  UInt64: 8,
  Float: 9,
  Double: 10,
  Boolean: 11,
  String: 12,
  DateTime: 13,
  Bytes: 17,
} as const;
export type SparkplugType = (typeof SparkplugType)[keyof typeof SparkplugType];

export type SparkplugValue = boolean | number | bigint | string | Uint8Array;

export interface Metric {
  /** In births; data carries the alias alone. */
  readonly name?: string;
  readonly alias?: number;
  readonly timestampMs: number;
  readonly type: SparkplugType;
  readonly value: SparkplugValue | null;
  readonly historical?: boolean;
  /** Int32 and string properties. */
  readonly properties?: readonly (readonly [string, number | string])[];
}

export interface Payload {
  readonly timestampMs: number;
  readonly metrics: readonly Metric[];
  /** Left out in deaths (§6.4.5). */
  readonly seq?: number;
}

export function encodePayload({ timestampMs, metrics, seq }: Payload): Uint8Array {
  const writer = Writer.create();
  writer.uint32(field(1, VARINT)).uint64(timestampMs);
  for (const metric of metrics) {
    writer.uint32(field(2, BYTES)).fork();
    encodeMetric(writer, metric);
    writer.ldelim();
  }
  if (seq !== undefined) writer.uint32(field(3, VARINT)).uint64(seq);
  return writer.finish();
}

const MAXIMUM_COMMAND_BYTES = 64 * 1024;

export interface Command {
  readonly name: string;
  readonly isTrue: boolean;
}

/**
 * Metrics of an NCMD or DCMD by name. undefined for anything that is no payload or larger than any command has to be.
 * Everything in it was written by strangers.
 */
export function decodeCommands(bytes: Uint8Array): Command[] | undefined {
  if (bytes.length > MAXIMUM_COMMAND_BYTES) return undefined;
  try {
    const reader = Reader.create(bytes);
    const commands: Command[] = [];
    while (reader.pos < reader.len) {
      const tag = reader.uint32();
      if (tag === field(2, BYTES)) commands.push(decodeCommand(reader, reader.uint32() + reader.pos));
      else reader.skipType(tag & 7);
    }
    return commands;
  } catch {
    return undefined;
  }
}

function decodeCommand(reader: Reader, end: number): Command {
  if (end > reader.len) throw new RangeError("metric beyond the end");
  let name = "";
  let isTrue = false;
  while (reader.pos < end) {
    const tag = reader.uint32();
    if (tag === field(1, BYTES)) name = reader.string();
    else if (tag === field(14, VARINT)) isTrue = reader.bool();
    else reader.skipType(tag & 7);
  }
  return { name, isTrue };
}

const VARINT = 0;
const FIXED_64 = 1;
const BYTES = 2;
const FIXED_32 = 5;

function field(id: number, wireType: number): number {
  return (id << 3) | wireType;
}

function encodeMetric(writer: Writer, metric: Metric): void {
  const { name, alias, timestampMs, type, value, historical, properties } = metric;
  if (name !== undefined) writer.uint32(field(1, BYTES)).string(name);
  if (alias !== undefined) writer.uint32(field(2, VARINT)).uint64(alias);
  writer.uint32(field(3, VARINT)).uint64(timestampMs);
  writer.uint32(field(4, VARINT)).uint32(type);
  if (historical) writer.uint32(field(5, VARINT)).bool(true);
  if (value === null) writer.uint32(field(7, VARINT)).bool(true);
  if (properties !== undefined && properties.length > 0) encodeProperties(writer, properties);
  if (value !== null) encodeValue(writer, type, value);
}

/** §6.4.16: integers up to 32 bits in int_value, as uint32 two's complement; 64 bits in long_value. */
function encodeValue(writer: Writer, type: SparkplugType, value: SparkplugValue): void {
  switch (type) {
    case SparkplugType.Float:
      writer.uint32(field(12, FIXED_32)).float(value as number);
      break;
    case SparkplugType.Double:
      writer.uint32(field(13, FIXED_64)).double(value as number);
      break;
    case SparkplugType.Boolean:
      writer.uint32(field(14, VARINT)).bool(value as boolean);
      break;
    case SparkplugType.String:
      writer.uint32(field(15, BYTES)).string(value as string);
      break;
    case SparkplugType.Bytes:
      writer.uint32(field(16, BYTES)).bytes(value as Uint8Array);
      break;
    case SparkplugType.Int64:
    case SparkplugType.UInt64:
    case SparkplugType.DateTime:
      writer.uint32(field(11, VARINT)).uint64(varint64(BigInt.asUintN(64, BigInt(value as bigint | number))));
      break;
    default:
      writer.uint32(field(10, VARINT)).uint32((value as number) >>> 0);
  }
}

/** As protobufjs takes 64 bits: low and high words. */
function varint64(bits: bigint): { low: number; high: number; unsigned: true } {
  return { low: Number(bits & 0xffff_ffffn) | 0, high: Number(bits >> 32n) | 0, unsigned: true };
}

/** §6.4.11 … 6.4.13: keys, then as many values. */
function encodeProperties(writer: Writer, properties: readonly (readonly [string, number | string])[]): void {
  writer.uint32(field(9, BYTES)).fork();
  for (const [key] of properties) writer.uint32(field(1, BYTES)).string(key);
  for (const [, value] of properties) {
    writer.uint32(field(2, BYTES)).fork();
    if (typeof value === "number") {
      writer.uint32(field(1, VARINT)).uint32(SparkplugType.Int32);
      writer.uint32(field(3, VARINT)).uint32(value >>> 0);
    } else {
      writer.uint32(field(1, VARINT)).uint32(SparkplugType.String);
      writer.uint32(field(8, BYTES)).string(value);
    }
    writer.ldelim();
  }
  writer.ldelim();
}
