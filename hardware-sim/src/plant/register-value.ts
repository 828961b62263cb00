/** Values and the 16-bit registers that hold them, in all types and byte orders that PLCs use.
 *  signal → [register value] → register image
 *
 *  Byte orders of a 32-bit value whose bytes, most significant first, are A B C D (64 bits alike):
 *     ABCD  high word first, high byte first       CDAB  low word first
 *     BADC  bytes swapped inside each word         DCBA  both
 *  A 16-bit value follows the byte half of it: AB for ABCD and CDAB, BA for BADC and DCBA. So does text, two bytes per register. */
import type { SignalValue } from "./signals/signal.ts";

export const NUMERIC_TYPES = ["int16", "uint16", "int32", "uint32", "int64", "uint64", "float32", "float64"] as const;
export type NumericType = (typeof NUMERIC_TYPES)[number];
export type RegisterType = NumericType | "bool" | "string";

export const BYTE_ORDERS = ["ABCD", "CDAB", "BADC", "DCBA"] as const;
export type ByteOrder = (typeof BYTE_ORDERS)[number];

/** What a PLC register can hold, as the simulator records it: 64-bit integers as bigint, a float32 rounded to one. */
export type RegisterValue = boolean | number | bigint | string;

const WIDTH: Readonly<Record<NumericType, number>> = {
  int16: 1,
  uint16: 1,
  int32: 2,
  uint32: 2,
  float32: 2,
  int64: 4,
  uint64: 4,
  float64: 4,
};

/** Registers (or bits, for bool) a value takes. */
export function widthOf(type: RegisterType, stringRegisters: number): number {
  if (type === "bool") return 1;
  return type === "string" ? stringRegisters : WIDTH[type];
}

/**
 * The value as its type holds it.
 *
 * A number is divided by `scale` for the integer types (23.4 at scale 0.1 is 234) and rounded half up; integers stop at the ends of their
 * range, as a scaled PLC value does, but counters (bigint) wrap, as PLC counters do. Text is cut to the registers' bytes at a character boundary.
 */
export function holdAs(type: RegisterType, value: SignalValue, scale: number, stringRegisters: number): RegisterValue {
  if (type === "bool") return typeof value === "string" ? value !== "" : Boolean(value);
  if (type === "string") return cutToBytes(String(value), stringRegisters * 2);
  if (type === "float32") return Math.fround(Number(value));
  if (type === "float64") return Number(value);
  if (typeof value === "bigint") return wrap(type, value);
  const scaled = divide(Number(value), scale);
  const whole = Number.isNaN(scaled) ? 0 : Math.round(scaled);
  switch (type) {
    case "int16":
      return clamp(whole, -0x8000, 0x7fff);
    case "uint16":
      return clamp(whole, 0, 0xffff);
    case "int32":
      return clamp(whole, -0x8000_0000, 0x7fff_ffff);
    case "uint32":
      return clamp(whole, 0, 0xffff_ffff);
    case "int64":
      return clampBig(whole, -(2n ** 63n), 2n ** 63n - 1n);
    case "uint64":
      return clampBig(whole, 0n, 2n ** 64n - 1n);
  }
}

/** The registers of a value made by {@link holdAs}, in wire order, each 0 … 65535. A bool is 0 or 1. */
export function registersOf(
  type: RegisterType,
  value: RegisterValue,
  order: ByteOrder,
  stringRegisters: number,
): number[] {
  if (type === "bool") return [value === true ? 1 : 0];
  const bytes = new Uint8Array(widthOf(type, stringRegisters) * 2);
  const view = new DataView(bytes.buffer);
  switch (type) {
    case "string":
      new TextEncoder().encodeInto(String(value), bytes); // the rest stays NUL
      break;
    case "int16":
      view.setInt16(0, Number(value));
      break;
    case "uint16":
      view.setUint16(0, Number(value));
      break;
    case "int32":
      view.setInt32(0, Number(value));
      break;
    case "uint32":
      view.setUint32(0, Number(value));
      break;
    case "float32":
      view.setFloat32(0, Number(value));
      break;
    case "float64":
      view.setFloat64(0, Number(value));
      break;
    case "int64":
    case "uint64":
      view.setBigUint64(0, BigInt.asUintN(64, BigInt(value)));
      break;
  }
  const swapBytes = order === "BADC" || order === "DCBA";
  const words: number[] = [];
  for (let offset = 0; offset < bytes.length; offset += 2) words.push(view.getUint16(offset, swapBytes));
  // Text is a row of characters, not a number: it has no low word.
  return type !== "string" && (order === "CDAB" || order === "DCBA") ? words.reverse() : words;
}

/** 23.4 / 0.1 is 233.99999999999997; times 10 is 234. */
function divide(value: number, scale: number): number {
  const inverse = Math.round(1 / scale);
  return inverse >= 1 && Math.abs(inverse * scale - 1) < 1e-9 ? value * inverse : value / scale;
}

function clamp(value: number, low: number, high: number): number {
  return Math.min(high, Math.max(low, value)) + 0; // + 0: an integer has no −0
}

function clampBig(value: number, low: bigint, high: bigint): bigint {
  if (!Number.isFinite(value)) return value > 0 ? high : low;
  const whole = BigInt(value);
  return whole < low ? low : whole > high ? high : whole;
}

function wrap(type: NumericType, value: bigint): number | bigint {
  const bits = WIDTH[type] * 16;
  const wrapped = type.startsWith("u") ? BigInt.asUintN(bits, value) : BigInt.asIntN(bits, value);
  return bits === 64 ? wrapped : Number(wrapped);
}

function cutToBytes(text: string, bytes: number): string {
  const room = new Uint8Array(bytes);
  const { read } = new TextEncoder().encodeInto(text, room);
  return text.slice(0, read);
}
