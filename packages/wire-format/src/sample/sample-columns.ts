/** Samples as columns: what travels between threads and into the batch codec.
 *  report → [sample columns] → batch … open → [sample columns] → record, publishers */
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

/** Timestamp 8, number 8, tag id 4, status code 4, kind 1. */
const ROW_BYTES = 25;

/** Collects rows and hands them out as {@link SampleColumns}. Grows by doubling; `clear` keeps nothing of what was taken. */
export class SampleColumnsBuilder {
  #capacity: number;
  #count = 0;
  #tagIds: Uint32Array;
  #timestamps: Float64Array;
  #statusCodes: Uint32Array;
  #kinds: Uint8Array;
  #numbers: Float64Array;
  #others: (bigint | string | Uint8Array | readonly Scalar[])[] = [];

  constructor(capacity = 256) {
    this.#capacity = capacity;
    this.#tagIds = new Uint32Array(capacity);
    this.#timestamps = new Float64Array(capacity);
    this.#statusCodes = new Uint32Array(capacity);
    this.#kinds = new Uint8Array(capacity);
    this.#numbers = new Float64Array(capacity);
  }

  get count(): number {
    return this.#count;
  }

  push(tagId: number, value: Value | null, statusCode: number, sourceTimestamp: UtcMicros): void {
    if (this.#count === this.#capacity) this.#grow(this.#capacity * 2);
    const row = this.#count++;
    this.#tagIds[row] = tagId;
    this.#timestamps[row] = sourceTimestamp;
    this.#statusCodes[row] = statusCode;
    if (typeof value === "number") {
      this.#kinds[row] = ValueKind.number;
      this.#numbers[row] = value;
    } else if (typeof value === "boolean") {
      this.#kinds[row] = ValueKind.boolean;
      this.#numbers[row] = value ? 1 : 0;
    } else if (value === null) {
      this.#kinds[row] = ValueKind.none;
      this.#numbers[row] = 0;
    } else {
      this.#kinds[row] = kindOf(value);
      this.#numbers[row] = this.#others.length;
      this.#others.push(value);
    }
  }

  pushSample(sample: Sample): void {
    this.push(sample.tagId, sample.value, sample.statusCode, sample.sourceTimestamp);
  }

  /** Append every row of other columns, in order. */
  append(columns: SampleColumns): void {
    const start = this.#count;
    const end = start + columns.count;
    if (end > this.#capacity) this.#grow(Math.max(end, this.#capacity * 2));
    this.#tagIds.set(columns.tagIds.subarray(0, columns.count), start);
    this.#timestamps.set(columns.timestamps.subarray(0, columns.count), start);
    this.#statusCodes.set(columns.statusCodes.subarray(0, columns.count), start);
    this.#kinds.set(columns.kinds.subarray(0, columns.count), start);
    this.#numbers.set(columns.numbers.subarray(0, columns.count), start);
    this.#count = end;
    if (columns.others.length === 0) return;
    const shift = this.#others.length;
    for (const other of columns.others) this.#others.push(other);
    for (let row = start; row < end; row++) {
      if (this.#kinds[row]! > ValueKind.number) this.#numbers[row]! += shift;
    }
  }

  /** Hand out what was collected and start anew. The result owns its memory: one buffer, since each costs on its way to another thread. */
  take(): SampleColumns {
    const count = this.#count;
    const buffer = new ArrayBuffer(count * ROW_BYTES);
    const taken: SampleColumns = {
      count,
      timestamps: new Float64Array(buffer, 0, count),
      numbers: new Float64Array(buffer, count * 8, count),
      tagIds: new Uint32Array(buffer, count * 16, count),
      statusCodes: new Uint32Array(buffer, count * 20, count),
      kinds: new Uint8Array(buffer, count * 24, count),
      others: this.#others,
    };
    taken.timestamps.set(this.#timestamps.subarray(0, count));
    taken.numbers.set(this.#numbers.subarray(0, count));
    taken.tagIds.set(this.#tagIds.subarray(0, count));
    taken.statusCodes.set(this.#statusCodes.subarray(0, count));
    taken.kinds.set(this.#kinds.subarray(0, count));
    this.#count = 0;
    this.#others = [];
    return taken;
  }

  #grow(capacity: number): void {
    const grown = <T extends Uint32Array | Float64Array | Uint8Array>(next: T, old: T): T => {
      next.set(old as never);
      return next;
    };
    this.#tagIds = grown(new Uint32Array(capacity), this.#tagIds);
    this.#timestamps = grown(new Float64Array(capacity), this.#timestamps);
    this.#statusCodes = grown(new Uint32Array(capacity), this.#statusCodes);
    this.#kinds = grown(new Uint8Array(capacity), this.#kinds);
    this.#numbers = grown(new Float64Array(capacity), this.#numbers);
    this.#capacity = capacity;
  }
}

function kindOf(value: bigint | string | Uint8Array | readonly Scalar[]): ValueKind {
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
