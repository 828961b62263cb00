/** Reads the value columns back into rows: the inner half of the hot path, and the place where their consistency is proved.
 *  ValueColumns message → [decode values] → decode-samples, decode-batch */
import type { Scalar, Value } from "../sample/sample.ts";
import { ValueKind } from "../sample/sample-columns.ts";
import { WireError } from "../wire-error.ts";
import { BATCH_LIMITS } from "./batch.ts";
import { ByteReader, malformed, readFields } from "./byte-reader.ts";
import type { ValueRows } from "./encode-values.ts";
import { POWER_OF_TEN, ValueCode } from "./value-code.ts";

const FIELDS = 0b11_1111_1111_1110; // 1 … 13, all length-delimited
const EMPTY = new Uint8Array(0);
const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/**
 * Rows of one ValueColumns message; `count` is the number of code bytes.
 *
 * @param rowLimit   most rows to accept; checked before anything is allocated
 * @param nesting    "elements" for the values inside arrays: they have no arrays and no absent values
 * @throws {WireError} BATCH_LIMIT, or BATCH_MALFORMED where a column holds more or fewer values than the codes draw from it.
 *
 * Strings and blobs are copied: the result does not keep `message` alive.
 */
export function decodeValues(message: ByteReader, rowLimit: number, nesting: "rows" | "elements" = "rows"): ValueRows {
  const { columns } = readFields(message, FIELDS, 0);
  const column = (field: number): ByteReader => columns[field] ?? new ByteReader(EMPTY);
  const codeColumn = column(1);
  const count = codeColumn.length;
  if (count > rowLimit) throw new WireError("BATCH_LIMIT", `${count} values, at most ${rowLimit}`);
  const codes = codeColumn.view(count);
  const integers = column(2);
  const wideIntegers = column(3);
  const floats = column(4);
  const doubles = column(5);
  const rest = new OtherColumns(column, nesting);
  const kinds = new Uint8Array(count);
  const numbers = new Float64Array(count);
  const others: (bigint | string | Uint8Array | readonly Scalar[])[] = [];

  for (let row = 0; row < count; row++) {
    const code = codes[row]!;
    const exponent = code & 15;
    switch (code < ValueCode.decimal || exponent === 0 ? code : code & 0xf0) {
      case ValueCode.decimal:
        if (exponent === 0) throw malformed(`value code ${code}`);
        kinds[row] = ValueKind.number;
        numbers[row] = integers.zigzag32() / POWER_OF_TEN[exponent]!;
        break;
      case ValueCode.floatDecimal:
        if (exponent === 0) throw malformed(`value code ${code}`);
        kinds[row] = ValueKind.number;
        numbers[row] = Math.fround(integers.zigzag32() / POWER_OF_TEN[exponent]!);
        break;
      case ValueCode.wideDecimal:
        if (exponent === 0) throw malformed(`value code ${code}`);
        kinds[row] = ValueKind.number;
        numbers[row] = wideIntegers.zigzagSafe() / POWER_OF_TEN[exponent]!;
        break;
      case ValueCode.integer:
        kinds[row] = ValueKind.number;
        numbers[row] = integers.zigzag32();
        break;
      case ValueCode.float:
        kinds[row] = ValueKind.number;
        numbers[row] = floats.float32();
        break;
      case ValueCode.double:
        kinds[row] = ValueKind.number;
        numbers[row] = doubles.float64();
        break;
      case ValueCode.wideInteger:
        kinds[row] = ValueKind.number;
        numbers[row] = wideIntegers.zigzagSafe();
        break;
      case ValueCode.true:
        numbers[row] = 1;
        kinds[row] = ValueKind.boolean;
        break;
      case ValueCode.false:
        kinds[row] = ValueKind.boolean;
        break;
      case ValueCode.none:
        if (nesting === "elements") throw malformed("array element without a value");
        break;
      default:
        kinds[row] = rest.take(code, others);
        numbers[row] = others.length - 1;
    }
  }

  for (const used of [integers, wideIntegers, floats, doubles])
    if (used.length > 0) throw malformed("a value column is longer than its codes need");
  rest.close();
  return { count, kinds, numbers, others };
}

/** Columns of everything that is not a number. */
class OtherColumns {
  readonly #signedLongs: ByteReader;
  readonly #unsignedLongs: ByteReader;
  readonly #stringBytes: ByteReader;
  readonly #strings: ByteReader;
  readonly #blobBytes: ByteReader;
  readonly #blobs: ByteReader;
  readonly #arrayElements: ByteReader;
  readonly #elementMessage: ByteReader;
  readonly #nesting: "rows" | "elements";
  #elements: ValueRows | undefined;
  #elementsTaken = 0;

  constructor(column: (field: number) => ByteReader, nesting: "rows" | "elements") {
    this.#signedLongs = column(6);
    this.#unsignedLongs = column(7);
    this.#stringBytes = column(8);
    this.#strings = column(9);
    this.#blobBytes = column(10);
    this.#blobs = column(11);
    this.#arrayElements = column(12);
    this.#elementMessage = column(13);
    this.#nesting = nesting;
  }

  /** Append the next value of this code to `others`. @returns its ValueKind */
  take(code: number, others: (bigint | string | Uint8Array | readonly Scalar[])[]): ValueKind {
    switch (code) {
      case ValueCode.signedLong: {
        const zigzag = longOf(this.#signedLongs);
        others.push(BigInt.asIntN(64, (zigzag >> 1n) ^ -(zigzag & 1n)));
        return ValueKind.bigint;
      }
      case ValueCode.unsignedLong:
        others.push(longOf(this.#unsignedLongs));
        return ValueKind.bigint;
      case ValueCode.string:
        others.push(textOf(this.#strings.view(lengthOf(this.#stringBytes, BATCH_LIMITS.stringBytes))));
        return ValueKind.string;
      case ValueCode.blob:
        others.push(new Uint8Array(this.#blobs.view(lengthOf(this.#blobBytes, BATCH_LIMITS.stringBytes))));
        return ValueKind.bytes;
      case ValueCode.array:
        others.push(this.#takeArray());
        return ValueKind.array;
      default:
        throw malformed(`value code ${code}`);
    }
  }

  /** Every column must have been used up, to the last byte. */
  close(): void {
    const elementsLeft =
      this.#elements === undefined ? this.#elementMessage.length : this.#elements.count - this.#elementsTaken;
    const left =
      this.#signedLongs.length +
      this.#unsignedLongs.length +
      this.#stringBytes.length +
      this.#strings.length +
      this.#blobBytes.length +
      this.#blobs.length +
      this.#arrayElements.length +
      elementsLeft;
    if (left > 0) throw malformed("a value column is longer than its codes need");
  }

  #takeArray(): Scalar[] {
    if (this.#nesting === "elements") throw malformed("array inside an array");
    const length = lengthOf(this.#arrayElements, BATCH_LIMITS.arrayElements);
    // One element is at least one code byte, so the bytes that are there bound what this allocates.
    this.#elements ??= decodeValues(this.#elementMessage, BATCH_LIMITS.plainBytes, "elements");
    if (length > this.#elements.count - this.#elementsTaken)
      throw malformed("fewer array elements than the arrays need");
    const array: Scalar[] = [];
    for (let taken = 0; taken < length; taken++) {
      array.push(valueOfRow(this.#elements, this.#elementsTaken++) as Scalar);
    }
    return array;
  }
}

function lengthOf(lengths: ByteReader, limit: number): number {
  const length = lengths.varint32();
  if (length > limit) throw new WireError("BATCH_LIMIT", `length ${length}, at most ${limit}`);
  return length;
}

function longOf(longs: ByteReader): bigint {
  longs.varint64();
  return (BigInt(longs.high) << 32n) | BigInt(longs.low);
}

function textOf(bytes: Uint8Array): string {
  try {
    return utf8.decode(bytes);
  } catch (cause) {
    throw malformed("a string is not UTF-8", { cause });
  }
}

/** The value of one row, or null where it has none. */
export function valueOfRow(rows: ValueRows, row: number): Value | null {
  const number = rows.numbers[row]!;
  if (rows.kinds[row] === ValueKind.none) return null;
  if (rows.kinds[row] === ValueKind.boolean) return number === 1;
  return rows.kinds[row] === ValueKind.number ? number : rows.others[number]!;
}
