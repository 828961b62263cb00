/** A cursor over one column or message inside a plain batch. Never reads past its end, never allocates for a length it has not checked.
 *  plain batch → [byte reader] → decode-samples, decode-values */
import { WireError } from "../wire-error.ts";

const TWO_32 = 0x1_0000_0000;

export function malformed(what: string, options?: ErrorOptions): WireError {
  return new WireError("BATCH_MALFORMED", what, options);
}

/** Every method throws WireError BATCH_MALFORMED where the bytes end too early or a varint is too long or too large. */
export class ByteReader {
  readonly bytes: Uint8Array;
  readonly end: number;
  at: number;
  #view: DataView | undefined;
  /** Halves of the last {@link varint64}. */
  high = 0;
  low = 0;

  constructor(bytes: Uint8Array, start = 0, end = bytes.length) {
    this.bytes = bytes;
    this.at = start;
    this.end = end;
  }

  get length(): number {
    return this.end - this.at;
  }

  /** uint32. At most 5 bytes; more than 32 bits are refused, not cut off. */
  varint32(): number {
    let at = this.at;
    const { bytes, end } = this;
    if (at >= end) throw malformed("column ends inside a varint");
    let byte = bytes[at++]!;
    let value = byte & 127;
    for (let shift = 7; byte > 127; shift += 7) {
      if (at >= end) throw malformed("column ends inside a varint");
      byte = bytes[at++]!;
      if (shift === 28 && byte > 15) throw malformed("varint above 32 bits");
      value |= (byte & 127) << shift;
    }
    this.at = at;
    return value >>> 0;
  }

  zigzag32(): number {
    const value = this.varint32();
    return (value >>> 1) ^ -(value & 1);
  }

  /** uint64 into {@link high} and {@link low}. At most 10 bytes. */
  varint64(): void {
    let high = 0;
    let low = 0;
    for (let shift = 0; ; shift += 7) {
      if (this.at >= this.end) throw malformed("column ends inside a varint");
      const byte = this.bytes[this.at++]!;
      if (shift === 63 && byte > 1) throw malformed("varint above 64 bits");
      const bits = byte & 127;
      if (shift < 28) low |= bits << shift;
      else if (shift === 28) {
        low |= bits << 28;
        high = bits >>> 4;
      } else high |= bits << (shift - 32);
      if (byte < 128) break;
    }
    this.high = high >>> 0;
    this.low = low >>> 0;
  }

  /** sint64 that must lie within ±(2^53 − 1). */
  zigzagSafe(): number {
    this.varint64();
    const low = ((this.low >>> 1) | (this.high << 31)) >>> 0;
    const magnitude = (this.high >>> 1) * TWO_32 + low;
    if (magnitude > Number.MAX_SAFE_INTEGER) throw malformed("integer above 2^53 − 1");
    if ((this.low & 1) === 0) return magnitude;
    if (magnitude === Number.MAX_SAFE_INTEGER) throw malformed("integer below −(2^53 − 1)");
    return -magnitude - 1;
  }

  fixed32(): number {
    const value = this.#take(4).getUint32(this.at, true);
    this.at += 4;
    return value;
  }

  float32(): number {
    const value = this.#take(4).getFloat32(this.at, true);
    this.at += 4;
    return Number.isNaN(value) ? Number.NaN : value;
  }

  float64(): number {
    const value = this.#take(8).getFloat64(this.at, true);
    this.at += 8;
    return Number.isNaN(value) ? Number.NaN : value;
  }

  /** The next `length` bytes as a view; the caller copies what it keeps. */
  view(length: number): Uint8Array {
    if (length > this.length) throw malformed("column ends inside a value");
    const view = this.bytes.subarray(this.at, this.at + length);
    this.at += length;
    return view;
  }

  /** A reader over the next length-delimited field. */
  inner(): ByteReader {
    const length = this.varint32();
    if (length > this.length) throw malformed("field runs past the end of its message");
    const start = this.at;
    this.at += length;
    return new ByteReader(this.bytes, start, this.at);
  }

  /** Pass over a field that this version does not know. Groups (wire types 3 and 4) are refused. */
  skip(wireType: number): void {
    if (wireType === 0) this.varint64();
    else if (wireType === 1) this.view(8);
    else if (wireType === 2) this.inner();
    else if (wireType === 5) this.view(4);
    else throw malformed(`wire type ${wireType}`);
  }

  #take(length: number): DataView {
    if (length > this.length) throw malformed("column ends inside a value");
    this.#view ??= new DataView(this.bytes.buffer, this.bytes.byteOffset, this.bytes.byteLength);
    return this.#view;
  }
}

/**
 * The fields of one message: length-delimited ones as readers, varint ones as uint32. Unknown fields are passed over.
 *
 * @param lengthFields   bit set of the field numbers that are length-delimited
 * @param varintFields   bit set of the field numbers that are uint32 varints
 * @throws {WireError} BATCH_MALFORMED for a known field of another wire type, or one that occurs twice: two parsers must never disagree.
 */
export function readFields(
  message: ByteReader,
  lengthFields: number,
  varintFields: number,
): { columns: (ByteReader | undefined)[]; numbers: number[] } {
  const columns: (ByteReader | undefined)[] = [];
  const numbers: number[] = [];
  let seen = 0;
  while (message.at < message.end) {
    const key = message.varint32();
    const field = key >>> 3;
    const wireType = key & 7;
    if (field === 0) throw malformed("field number 0");
    const bit = field < 32 ? 1 << field : 0;
    if ((bit & (lengthFields | varintFields)) === 0) {
      message.skip(wireType);
      continue;
    }
    if ((seen & bit) !== 0) throw malformed(`field ${field} occurs twice`);
    seen |= bit;
    if ((bit & lengthFields) !== 0) {
      if (wireType !== 2) throw malformed(`field ${field} has wire type ${wireType}`);
      columns[field] = message.inner();
    } else {
      if (wireType !== 0) throw malformed(`field ${field} has wire type ${wireType}`);
      numbers[field] = message.varint32();
    }
  }
  return { columns, numbers };
}
