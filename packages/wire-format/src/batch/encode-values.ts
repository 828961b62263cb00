/** Writes one value per row as a code byte and columns per type: the inner half of the hot path.
 *  encode-samples, encode-batch → [encode values] → ValueColumns message */
import type { Scalar } from "../sample/sample.ts";
import { ValueKind } from "../sample/sample-columns.ts";
import { WireError } from "../wire-error.ts";
import { BATCH_LIMITS } from "./batch.ts";
import { ByteWriter } from "./byte-writer.ts";
import { NumberCoder, ValueCode } from "./value-code.ts";

/** Rows of values as they lie in {@link SampleColumns}. */
export interface ValueRows {
  readonly count: number;
  readonly kinds: Uint8Array;
  readonly numbers: Float64Array;
  readonly others: readonly (bigint | string | Uint8Array | readonly Scalar[])[];
}

/** Slots of the last value code per tag. A power of two; tags that share a slot only cost a second trial. */
const PREDICTION_SLOTS = 1024;
const TWO_63 = 1n << 63n;
const textEncoder = new TextEncoder();

/**
 * Append a ValueColumns message to `out`.
 *
 * @param tagIds  the tag of each row, to predict its decimal exponent from the row before; undefined where rows are not of tags.
 * @param nesting "elements" for the values inside arrays: they have no arrays and no absent values
 * @throws {WireError} BATCH_LIMIT for a string, blob or array beyond BATCH_LIMITS, a bigint beyond 64 bits, an array inside an array.
 *
 * A lone surrogate in a string becomes U+FFFD: only well-formed UTF-8 travels.
 */
export function encodeValues(
  out: ByteWriter,
  rows: ValueRows,
  tagIds: Uint32Array | undefined,
  nesting: "rows" | "elements" = "rows",
): void {
  const { count, kinds, numbers, others } = rows;
  const codes = new ByteWriter(count);
  const integers = new ByteWriter(count * 3);
  const floats = new ByteWriter();
  const doubles = new ByteWriter();
  const wideIntegers = new ByteWriter();
  const coder = new NumberCoder();
  const predictions = new Uint8Array(tagIds === undefined ? 0 : PREDICTION_SLOTS);
  let rest: OtherColumns | undefined;

  for (let row = 0; row < count; row++) {
    switch (kinds[row]) {
      case ValueKind.number: {
        const slot = tagIds === undefined ? 0 : tagIds[row]! & (PREDICTION_SLOTS - 1);
        const value = numbers[row]!;
        coder.choose(value, predictions[slot] ?? 0);
        const { code, mantissa } = coder;
        codes.byte(code);
        if (code === ValueCode.integer || (code >= ValueCode.decimal && code < ValueCode.wideDecimal)) {
          integers.zigzag32(mantissa);
          if (code !== ValueCode.integer) predictions[slot] = code;
        } else if (code === ValueCode.float) floats.float32(value);
        else if (code === ValueCode.double) doubles.float64(value);
        else wideIntegers.zigzagSafe(mantissa);
        break;
      }
      case ValueKind.boolean:
        codes.byte(numbers[row] === 0 ? ValueCode.false : ValueCode.true);
        break;
      case ValueKind.none:
        if (nesting === "elements") throw new WireError("BATCH_LIMIT", "array element without a value");
        codes.byte(ValueCode.none);
        break;
      default:
        if (nesting === "elements" && kinds[row] === ValueKind.array)
          throw new WireError("BATCH_LIMIT", "array inside an array");
        rest ??= new OtherColumns();
        codes.byte(rest.push(kinds[row]!, others[numbers[row]!]));
    }
  }

  out.lengthField(1, codes);
  out.lengthField(2, integers);
  out.lengthField(3, wideIntegers);
  out.lengthField(4, floats);
  out.lengthField(5, doubles);
  rest?.writeTo(out);
}

/** Columns of everything that is not a number: strings, blobs, 64-bit integers, arrays. */
class OtherColumns {
  readonly #signedLongs = new ByteWriter();
  readonly #unsignedLongs = new ByteWriter();
  readonly #stringBytes = new ByteWriter();
  readonly #strings = new ByteWriter();
  readonly #blobBytes = new ByteWriter();
  readonly #blobs = new ByteWriter();
  readonly #arrayElements = new ByteWriter();
  readonly #elements: Scalar[] = [];

  /** @returns the value's code */
  push(kind: number, value: bigint | string | Uint8Array | readonly Scalar[] | undefined): number {
    if (kind === ValueKind.bigint && typeof value === "bigint") return this.#pushBigint(value);
    if (kind === ValueKind.string && typeof value === "string") {
      const utf8 = textEncoder.encode(value);
      if (utf8.length > BATCH_LIMITS.stringBytes) throw tooLong("string", utf8.length, BATCH_LIMITS.stringBytes);
      this.#stringBytes.varint32(utf8.length);
      this.#strings.raw(utf8);
      return ValueCode.string;
    }
    if (kind === ValueKind.bytes && value instanceof Uint8Array) {
      if (value.length > BATCH_LIMITS.stringBytes) throw tooLong("byte value", value.length, BATCH_LIMITS.stringBytes);
      this.#blobBytes.varint32(value.length);
      this.#blobs.raw(value);
      return ValueCode.blob;
    }
    if (kind === ValueKind.array && Array.isArray(value)) {
      if (value.length > BATCH_LIMITS.arrayElements) throw tooLong("array", value.length, BATCH_LIMITS.arrayElements);
      this.#arrayElements.varint32(value.length);
      for (const element of value as readonly Scalar[]) this.#elements.push(element);
      return ValueCode.array;
    }
    throw new WireError("BATCH_LIMIT", `value kind ${kind} without a value of that kind`);
  }

  writeTo(out: ByteWriter): void {
    out.lengthField(6, this.#signedLongs);
    out.lengthField(7, this.#unsignedLongs);
    out.lengthField(8, this.#stringBytes);
    out.lengthField(9, this.#strings);
    out.lengthField(10, this.#blobBytes);
    out.lengthField(11, this.#blobs);
    out.lengthField(12, this.#arrayElements);
    if (this.#elements.length === 0) return;
    const elements = new ByteWriter();
    encodeValues(elements, valueRowsOf(this.#elements), undefined, "elements");
    out.lengthField(13, elements);
  }

  #pushBigint(value: bigint): number {
    if (value >= -TWO_63 && value < TWO_63) {
      const zigzag = BigInt.asUintN(64, (value << 1n) ^ (value >> 63n));
      this.#signedLongs.varint64(Number(zigzag >> 32n), Number(zigzag & 0xffffffffn));
      return ValueCode.signedLong;
    }
    if (value < 0n || value >= TWO_63 << 1n)
      throw new WireError("BATCH_LIMIT", `integer ${value} has more than 64 bits`);
    this.#unsignedLongs.varint64(Number(value >> 32n), Number(value & 0xffffffffn));
    return ValueCode.unsignedLong;
  }
}

/**
 * Loose values as rows.
 *
 * @throws {WireError} BATCH_LIMIT for anything that is no Value.
 */
export function valueRowsOf(values: readonly unknown[]): ValueRows {
  const kinds = new Uint8Array(values.length);
  const numbers = new Float64Array(values.length);
  const others: (bigint | string | Uint8Array | readonly Scalar[])[] = [];
  values.forEach((value, row) => {
    if (value === null) return;
    if (typeof value === "number" || typeof value === "boolean") {
      kinds[row] = typeof value === "number" ? ValueKind.number : ValueKind.boolean;
      numbers[row] = Number(value);
      return;
    }
    if (typeof value === "bigint") kinds[row] = ValueKind.bigint;
    else if (typeof value === "string") kinds[row] = ValueKind.string;
    else if (value instanceof Uint8Array) kinds[row] = ValueKind.bytes;
    else if (Array.isArray(value)) kinds[row] = ValueKind.array;
    else throw new WireError("BATCH_LIMIT", `no value: ${typeof value}`);
    numbers[row] = others.length;
    others.push(value as bigint | string | Uint8Array | readonly Scalar[]);
  });
  return { count: values.length, kinds, numbers, others };
}

function tooLong(what: string, length: number, limit: number): WireError {
  return new WireError("BATCH_LIMIT", `${what} of ${length}, at most ${limit}`);
}
