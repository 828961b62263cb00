/** Bytes of a controller to values: each data type from the types that hold it.
 *  read reply → [convert] → sample
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

export type Converted =
  | { readonly kind: "value"; readonly value: Value }
  /** The tag has a type that holds no such value. */
  | { readonly kind: "mistyped"; readonly why: string }
  | { readonly kind: "undecodable"; readonly why: string };

/**
 * @param element  bytes of the wanted elements and of nothing else.
 * @param each  bytes of one element; 0 for CIP's own text.
 */
export function convert(choice: ConversionChoice, type: number, element: Buffer, each: number): Converted {
  const { dataType, bit, packedBit, count } = choice;
  if (dataType === "BYTES") return value(Uint8Array.from(element));
  if (bit !== undefined) return bitOf(bit, type, element);
  if (packedBit !== undefined) return packedBits(packedBit, count, type, element);
  const read = readerOf(dataType, type, choice.encoding);
  if (read === undefined) return mistyped(dataType, type);
  if (count === undefined) return one(read(element, 0, each));
  const values: Scalar[] = [];
  for (let index = 0; index < count; index++) {
    const scalar = read(element, index * each, each);
    if (scalar === undefined) return one(undefined);
    values.push(scalar);
  }
  return value(values);
}

/** Reads one element at a byte offset; undefined if the bytes are no such text. The bytes are there: lengths were checked. */
type Read = (bytes: Buffer, at: number, each: number) => Scalar | undefined;

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
      if (type === STRUCTURE) return (bytes, at, each) => structuredText(bytes.subarray(at, at + each), encoding);
      if (type === STRING) return (bytes) => countedText(bytes, 2, encoding);
      return type === SHORT_STRING ? (bytes) => countedText(bytes, 1, encoding) : undefined;
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

function bitOf(bit: number, type: number, element: Buffer): Converted {
  const known = cipTypeOf(type);
  if (known?.bytes === undefined || !isInteger(known.dataType))
    return { kind: "mistyped", why: `the tag is a ${writeType(type)}, which has no bits; remove .${bit}` };
  if (bit >= known.bytes * 8)
    return { kind: "mistyped", why: `a ${known.name} has no bit ${bit}; write 0 to ${known.bytes * 8 - 1}` };
  return value(((element[bit >> 3]! >>> (bit & 7)) & 1) === 1);
}

function packedBits(first: number, count: number | undefined, type: number, element: Buffer): Converted {
  // A byte for each would be another element than the one asked for: the index was divided by 32.
  if (type === BOOL)
    return { kind: "mistyped", why: "the controller has a byte for each BOOL of an array; write family: micro800" };
  if (type !== DWORD) return mistyped("BOOLEAN", type);
  const read = (bit: number): boolean => ((element[bit >> 3]! >>> (bit & 7)) & 1) === 1;
  if (count === undefined) return value(read(first));
  return value(Array.from({ length: count }, (_, index) => read(first + index)));
}

function value(of: Value): Converted {
  return { kind: "value", value: of };
}

function one(scalar: Scalar | undefined): Converted {
  return scalar === undefined ? { kind: "undecodable", why: "the bytes are no such text" } : value(scalar);
}

function mistyped(dataType: DataType, type: number): Converted {
  if (type === STRUCTURE)
    return {
      kind: "mistyped",
      why: `the tag is a structure and no ${dataType}; name a member, or write type: STRING or BYTES`,
    };
  const known = cipTypeOf(type);
  const write =
    type === DWORD
      ? "write type: BOOLEAN if it is an element of a BOOL array, otherwise type: UINT32"
      : `write type: ${known?.dataType ?? "BYTES"}`;
  return { kind: "mistyped", why: `the tag is a ${writeType(type)}, not ${dataType}; ${write}` };
}
