/** What a variable of a PLC can hold, whatever the protocol, and how a signal becomes it.
 *  signal → [held value] → image of a device → reply, truth */
import type { SignalValue } from "./signals/signal.ts";

export const INTEGER_TYPES = ["INT8", "UINT8", "INT16", "UINT16", "INT32", "UINT32", "INT64", "UINT64"] as const;
export type IntegerType = (typeof INTEGER_TYPES)[number];
export type HeldType = IntegerType | "FLOAT32" | "FLOAT64" | "BOOLEAN" | "STRING";

/** As the simulator records it: 64-bit integers as bigint, a FLOAT32 rounded to one. */
export type HeldValue = boolean | number | bigint | string;

/** One value put into a reply, for the truth record. */
export interface ServedPart {
  /** Where it lies, in the protocol's own words: "hr:100", "hr:10.3", "co:5"; of several registers the first. */
  readonly register: string;
  /** As the scenario calls it; the register if it has no name. */
  readonly name: string;
  readonly type: HeldType;
  /** As the device holds it, before any scaling a reader applies. */
  readonly value: HeldValue;
}

const BITS: Readonly<Record<IntegerType, 8 | 16 | 32 | 64>> = {
  INT8: 8,
  UINT8: 8,
  INT16: 16,
  UINT16: 16,
  INT32: 32,
  UINT32: 32,
  INT64: 64,
  UINT64: 64,
};

/**
 * The value as its type holds it.
 *
 * A number is divided by `scale` for the integer types (23.4 at scale 0.1 is 234) and rounded half up; integers stop at the ends of their
 * range, as a scaled PLC value does, but counters (bigint) wrap, as PLC counters do. Text is cut to `length` bytes at a character boundary.
 */
export function holdAs(type: HeldType, length: number, value: SignalValue, scale: number): HeldValue {
  switch (type) {
    case "BOOLEAN":
      return typeof value === "string" ? value !== "" : Boolean(value);
    case "STRING":
      return cutToBytes(String(value), length);
    case "FLOAT32":
      return Math.fround(Number(value));
    case "FLOAT64":
      return Number(value);
    default:
      return holdInteger(type, value, scale);
  }
}

function holdInteger(type: IntegerType, value: SignalValue, scale: number): number | bigint {
  const bits = BITS[type];
  const signed = !type.startsWith("U");
  if (typeof value === "bigint") {
    const wrapped = signed ? BigInt.asIntN(bits, value) : BigInt.asUintN(bits, value);
    return bits === 64 ? wrapped : Number(wrapped);
  }
  const scaled = divide(Number(value), scale);
  const whole = Number.isNaN(scaled) ? 0 : Math.round(scaled);
  if (bits === 64) return clampBig(whole, signed ? -(2n ** 63n) : 0n, signed ? 2n ** 63n - 1n : 2n ** 64n - 1n);
  return clamp(whole, signed ? -(2 ** (bits - 1)) : 0, signed ? 2 ** (bits - 1) - 1 : 2 ** bits - 1);
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

function cutToBytes(text: string, bytes: number): string {
  const room = new Uint8Array(bytes);
  const { read } = new TextEncoder().encodeInto(text, room);
  return text.slice(0, read);
}
