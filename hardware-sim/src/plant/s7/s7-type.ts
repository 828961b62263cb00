/** Types of S7 variables as the simulated CPU stores them.
 *  held value → [S7 type] → CPU memory */
import type { HeldType, HeldValue } from "../held-value.ts";

/** What holds the value, and how many bytes it takes without characters. DT and DTL show microseconds since 1970, which a counter signal gives. */
const TYPES = {
  BOOL: ["BOOLEAN", 1],
  BYTE: ["UINT8", 1],
  SINT: ["INT8", 1],
  WORD: ["UINT16", 2],
  INT: ["INT16", 2],
  DWORD: ["UINT32", 4],
  DINT: ["INT32", 4],
  LINT: ["INT64", 8],
  ULINT: ["UINT64", 8],
  REAL: ["FLOAT32", 4],
  LREAL: ["FLOAT64", 8],
  STRING: ["STRING", 2],
  WSTRING: ["STRING", 4],
  DT: ["INT64", 8],
  DTL: ["INT64", 12],
} as const satisfies Record<string, readonly [HeldType, number]>;

export type S7Type = keyof typeof TYPES;
export const S7_TYPES = Object.keys(TYPES) as [S7Type, ...S7Type[]];

export function heldTypeOf(type: S7Type): HeldType {
  return TYPES[type][0];
}

/** @param length  characters of a STRING or WSTRING. */
export function bytesOf(type: S7Type, length: number): number {
  const fixed = TYPES[type][1];
  if (type === "STRING") return fixed + length;
  return type === "WSTRING" ? fixed + length * 2 : fixed;
}

/** Big-endian, as S7 is throughout. A BOOL is a byte of 0 or 1. */
export function writeValue(type: S7Type, length: number, value: HeldValue): Buffer {
  const bytes = Buffer.alloc(bytesOf(type, length));
  switch (type) {
    case "BOOL":
      bytes[0] = value === true ? 1 : 0;
      break;
    case "BYTE":
    case "SINT":
      bytes[0] = Number(value) & 0xff;
      break;
    case "WORD":
    case "INT":
      bytes.writeUInt16BE(Number(value) & 0xffff);
      break;
    case "DWORD":
    case "DINT":
      bytes.writeUInt32BE(Number(value) >>> 0);
      break;
    case "LINT":
    case "ULINT":
      bytes.writeBigUInt64BE(BigInt.asUintN(64, BigInt(value)));
      break;
    case "REAL":
      bytes.writeFloatBE(Number(value));
      break;
    case "LREAL":
      bytes.writeDoubleBE(Number(value));
      break;
    case "STRING": {
      const text = Buffer.from(String(value), "latin1").subarray(0, length);
      bytes.set([length, text.length]);
      text.copy(bytes, 2);
      break;
    }
    case "WSTRING": {
      const text = String(value).slice(0, length);
      bytes.writeUInt16BE(length);
      bytes.writeUInt16BE(text.length, 2);
      for (let at = 0; at < text.length; at++) bytes.writeUInt16BE(text.charCodeAt(at), 4 + at * 2);
      break;
    }
    case "DT":
    case "DTL":
      writeInstant(type, BigInt(value), bytes);
  }
  return bytes;
}

function writeInstant(type: "DT" | "DTL", micros: bigint, bytes: Buffer): void {
  const date = new Date(Number(micros / 1000n));
  const parts = [date.getUTCMonth() + 1, date.getUTCDate()];
  const time = [date.getUTCHours(), date.getUTCMinutes(), date.getUTCSeconds()];
  const weekday = date.getUTCDay() + 1;
  if (type === "DTL") {
    bytes.writeUInt16BE(date.getUTCFullYear());
    bytes.set([...parts, weekday, ...time], 2);
    bytes.writeUInt32BE(Number(micros % 1_000_000n) * 1000, 8);
    return;
  }
  const ms = date.getUTCMilliseconds();
  const digits = [date.getUTCFullYear() % 100, ...parts, ...time, Math.floor(ms / 10)];
  bytes.set(digits.map((number) => (Math.floor(number / 10) << 4) | (number % 10)));
  bytes[7] = ((ms % 10) << 4) | weekday;
}
