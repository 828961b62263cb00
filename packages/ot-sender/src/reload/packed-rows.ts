/** Carries many objects as a few kilobytes, and makes objects of a few hundred of them at a time.
 *  plan reload → [packed rows] → reload plan */
import { deserialize, serialize } from "node:v8";
import { deflateSync, inflateSync } from "node:zlib";

const ROWS_PER_PART = 500;

/** Each part by itself: cloned as `postMessage` clones, deflated. */
export type PackedRows = readonly Uint8Array[];

export function packRows(rows: readonly object[]): PackedRows {
  const parts: Uint8Array[] = [];
  for (let from = 0; from < rows.length; from += ROWS_PER_PART)
    parts.push(deflateSync(serialize(rows.slice(from, from + ROWS_PER_PART)), { level: 1 }));
  return parts;
}

/** @param packed  of `packRows`, of a program of this version. */
export function* unpackRows<Row extends object>(packed: PackedRows): Generator<Row> {
  for (const part of packed) yield* deserialize(inflateSync(part)) as Row[];
}
