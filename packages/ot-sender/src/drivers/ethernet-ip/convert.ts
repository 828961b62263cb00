/** Bytes of a controller to values: each data type from the types that hold it.
 *  read reply → [convert] → reply layout → sample
 *
 *  The controller says what a tag is. Types of one width may be read signed or unsigned, since Logix had no unsigned integers for long;
 *  anything else is refused with the type to write, rather than converted by guess. */
import type { DataType, Scalar, Value } from "@nonreturn/wire-format";
import { BOOL, cipTypeOf, DWORD, SHORT_STRING, STRING, STRUCTURE, writeType } from "./cip-type.ts";

export interface ConversionChoice {
  readonly dataType: DataType;
  /** Bit of an integer. */
  readonly bit: number | undefined;
  /** Bit of the first DWORD of a BOOL array. */
  readonly packedBit: number | undefined; // 0 … 31
  /** Elements of an array value; undefined for a single value. */
  readonly count: number | undefined;
  readonly encoding: "utf-8" | "latin1";
}

/**
 * Reads one value from the bytes of its elements, which lie from `from` to before `to`. Undefined if they are no such text.
 * The bytes are there: lengths were checked.
 */
export type Conversion = (bytes: Buffer, from: number, to: number) => Value | undefined;

/** The tag has a type that holds no such value. */
export interface Mistyped {
  readonly why: string;
}

/** @param each  bytes of one element; 0 for CIP's own text. */
export function conversionOf(choice: ConversionChoice, type: number, each: number): Conversion | Mistyped {
  const { dataType, bit, packedBit, count } = choice;
  if (dataType === "BYTES") return (bytes, from, to) => Uint8Array.from(bytes.subarray(from, to));
  if (bit !== undefined) return bitOf(bit, type);
  if (packedBit !== undefined) return packedBits(packedBit, count, type);
  const read = readerOf(dataType, type, choice.encoding);
  if (read === undefined) return mistyped(dataType, type);
  if (count === undefined) return read;
  return (bytes, from, to) => {
    const values: Scalar[] = [];
    for (let index = 0; index < count; index++) {
      const at = from + index * each;
      const scalar = read(bytes, at, each === 0 ? to : at + each);
      if (scalar === undefined) return undefined;
      values.push(scalar);
    }
    return values;
  };
}

/** Of one element. Those of numbers are shared by all tags: what thousands call stays in the processor's cache. */
type Read = (bytes: Buffer, from: number, to: number) => Scalar | undefined;

const READERS: Readonly<Partial<Record<DataType, { readonly bytes: number; readonly read: Read }>>> = {
  INT8: { bytes: 1, read: (bytes, at) => bytes.readInt8(at) },
  UINT8: { bytes: 1, read: (bytes, at) => bytes.readUInt8(at) },
  INT16: { bytes: 2, read: (bytes, at) => bytes.readInt16LE(at) },
  UINT16: { bytes: 2, read: (bytes, at) => bytes.readUInt16LE(at) },
  INT32: { bytes: 4, read: (bytes, at) => bytes.readInt32LE(at) },
  UINT32: { bytes: 4, read: (bytes, at) => bytes.readUInt32LE(at) },
  INT64: { bytes: 8, read: (bytes, at) => bytes.readBigInt64LE(at) },
  UINT64: { bytes: 8, read: (bytes, at) => bytes.readBigUInt64LE(at) },
};

const readReal: Read = (bytes, at) => bytes.readFloatLE(at);
const readLongReal: Read = (bytes, at) => bytes.readDoubleLE(at);
const readBool: Read = (bytes, at) => bytes[at] !== 0;

function readerOf(dataType: DataType, type: number, encoding: "utf-8" | "latin1"): Read | undefined {
  const known = cipTypeOf(type);
  switch (dataType) {
    case "BOOLEAN":
      return type === BOOL ? readBool : undefined;
    case "FLOAT32":
      return known?.dataType === "FLOAT32" ? readReal : undefined;
    case "FLOAT64": // a REAL is a double exactly
      return known?.dataType === "FLOAT64" ? readLongReal : known?.dataType === "FLOAT32" ? readReal : undefined;
    case "STRING":
      if (type === STRUCTURE) return (bytes, from, to) => structuredText(bytes.subarray(from, to), encoding);
      if (type === STRING) return (bytes, from, to) => countedText(bytes.subarray(from, to), 2, encoding);
      if (type === SHORT_STRING) return (bytes, from, to) => countedText(bytes.subarray(from, to), 1, encoding);
      return undefined;
    default: {
      const integer = READERS[dataType];
      const fits = known !== undefined && known.bytes === integer?.bytes && isInteger(known.dataType);
      return fits ? integer?.read : undefined;
    }
  }
}

function isInteger(dataType: DataType | undefined): boolean {
  return dataType?.startsWith("INT") === true || dataType?.startsWith("UINT") === true;
}

/** LEN as DINT, then DATA: how Logix holds STRING and every string type of its users. */
function structuredText(bytes: Buffer, encoding: "utf-8" | "latin1"): string | undefined {
  if (bytes.length < 4) return undefined;
  const length = bytes.readInt32LE(0);
  if (length < 0 || length > bytes.length - 4) return undefined;
  return text(bytes.subarray(4, 4 + length), encoding);
}

function countedText(bytes: Buffer, countBytes: 1 | 2, encoding: "utf-8" | "latin1"): string | undefined {
  if (bytes.length < countBytes) return undefined;
  const length = bytes.readUIntLE(0, countBytes);
  return length > bytes.length - countBytes
    ? undefined
    : text(bytes.subarray(countBytes, countBytes + length), encoding);
}

const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

function text(bytes: Buffer, encoding: "utf-8" | "latin1"): string | undefined {
  if (encoding === "latin1") return bytes.toString("latin1");
  try {
    return utf8.decode(bytes);
  } catch {
    return undefined;
  }
}

function bitOf(bit: number, type: number): Conversion | Mistyped {
  const known = cipTypeOf(type);
  if (known?.bytes === undefined || !isInteger(known.dataType))
    return { why: `the tag is a ${writeType(type)}, which has no bits; remove .${bit}` };
  if (bit >= known.bytes * 8) return { why: `a ${known.name} has no bit ${bit}; write 0 to ${known.bytes * 8 - 1}` };
  return (bytes, from) => isSet(bytes, from, bit);
}

function packedBits(first: number, count: number | undefined, type: number): Conversion | Mistyped {
  // A byte for each would be another element than the one asked for: the index was divided by 32.
  if (type === BOOL) return { why: "the controller has a byte for each BOOL of an array; write family: micro800" };
  if (type !== DWORD) return mistyped("BOOLEAN", type);
  if (count === undefined) return (bytes, from) => isSet(bytes, from, first);
  return (bytes, from) => Array.from({ length: count }, (_, index) => isSet(bytes, from, first + index));
}

function isSet(bytes: Buffer, from: number, bit: number): boolean {
  return ((bytes[from + (bit >> 3)]! >>> (bit & 7)) & 1) === 1;
}

function mistyped(dataType: DataType, type: number): Mistyped {
  if (type === STRUCTURE)
    return { why: `the tag is a structure and no ${dataType}; name a member, or write type: STRING or BYTES` };
  const known = cipTypeOf(type);
  const write =
    type === DWORD
      ? "write type: BOOLEAN if it is an element of a BOOL array, otherwise type: UINT32"
      : `write type: ${known?.dataType ?? "BYTES"}`;
  return { why: `the tag is a ${writeType(type)}, not ${dataType}; ${write}` };
}
