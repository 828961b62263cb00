/** A value as exact text, and the name of its kind: for far sides whose own types cannot hold every value.
 *  sample → [value text] → historian, SQL publishers */
import type { Scalar, Value } from "@nonreturn/wire-format";

/** Numbers as JavaScript writes them (shortest text that reads back to the same bits; "-0", "NaN", "Infinity"), bytes as hex, arrays as JSON. */
export function textOf(value: Value | null): string | null {
  if (value === null) return null;
  if (Array.isArray(value)) return `[${(value as readonly Scalar[]).map(jsonOf).join(",")}]`;
  if (typeof value === "string") return value;
  if (value instanceof Uint8Array) return hexOf(value);
  return Object.is(value, -0) ? "-0" : String(value);
}

/** none, boolean, number, bigint, string, bytes or array. */
export function kindOf(value: Value | null): string {
  if (value === null) return "none";
  if (Array.isArray(value)) return "array";
  return value instanceof Uint8Array ? "bytes" : typeof value;
}

/** What {@link textOf} made, as a value again; an array stays its JSON text, because elements of 64 bits would not survive. */
export function valueOfText(kind: string, text: string | null): Value | null {
  if (text === null) return null;
  switch (kind) {
    case "boolean":
      return text === "true";
    case "number":
      return Number(text);
    case "bigint":
      return BigInt(text);
    case "bytes":
      return new Uint8Array(Buffer.from(text, "hex"));
    default:
      return text;
  }
}

function hexOf(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("hex");
}

/** Elements JSON has no number for are strings: NaN, infinities; 64-bit integers are digits, which JSON allows at any length. */
function jsonOf(value: Scalar): string {
  if (typeof value === "string") return JSON.stringify(value);
  if (value instanceof Uint8Array) return `"${hexOf(value)}"`;
  if (typeof value === "number" && !Number.isFinite(value)) return `"${value}"`;
  return Object.is(value, -0) ? "-0" : String(value);
}
