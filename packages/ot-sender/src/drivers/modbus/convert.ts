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

/** Where the bytes of a float or 64-bit integer are put together. Shared: a conversion is done before the next begins. */
const scratch = new DataView(new ArrayBuffer(8));

/** Those of numbers, by everything they depend on: finitely many. What all tags of one kind share stays in the processor's cache. */
const made = new Map<string, Conversion>();

/** @throws RangeError for a type without registers; `placeTag` refuses it first. */
export function conversionOf(choice: ConversionChoice): Conversion {
  const { dataType, byteOrder, byteOrder64, bit, byte } = choice;
  if (dataType === "STRING") return textConversion(choice);
  if (dataType === "BYTES") return (registers, at) => characters(registers, at, choice);
  const key = `${dataType} ${byteOrder} ${byteOrder64} ${bit} ${byte}`;
  const known = made.get(key);
  if (known !== undefined) return known;
  const conversion = numberConversion(choice);
  made.set(key, conversion);
  return conversion;
}

function numberConversion({ dataType, byteOrder, byteOrder64, bit, byte }: ConversionChoice): Conversion {
  const [high, low] = bytePlaces(2, byteOrder) as [number, number];
  const word = (registers: Uint8Array, at: number): number => (registers[at + high]! << 8) | registers[at + low]!;
  const one = byte === "low" ? low : high;
  const places4 = bytePlaces(4, byteOrder);
  const places8 = bytePlaces(8, byteOrder, byteOrder64);
  switch (dataType) {
    case "BOOLEAN":
      // A whole register is true unless it is zero.
      return bit === undefined
        ? (registers, at) => word(registers, at) !== 0
        : (registers, at) => ((word(registers, at) >>> bit) & 1) === 1;
    case "INT8":
      return (registers, at) => (registers[at + one]! << 24) >> 24;
    case "UINT8":
      return (registers, at) => registers[at + one]!;
    case "INT16":
      return (registers, at) => (word(registers, at) << 16) >> 16;
    case "UINT16":
      return word;
    case "INT32":
      return (registers, at) => int32(registers, at, places4, 0);
    case "UINT32":
      return (registers, at) => int32(registers, at, places4, 0) >>> 0;
    case "INT64":
      return (registers, at) => gather64(registers, at, places8).getBigInt64(0);
    case "UINT64":
      return (registers, at) => gather64(registers, at, places8).getBigUint64(0);
    case "FLOAT16":
      return (registers, at) => halfToNumber(word(registers, at));
    case "FLOAT32":
      return (registers, at) => {
        scratch.setInt32(0, int32(registers, at, places4, 0));
        return scratch.getFloat32(0);
      };
    case "FLOAT64":
      return (registers, at) => gather64(registers, at, places8).getFloat64(0);
    default:
      throw new RangeError(`Modbus has no ${dataType}`);
  }
}

/** Four bytes from the `rank`-th of the value on. */
function int32(registers: Uint8Array, at: number, places: BytePlaces, rank: number): number {
  return (
    (registers[at + places[rank]!]! << 24) |
    (registers[at + places[rank + 1]!]! << 16) |
    (registers[at + places[rank + 2]!]! << 8) |
    registers[at + places[rank + 3]!]!
  );
}

function gather64(registers: Uint8Array, at: number, places: BytePlaces): DataView {
  scratch.setInt32(0, int32(registers, at, places, 0));
  scratch.setInt32(4, int32(registers, at, places, 4));
  return scratch;
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
