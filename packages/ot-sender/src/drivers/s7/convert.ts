/** Bytes of a CPU to values: every type of S7. S7 is big-endian throughout.
 *  reply → [convert] → sample */
import type { DataType, Scalar, Value } from "@nonreturn/wire-format";
import type { ToUtc } from "../local-time.ts";
import { dateAndTime, dateOf, dtl, longDateAndTime, s5TimeMs } from "./date-time.ts";
import type { S7TypeName } from "./s7-type.ts";

/** Reads one value at byte `at`. Undefined if the bytes are no such value. The bytes are there: lengths were checked. */
export type Conversion<T extends Value = Value> = (bytes: DataView, at: number) => T | undefined;

export interface ConversionChoice {
  readonly type: S7TypeName;
  /** What the tag is; decides where the type names a width only. */
  readonly dataType: DataType;
  /** Characters of a STRING or WSTRING; elements of a CHAR or WCHAR array. */
  readonly length: number;
  readonly encoding: "latin1" | "utf-8";
  readonly toUtc: ToUtc;
}

/** Of one element; CHAR and WCHAR take `length` of them as one text, BYTES `length` bytes. */
export function conversionOf(choice: ConversionChoice): Conversion<Scalar> {
  const { type, dataType, length, encoding, toUtc } = choice;
  switch (type) {
    case "BOOL":
      throw new RangeError("a BOOL is a bit; see bitConversion");
    case "BYTE":
    case "WORD":
    case "DWORD":
    case "LWORD":
    case "SINT":
    case "USINT":
    case "INT":
    case "UINT":
    case "DINT":
    case "UDINT":
    case "LINT":
    case "ULINT":
    case "REAL":
    case "LREAL":
    case "TIME":
    case "LTIME":
    case "TOD":
    case "LTOD":
      return numberConversion(dataType, length);
    case "CHAR":
      return textConversion(encoding, (_, at) => [at, length]);
    case "STRING":
      return textConversion(encoding, (bytes, at) => {
        const actual = bytes.getUint8(at + 1);
        return actual <= length && actual <= bytes.getUint8(at) ? [at + 2, actual] : undefined;
      });
    case "WCHAR":
      return (bytes, at) => wideText(bytes, at, length);
    case "WSTRING":
      return (bytes, at) => {
        const actual = bytes.getUint16(at + 2);
        return actual <= length && actual <= bytes.getUint16(at) ? wideText(bytes, at + 4, actual) : undefined;
      };
    case "DT":
    case "DTZ":
      return inZone(dateAndTime, type === "DT" ? toUtc : undefined);
    case "DTL":
    case "DTLZ":
      return inZone(dtl, type === "DTL" ? toUtc : undefined);
    case "LDT":
    case "LDTZ":
      return inZone(longDateAndTime, type === "LDT" ? toUtc : undefined);
    case "DATE":
      return inZone(dateOf, toUtc);
    case "S5TIME":
    case "TIMER":
      return s5TimeMs;
    case "COUNTER":
      return (bytes, at) => fromBcd3(bytes.getUint16(at));
  }
}

/** `count` bits from bit `bit` on: one boolean, or an array of them. */
export function bitConversion(bit: number, count: number | undefined): Conversion {
  if (count === undefined) return BITS[bit]!;
  return (bytes, at) => Array.from({ length: count }, (_, index) => readBit(bytes, at, bit + index));
}

const BITS = Array.from(
  { length: 8 },
  (_, bit): Conversion<boolean> =>
    (bytes, at) =>
      readBit(bytes, at, bit),
);

function readBit(bytes: DataView, at: number, index: number): boolean {
  return ((bytes.getUint8(at + (index >> 3)) >>> (index & 7)) & 1) === 1;
}

/** An array is a value if each of its elements is. */
export function arrayConversion(element: Conversion<Scalar>, count: number, stride: number): Conversion {
  return (bytes, at) => {
    const values: Scalar[] = [];
    for (let index = 0; index < count; index++) {
      const value = element(bytes, at + index * stride);
      if (value === undefined) return undefined;
      values.push(value);
    }
    return values;
  };
}

/** What all tags of one type share stays in the processor's cache. */
const NUMBERS: Partial<Record<DataType, Conversion<Scalar>>> = {
  INT8: (bytes, at) => bytes.getInt8(at),
  UINT8: (bytes, at) => bytes.getUint8(at),
  INT16: (bytes, at) => bytes.getInt16(at),
  UINT16: (bytes, at) => bytes.getUint16(at),
  INT32: (bytes, at) => bytes.getInt32(at),
  UINT32: (bytes, at) => bytes.getUint32(at),
  INT64: (bytes, at) => bytes.getBigInt64(at),
  UINT64: (bytes, at) => bytes.getBigUint64(at),
  FLOAT32: (bytes, at) => bytes.getFloat32(at),
  FLOAT64: (bytes, at) => bytes.getFloat64(at),
};

function numberConversion(dataType: DataType, length: number): Conversion<Scalar> {
  if (dataType === "BYTES") return (bytes, at) => bytesOf(bytes, at, length).slice();
  const conversion = NUMBERS[dataType];
  if (conversion === undefined) throw new RangeError(`S7 has no ${dataType}`);
  return conversion;
}

function textConversion(
  encoding: "latin1" | "utf-8",
  place: (bytes: DataView, at: number) => readonly [at: number, length: number] | undefined,
): Conversion<string> {
  const decoder = encoding === "utf-8" ? new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }) : undefined;
  return (bytes, at) => {
    const found = place(bytes, at);
    if (found === undefined) return undefined;
    const characters = bytesOf(bytes, ...found);
    if (decoder === undefined) return Buffer.from(characters).toString("latin1");
    try {
      return decoder.decode(characters);
    } catch {
      return undefined;
    }
  };
}

function wideText(bytes: DataView, at: number, length: number): string | undefined {
  let text = "";
  for (let index = 0; index < length; index++) text += String.fromCharCode(bytes.getUint16(at + index * 2));
  return text.isWellFormed() ? text : undefined;
}

function inZone(read: Conversion<number>, toUtc: ToUtc | undefined): Conversion<number> {
  if (toUtc === undefined) return read;
  return (bytes, at) => {
    const wall = read(bytes, at);
    return wall === undefined ? undefined : toUtc(wall);
  };
}

/** Three decimal digits in the lower 12 bits. */
function fromBcd3(word: number): number | undefined {
  const digits = [(word >> 8) & 15, (word >> 4) & 15, word & 15];
  return digits.some((digit) => digit > 9) ? undefined : digits[0]! * 100 + digits[1]! * 10 + digits[2]!;
}

function bytesOf(bytes: DataView, at: number, length: number): Uint8Array {
  return new Uint8Array(bytes.buffer, bytes.byteOffset + at, length);
}
