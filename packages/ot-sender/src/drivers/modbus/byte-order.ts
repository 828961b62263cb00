/** The orders in which devices put the bytes of a value into registers.
 *  config → [byte order] → convert */

/**
 * A 32-bit value has the bytes A (most significant) to D. The name says in which order they come over the wire, two to a register.
 * 16-bit values follow the byte half of it: AB for ABCD and CDAB, BA for BADC and DCBA.
 */
export const BYTE_ORDERS = ["ABCD", "CDAB", "BADC", "DCBA"] as const;
export type ByteOrder = (typeof BYTE_ORDERS)[number];

/** The same for 64 bits: bytes swapped in each register or not, registers swapped in each half or not, halves swapped or not. */
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

/** Where a 64-bit order is not given: "low word first" goes through all four registers. */
const WIDENED: Readonly<Record<ByteOrder, ByteOrder64>> = {
  ABCD: "ABCDEFGH",
  BADC: "BADCFEHG",
  CDAB: "GHEFCDAB",
  DCBA: "HGFEDCBA",
};

/** `order[i]` is the place on the wire of the i-th byte, counted from the most significant. */
export type BytePlaces = readonly number[];

/** @param width  bytes of the value: 2, 4 or 8. */
export function bytePlaces(width: 2 | 4 | 8, order: ByteOrder, order64: ByteOrder64 = WIDENED[order]): BytePlaces {
  const wire = width === 2 ? (swapsBytes(order) ? "BA" : "AB") : width === 4 ? order : order64;
  return Array.from({ length: width }, (_, rank) => wire.indexOf("ABCDEFGH".charAt(rank)));
}

/** Whether the low byte of a register comes first. */
export function swapsBytes(order: ByteOrder): boolean {
  return order === "BADC" || order === "DCBA";
}
