/** Where a variable of a scenario lies: its type and the bytes it covers.
 *  S7 section → [place variable] → find mistakes, CPU memory */
import type { VariableSettings } from "./s7-section.ts";
import { bytesOf, type S7Type } from "./s7-type.ts";

export interface VariablePlace {
  readonly type: S7Type;
  /** From one of the `count` values to the next, in bits. */
  readonly strideBits: number;
  readonly firstBit: number;
  /** Of the last value, included. */
  readonly lastBit: number;
}

export function placeVariable({ at, type: wanted, length, count }: VariableSettings): VariablePlace {
  const type = wanted ?? (at.bit === undefined ? "INT" : "BOOL");
  const bytes = bytesOf(type, length);
  // Strings of an array begin at even bytes.
  const strideBits = type === "BOOL" ? 1 : (type === "STRING" ? bytes + (bytes % 2) : bytes) * 8;
  const firstBit = at.byte * 8 + (at.bit ?? 0);
  return {
    type,
    strideBits,
    firstBit,
    lastBit: firstBit + strideBits * (count - 1) + (type === "BOOL" ? 1 : bytes * 8) - 1,
  };
}
