/** Samples that no payload of the broker's can hold, told before anything is sent.
 *  publish → [large rows] → edge node */
import { type TagDefinition, type Value, valueAt } from "@nonreturn/wire-format";
import { rowCount, withoutRows } from "../../entry-rows.ts";
import type { RowRange, StoredEntry } from "../../publisher.ts";
import { textOf } from "../../value-text.ts";

/** A metric without its value: alias, time, type, flags, Quality and StatusCode; and the payload around it. */
const METRIC_BYTES = 128;

export interface SizedEntries {
  /** Without the refused rows. */
  readonly small: readonly StoredEntry[];
  /** Rows counted through all entries. */
  readonly rows: number;
  readonly refused: readonly RowRange[];
  /** Of the first refused row; "" if there is none. */
  readonly words: string;
}

/** @param mostBytes  of a payload */
export function withoutLarge(entries: readonly StoredEntry[], mostBytes: number): SizedEntries {
  const refused: RowRange[] = [];
  let rows = 0;
  let words = "";
  const small = entries.map((entry) => {
    const { samples, tagOf } = entry;
    const left: RowRange[] = [];
    for (let row = 0; row < samples.count; row++) {
      const tag = tagOf(samples.tagIds[row]!);
      const why =
        tag === undefined ? `tag ${samples.tagIds[row]} has no definition` : tooLarge(samples, row, tag, mostBytes);
      if (why === undefined) continue;
      words ||= why;
      left.push({ first: row, end: row + 1 });
      refused.push({ first: rows + row, end: rows + row + 1 });
    }
    rows += rowCount(entry);
    return withoutRows(entry, left);
  });
  return { small, rows, refused, words };
}

export function bytesOf(value: Value | null): number {
  if (typeof value === "string") return METRIC_BYTES + Buffer.byteLength(value);
  if (value instanceof Uint8Array) return METRIC_BYTES + value.length;
  return METRIC_BYTES + (Array.isArray(value) ? Buffer.byteLength(textOf(value) ?? "") : 0);
}

function tooLarge(
  samples: StoredEntry["samples"],
  row: number,
  { path }: TagDefinition,
  mostBytes: number,
): string | undefined {
  if (mostBytes === Number.POSITIVE_INFINITY) return undefined;
  const bytes = bytesOf(valueAt(samples, row));
  return bytes > mostBytes
    ? `a value of ${path.slice(0, 200)} needs ${bytes} bytes, the broker allows ${mostBytes}`
    : undefined;
}
