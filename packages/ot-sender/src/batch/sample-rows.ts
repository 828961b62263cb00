/** Cuts rows out of columns, and estimates what they will take in a batch.
 *  batcher → [sample rows] → batch */
import { type SampleColumns, ValueKind, valueAt } from "@nonreturn/wire-format";

/** Tag id delta, code byte and value of a number: what plant signals take before compression, rounded up. */
const NUMBER_BYTES = 8;

/** Bytes that `columns` will take in a batch before compression: a good guess for numbers, an upper bound for text and bytes. */
export function estimateBytes(columns: SampleColumns): number {
  let bytes = columns.count * NUMBER_BYTES;
  for (const other of columns.others) bytes += otherBytes(other);
  return bytes;
}

/**
 * Rows from `start` on: at most `maxRows`, and at most as many as fit `maxBytes` by the estimate above.
 * The result shares the typed arrays with `columns`, and has `others` of its own.
 */
export function rowsOf(columns: SampleColumns, start: number, maxRows: number, maxBytes: number): SampleColumns {
  const limit = Math.min(columns.count - start, Math.max(0, maxRows));
  if (columns.others.length === 0) {
    return cut(columns, start, Math.min(limit, Math.max(0, Math.floor(maxBytes / NUMBER_BYTES))), [], undefined);
  }
  const others: SampleColumns["others"][number][] = [];
  const numbers = new Float64Array(limit);
  let bytes = 0;
  let count = 0;
  for (; count < limit; count++) {
    const row = start + count;
    const isOther = columns.kinds[row]! > ValueKind.number;
    const value = isOther ? (valueAt(columns, row) as SampleColumns["others"][number]) : undefined;
    bytes += NUMBER_BYTES + (value === undefined ? 0 : otherBytes(value));
    if (bytes > maxBytes) break;
    numbers[count] = value === undefined ? columns.numbers[row]! : others.length;
    if (value !== undefined) others.push(value);
  }
  return cut(columns, start, count, others, numbers.subarray(0, count));
}

function cut(
  columns: SampleColumns,
  start: number,
  count: number,
  others: SampleColumns["others"],
  numbers: Float64Array | undefined,
): SampleColumns {
  const end = start + count;
  return {
    count,
    tagIds: columns.tagIds.subarray(start, end),
    timestamps: columns.timestamps.subarray(start, end),
    statusCodes: columns.statusCodes.subarray(start, end),
    kinds: columns.kinds.subarray(start, end),
    numbers: numbers ?? columns.numbers.subarray(start, end),
    others,
  };
}

function otherBytes(other: SampleColumns["others"][number]): number {
  if (typeof other === "bigint") return 2;
  if (typeof other === "string") return other.length * 3; // UTF-16 unit → at most 3 bytes of UTF-8
  if (other instanceof Uint8Array) return other.length;
  let bytes = 0;
  for (const element of other) {
    bytes += NUMBER_BYTES;
    if (typeof element === "string") bytes += element.length * 3;
    else if (element instanceof Uint8Array) bytes += element.length;
  }
  return bytes;
}
