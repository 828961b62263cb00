/** Samples as column arrays for bulk statements: plain numbers apart from everything else, since nearly all are.
 *  stored entry → [map sample] → SQL database */
import { type SampleColumns, type Value, ValueKind, valueAt } from "@nonreturn/wire-format";
import { textOf } from "../value-text.ts";

/** Kinds none, boolean and number: a double holds them exactly. */
export interface PlainRows {
  readonly tags: number[];
  readonly times: number[]; // UtcMicros
  readonly statusCodes: number[];
  readonly kinds: ValueKind[];
  readonly values: (number | null)[];
}

/** Every other kind. `values` holds the nearest double of a 64-bit integer. */
export interface OtherRows extends PlainRows {
  readonly integers: (bigint | null)[];
  readonly texts: (string | null)[]; // strings; arrays as JSON
  readonly bytes: (Uint8Array | null)[];
}

export interface SampleRows {
  readonly plain: PlainRows;
  readonly others: OtherRows;
}

export type CurrentRows = OtherRows;

export function newSampleRows(): SampleRows {
  return { plain: { tags: [], times: [], statusCodes: [], kinds: [], values: [] }, others: newOtherRows() };
}

export function newOtherRows(): OtherRows {
  return { tags: [], times: [], statusCodes: [], kinds: [], values: [], integers: [], texts: [], bytes: [] };
}

/** @param numberOf  of the tag table, by tag id. */
export function addSamples(rows: SampleRows, samples: SampleColumns, numberOf: (tagId: number) => number): void {
  for (let row = 0; row < samples.count; row++) {
    const tag = numberOf(samples.tagIds[row]!);
    if (samples.kinds[row]! > ValueKind.number) addOther(rows.others, tag, samples, row);
    else addPlain(rows.plain, tag, samples, row);
  }
}

/** One row with all columns, whatever its kind. */
export function addOther(rows: OtherRows, tag: number, samples: SampleColumns, row: number): void {
  const kind = samples.kinds[row]! as ValueKind;
  addPlain(rows, tag, samples, row);
  const value: Value | null = kind > ValueKind.number ? valueAt(samples, row) : null;
  if (kind > ValueKind.number) rows.values[rows.values.length - 1] = typeof value === "bigint" ? Number(value) : null;
  rows.integers.push(typeof value === "bigint" ? value : null);
  rows.bytes.push(value instanceof Uint8Array ? value : null);
  rows.texts.push(typeof value === "string" || Array.isArray(value) ? textOf(value) : null);
}

function addPlain(rows: PlainRows, tag: number, samples: SampleColumns, row: number): void {
  const kind = samples.kinds[row]! as ValueKind;
  rows.tags.push(tag);
  rows.times.push(samples.timestamps[row]!);
  rows.statusCodes.push(samples.statusCodes[row]!);
  rows.kinds.push(kind);
  rows.values.push(kind === ValueKind.none ? null : samples.numbers[row]!);
}
