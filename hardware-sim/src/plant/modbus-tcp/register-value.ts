/** Values and the 16-bit registers that hold them, in all types and byte orders that PLCs use.
 *  held value → [register value] → register image
 *
 *  A 32-bit value has the bytes A (most significant) to D; the order says how they come over the wire, two to a register: ABCD is big-endian,
 *  CDAB the low register first, BADC bytes swapped in each register, DCBA both. A 16-bit value follows the byte half of it (AB or BA), and so does
 *  text, which has no low register. A 64-bit value follows the whole of it, through all four registers, unless it has an order of its own. */
import type { HeldValue } from "../held-value.ts";

export const NUMERIC_TYPES = ["INT16", "UINT16", "INT32", "UINT32", "INT64", "UINT64", "FLOAT32", "FLOAT64"] as const;
export type NumericType = (typeof NUMERIC_TYPES)[number];
export type RegisterType = NumericType | "BOOLEAN" | "STRING";

export const BYTE_ORDERS = ["ABCD", "CDAB", "BADC", "DCBA"] as const;
export type ByteOrder = (typeof BYTE_ORDERS)[number];

export const BYTE_ORDERS_64 = [
  "ABCDEFGH",
  "BADCFEHG",
  "CDABGHEF",
  "DCBAHGFE",
  "EFGHABCD",
  "FEHGBADC",
  "GHEFCDAB",
  "HGFEDCBA",
] as const;
export type ByteOrder64 = (typeof BYTE_ORDERS_64)[number];

const WIDENED: Readonly<Record<ByteOrder, ByteOrder64>> = {
  ABCD: "ABCDEFGH",
  CDAB: "GHEFCDAB",
  BADC: "BADCFEHG",
  DCBA: "HGFEDCBA",
};

/** How a value lies in its registers. */
export interface RegisterForm {
  readonly type: RegisterType;
  readonly byteOrder: ByteOrder;
  /** Of 64-bit values, where it does not follow from byteOrder. */
  readonly byteOrder64?: ByteOrder64 | undefined;
  /** Bytes of a STRING. */
  readonly length: number;
}

const BYTES: Readonly<Record<NumericType, 2 | 4 | 8>> = {
  INT16: 2,
  UINT16: 2,
  INT32: 4,
  UINT32: 4,
  FLOAT32: 4,
  INT64: 8,
  UINT64: 8,
  FLOAT64: 8,
};

/** Registers (or bits, for BOOLEAN) a value takes. @param length  bytes of a STRING. */
export function widthOf(type: RegisterType, length: number): number {
  if (type === "BOOLEAN") return 1;
  return type === "STRING" ? Math.ceil(length / 2) : BYTES[type] / 2;
}

/** The registers of a value made by holdAs, in wire order, each 0 … 65535. A BOOLEAN is 0 or 1. */
export function registersOf({ type, byteOrder, byteOrder64, length }: RegisterForm, value: HeldValue): number[] {
  if (type === "BOOLEAN") return [value === true ? 1 : 0];
  const swaps = byteOrder === "BADC" || byteOrder === "DCBA";
  if (type === "STRING") {
    const text = new Uint8Array(widthOf(type, length) * 2); // what is left stays NUL
    new TextEncoder().encodeInto(String(value), text);
    return wordsOf(text, swaps);
  }
  const bytes = bigEndian(type, value);
  const wire =
    bytes.length === 2 ? (swaps ? "BA" : "AB") : bytes.length === 4 ? byteOrder : (byteOrder64 ?? WIDENED[byteOrder]);
  return wordsOf(
    Uint8Array.from(wire, (letter) => bytes["ABCDEFGH".indexOf(letter)]!),
    false,
  );
}

function bigEndian(type: NumericType, value: HeldValue): Uint8Array {
  const bytes = new Uint8Array(BYTES[type]);
  const view = new DataView(bytes.buffer);
  if (type === "FLOAT32") view.setFloat32(0, Number(value));
  else if (type === "FLOAT64") view.setFloat64(0, Number(value));
  else if (bytes.length === 2)
    view.setUint16(0, Number(value)); // two's complement: modulo 2^16
  else if (bytes.length === 4) view.setUint32(0, Number(value));
  else view.setBigUint64(0, BigInt.asUintN(64, BigInt(value)));
  return bytes;
}

function wordsOf(bytes: Uint8Array, lowByteFirst: boolean): number[] {
  const view = new DataView(bytes.buffer);
  return Array.from({ length: bytes.length / 2 }, (_, word) => view.getUint16(word * 2, lowByteFirst));
}
