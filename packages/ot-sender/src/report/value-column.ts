/** One sample per tag, kept in columns, so that 100,000 tags take a few megabytes and no objects.
 *  report by exception → [value column] → report by exception, value refresh */
import { type Sample, type SampleColumns, type UtcMicros, type Value, ValueKind } from "@nonreturn/wire-format";

/** Rows are numbered from 0. A row is empty until it is set. 21 bytes per row, and the value itself where it is no number or boolean. */
export class ValueColumn {
  #kinds: Uint8Array;
  #numbers: Float64Array;
  #statusCodes: Uint32Array;
  #timestamps: Float64Array;
  /** bigint, string, bytes, array. */
  readonly #others = new Map<number, Value>();

  constructor(rows: number) {
    this.#kinds = new Uint8Array(rows).fill(EMPTY);
    this.#numbers = new Float64Array(rows);
    this.#statusCodes = new Uint32Array(rows);
    this.#timestamps = new Float64Array(rows);
  }

  isEmpty(row: number): boolean {
    return this.#kinds[row] === EMPTY;
  }

  set(row: number, { value, statusCode, sourceTimestamp }: Sample): void {
    this.#statusCodes[row] = statusCode;
    this.#timestamps[row] = sourceTimestamp;
    if (this.#kinds[row] === OTHER) this.#others.delete(row);
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
      this.#kinds[row] = OTHER;
      this.#others.set(row, value);
    }
  }

  /** As `set`, of a row whose value is a number, a boolean or none. */
  setPlain(row: number, from: SampleColumns, fromRow: number): void {
    if (this.#kinds[row] === OTHER) this.#others.delete(row);
    this.#kinds[row] = from.kinds[fromRow]!;
    this.#numbers[row] = from.numbers[fromRow]!;
    this.#statusCodes[row] = from.statusCodes[fromRow]!;
    this.#timestamps[row] = from.timestamps[fromRow]!;
  }

  /** Whether status and value of a row are to the bit those of another whose value is a number, a boolean or none. */
  isSamePlain(row: number, from: SampleColumns, fromRow: number): boolean {
    return (
      this.#kinds[row] === from.kinds[fromRow] &&
      this.#statusCodes[row] === from.statusCodes[fromRow] &&
      Object.is(this.#numbers[row], from.numbers[fromRow])
    );
  }

  clear(row: number): void {
    if (this.#kinds[row] === OTHER) this.#others.delete(row);
    this.#kinds[row] = EMPTY;
  }

  /** More rows, empty. Cost: a copy of the columns. */
  grow(rows: number): void {
    const kinds = new Uint8Array(rows).fill(EMPTY);
    kinds.set(this.#kinds);
    this.#kinds = kinds;
    this.#numbers = grown(this.#numbers, new Float64Array(rows));
    this.#statusCodes = grown(this.#statusCodes, new Uint32Array(rows));
    this.#timestamps = grown(this.#timestamps, new Float64Array(rows));
  }

  /** null also for an empty row. */
  value(row: number): Value | null {
    switch (this.#kinds[row]) {
      case ValueKind.number:
        return this.#numbers[row]!;
      case ValueKind.boolean:
        return this.#numbers[row] === 1;
      case OTHER:
        return this.#others.get(row) ?? null;
      default:
        return null;
    }
  }

  statusCode(row: number): number {
    return this.#statusCodes[row]!;
  }

  timestamp(row: number): UtcMicros {
    return this.#timestamps[row]!;
  }
}

/** The larger one, with what the other has. */
export function grown<Column extends Float64Array | Uint32Array>(column: Column, larger: Column): Column {
  larger.set(column);
  return larger;
}

const OTHER = 0xfe;
const EMPTY = 0xff;
