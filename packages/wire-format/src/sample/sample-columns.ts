/** Samples as columns: what travels between threads and into the batch codec.
 *  driver → [sample columns] → report → batch … open → [sample columns] → record, publishers */
import type { Sample, Scalar, UtcMicros, Value } from "./sample.ts";

/** What `values` and `others` hold for a row. A plain number column because it crosses threads. */
export const ValueKind = {
  none: 0,
  boolean: 1,
  number: 2,
  bigint: 3,
  string: 4,
  bytes: 5,
  array: 6,
} as const;
export type ValueKind = (typeof ValueKind)[keyof typeof ValueKind];

/**
 * `count` samples, one row each, in the order they were reported.
 * The typed arrays may be longer than `count`; rows at and after `count` are meaningless.
 * Plain data: it can be posted to another thread and its buffers transferred.
 */
export interface SampleColumns {
  readonly count: number;
  readonly tagIds: Uint32Array;
  readonly timestamps: Float64Array; // UtcMicros
  readonly statusCodes: Uint32Array;
  readonly kinds: Uint8Array; // ValueKind
  /** The number itself; 0 or 1 for a boolean; the index into `others` for every kind above number; 0 for none. */
  readonly numbers: Float64Array;
  readonly others: readonly (bigint | string | Uint8Array | readonly Scalar[])[];
}

type Other = SampleColumns["others"][number];

/** Columns that are being filled: whoever made them may set rows and add others. */
export interface OpenColumns extends SampleColumns {
  readonly others: Other[];
}

/** Timestamp 8, number 8, tag id 4, status code 4, kind 1. */
const ROW_BYTES = 25;

/** `count` rows of zeros without values, in one buffer, since each buffer costs on its way to another thread. */
export function openColumns(count: number): OpenColumns {
  const buffer = new ArrayBuffer(count * ROW_BYTES);
  return {
    count,
    timestamps: new Float64Array(buffer, 0, count),
    numbers: new Float64Array(buffer, count * 8, count),
    tagIds: new Uint32Array(buffer, count * 16, count),
    statusCodes: new Uint32Array(buffer, count * 20, count),
    kinds: new Uint8Array(buffer, count * 24, count),
    others: [],
  };
}

/** The value of a row. One that is no number or boolean is added to `others`, also where the row has one already. */
export function setValue({ kinds, numbers, others }: OpenColumns, row: number, value: Value | null): void {
  if (typeof value === "number") {
    kinds[row] = ValueKind.number;
    numbers[row] = value;
  } else if (typeof value === "boolean") {
    kinds[row] = ValueKind.boolean;
    numbers[row] = value ? 1 : 0;
  } else if (value === null) {
    kinds[row] = ValueKind.none;
    numbers[row] = 0;
  } else {
    kinds[row] = kindOf(value);
    numbers[row] = others.push(value) - 1;
  }
}

/** Collects rows and hands them out as {@link SampleColumns}. Grows by doubling; `clear` keeps nothing of what was taken. */
export class SampleColumnsBuilder {
  #columns: OpenColumns;
  #count = 0;

  constructor(capacity = 256) {
    this.#columns = openColumns(capacity);
  }

  get count(): number {
    return this.#count;
  }

  push(tagId: number, value: Value | null, statusCode: number, sourceTimestamp: UtcMicros): void {
    const row = this.#add(tagId, statusCode, sourceTimestamp);
    setValue(this.#columns, row, value);
  }

  pushSample(sample: Sample): void {
    this.push(sample.tagId, sample.value, sample.statusCode, sample.sourceTimestamp);
  }

  /** A row of other columns. */
  pushRow(from: SampleColumns, fromRow: number): void {
    const row = this.#add(from.tagIds[fromRow]!, from.statusCodes[fromRow]!, from.timestamps[fromRow]!);
    const { kinds, numbers, others } = this.#columns;
    const kind = from.kinds[fromRow]!;
    const number = from.numbers[fromRow]!;
    kinds[row] = kind;
    numbers[row] = kind > ValueKind.number ? others.push(from.others[number]!) - 1 : number;
  }

  /** Append every row of other columns, in order. */
  append(columns: SampleColumns): void {
    const start = this.#count;
    const end = start + columns.count;
    if (end > this.#columns.count) this.#grow(Math.max(end, this.#columns.count * 2));
    copyRows(this.#columns, start, columns, columns.count);
    this.#count = end;
    if (columns.others.length === 0) return;
    const { kinds, numbers, others } = this.#columns;
    const shift = others.length;
    for (const other of columns.others) others.push(other);
    for (let row = start; row < end; row++) if (kinds[row]! > ValueKind.number) numbers[row]! += shift;
  }

  /** Hand out what was collected and start anew. The result owns its memory. */
  take(): SampleColumns {
    const taken = { ...openColumns(this.#count), others: this.#columns.others };
    copyRows(taken, 0, this.#columns, this.#count);
    this.#columns = { ...this.#columns, others: [] };
    this.#count = 0;
    return taken;
  }

  #add(tagId: number, statusCode: number, sourceTimestamp: UtcMicros): number {
    if (this.#count === this.#columns.count) this.#grow(this.#columns.count * 2);
    const row = this.#count++;
    const { tagIds, statusCodes, timestamps } = this.#columns;
    tagIds[row] = tagId;
    statusCodes[row] = statusCode;
    timestamps[row] = sourceTimestamp;
    return row;
  }

  #grow(capacity: number): void {
    const grown = { ...openColumns(capacity), others: this.#columns.others };
    copyRows(grown, 0, this.#columns, this.#count);
    this.#columns = grown;
  }
}

/** The first `count` rows, all but `others`. */
function copyRows(to: SampleColumns, at: number, from: SampleColumns, count: number): void {
  to.tagIds.set(from.tagIds.subarray(0, count), at);
  to.timestamps.set(from.timestamps.subarray(0, count), at);
  to.statusCodes.set(from.statusCodes.subarray(0, count), at);
  to.kinds.set(from.kinds.subarray(0, count), at);
  to.numbers.set(from.numbers.subarray(0, count), at);
}

function kindOf(value: Other): ValueKind {
  if (typeof value === "bigint") return ValueKind.bigint;
  if (typeof value === "string") return ValueKind.string;
  if (value instanceof Uint8Array) return ValueKind.bytes;
  return ValueKind.array;
}

/** The value of one row. @throws RangeError if `row` is not below `count`. */
export function valueAt(columns: SampleColumns, row: number): Value | null {
  if (!(row >= 0 && row < columns.count)) throw new RangeError(`row ${row} of ${columns.count}`);
  const number = columns.numbers[row]!;
  switch (columns.kinds[row]) {
    case ValueKind.none:
      return null;
    case ValueKind.boolean:
      return number === 1;
    case ValueKind.number:
      return number;
    default:
      return columns.others[number]!;
  }
}

/** One row as a {@link Sample}. */
export function sampleAt(columns: SampleColumns, row: number): Sample {
  return {
    tagId: columns.tagIds[row]!,
    value: valueAt(columns, row),
    statusCode: columns.statusCodes[row]!,
    sourceTimestamp: columns.timestamps[row]!,
  };
}

/** The buffers to transfer when columns are posted to another thread. The sender must not use them afterwards. */
export function transferListOf(columns: SampleColumns): ArrayBuffer[] {
  const { tagIds, timestamps, statusCodes, kinds, numbers } = columns;
  return [...new Set([tagIds, timestamps, statusCodes, kinds, numbers].map(({ buffer }) => buffer as ArrayBuffer))];
}
