/** Registers to values: every data type, in every byte order.
 *  reply → [convert] → sample */
import type { DataType, Value } from "@nonreturn/wire-format";
import { type ByteOrder, type ByteOrder64, type BytePlaces, bytePlaces, swapsBytes } from "./byte-order.ts";

/** Reads one value at byte `at` of a reply's register bytes. Undefined if the bytes are no such value. The bytes are there: lengths were checked. */
export type Conversion = (registers: Uint8Array, at: number) => Value | undefined;

export interface ConversionChoice {
  readonly dataType: DataType;
  readonly byteOrder: ByteOrder;
  readonly byteOrder64: ByteOrder64 | undefined;
  readonly bit: number | undefined;
  readonly byte: "low" | "high";
  readonly length: number; // bytes of STRING and BYTES
  readonly charOrder: "AB" | "BA" | undefined;
  readonly encoding: "utf-8" | "latin1";
}

/** Registers a type takes; undefined for types that Modbus does not have. */
export function registersOf(dataType: DataType, length: number): number | undefined {
  switch (dataType) {
    case "BOOLEAN":
    case "INT8":
    case "UINT8":
    case "INT16":
    case "UINT16":
    case "FLOAT16":
      return 1;
    case "INT32":
    case "UINT32":
    case "FLOAT32":
      return 2;
    case "INT64":
    case "UINT64":
    case "FLOAT64":
      return 4;
    case "STRING":
    case "BYTES":
      return Math.ceil(length / 2);
    case "TIMESTAMP":
      return undefined;
  }
}

/** Bytes of one value, most significant first. Shared: a conversion is done before the next begins. */
const scratch = new DataView(new ArrayBuffer(8));

/** @throws RangeError for a type without registers; `placeTag` refuses it first. */
export function conversionOf(choice: ConversionChoice): Conversion {
  const { dataType, byteOrder, byteOrder64, bit } = choice;
  const ordered = (width: 2 | 4 | 8, read: () => Value): Conversion => {
    const places = bytePlaces(width, byteOrder, byteOrder64);
    return (registers, at) => {
      gather(registers, at, places);
      return read();
    };
  };
  switch (dataType) {
    case "BOOLEAN":
      // A whole register is true unless it is zero.
      return bit === undefined
        ? ordered(2, () => scratch.getUint16(0) !== 0)
        : ordered(2, () => ((scratch.getUint16(0) >>> bit) & 1) === 1);
    case "INT8":
      return ordered(2, choice.byte === "low" ? () => scratch.getInt8(1) : () => scratch.getInt8(0));
    case "UINT8":
      return ordered(2, choice.byte === "low" ? () => scratch.getUint8(1) : () => scratch.getUint8(0));
    case "INT16":
      return ordered(2, () => scratch.getInt16(0));
    case "UINT16":
      return ordered(2, () => scratch.getUint16(0));
    case "INT32":
      return ordered(4, () => scratch.getInt32(0));
    case "UINT32":
      return ordered(4, () => scratch.getUint32(0));
    case "INT64":
      return ordered(8, () => scratch.getBigInt64(0));
    case "UINT64":
      return ordered(8, () => scratch.getBigUint64(0));
    case "FLOAT16":
      return ordered(2, () => halfToNumber(scratch.getUint16(0)));
    case "FLOAT32":
      return ordered(4, () => scratch.getFloat32(0));
    case "FLOAT64":
      return ordered(8, () => scratch.getFloat64(0));
    case "STRING":
      return textConversion(choice);
    case "BYTES":
      return (registers, at) => characters(registers, at, choice);
    case "TIMESTAMP":
      throw new RangeError("Modbus has no timestamps");
  }
}

function gather(registers: Uint8Array, at: number, places: BytePlaces): void {
  for (let rank = 0; rank < places.length; rank++) scratch.setUint8(rank, registers[at + places[rank]!]!);
}

/** IEEE 754 binary16: sign, 5 bits of exponent with bias 15, 10 of fraction. Every half is a double exactly. */
export function halfToNumber(half: number): number {
  const sign = half & 0x8000 ? -1 : 1;
  const exponent = (half >>> 10) & 0x1f;
  const fraction = half & 0x3ff;
  if (exponent === 0x1f) return fraction === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN;
  // 2^-24 is the smallest half; a normal one has a hidden bit.
  return exponent === 0 ? sign * fraction * 2 ** -24 : sign * (1024 + fraction) * 2 ** (exponent - 25);
}

function textConversion(choice: ConversionChoice): Conversion {
  if (choice.encoding === "latin1")
    return (registers, at) => Buffer.from(beforeNul(characters(registers, at, choice))).toString("latin1");
  const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });
  return (registers, at) => {
    try {
      return decoder.decode(beforeNul(characters(registers, at, choice)));
    } catch {
      return undefined;
    }
  };
}

/** The bytes in reading order; an odd length takes the first byte of its last register. */
function characters(registers: Uint8Array, at: number, { length, charOrder, byteOrder }: ConversionChoice): Uint8Array {
  const swapped = charOrder === undefined ? swapsBytes(byteOrder) : charOrder === "BA";
  const bytes = new Uint8Array(length);
  for (let index = 0; index < length; index++) bytes[index] = registers[at + (swapped ? index ^ 1 : index)]!;
  return bytes;
}

function beforeNul(bytes: Uint8Array): Uint8Array {
  const end = bytes.indexOf(0);
  return end < 0 ? bytes : bytes.subarray(0, end);
}
