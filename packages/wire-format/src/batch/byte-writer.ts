/** Bytes of one column or message while it is written: a growing buffer with the protobuf scalar encodings.
 *  encode-samples, encode-values → [byte writer] → plain batch */

const TWO_32 = 0x1_0000_0000;

/** Grows by doubling. `take` copies out, so that a writer can be cleared and used again. */
export class ByteWriter {
  length = 0;
  #bytes: Uint8Array;
  #view: DataView;

  constructor(capacity = 256) {
    this.#bytes = new Uint8Array(capacity);
    this.#view = new DataView(this.#bytes.buffer);
  }

  clear(): void {
    this.length = 0;
  }

  /** A copy of what was written. */
  take(): Uint8Array {
    return this.#bytes.slice(0, this.length);
  }

  byte(value: number): void {
    if (this.length === this.#bytes.length) this.#grow(1);
    this.#bytes[this.length++] = value;
  }

  /** uint32, 1 … 5 bytes. */
  varint32(value: number): void {
    if (this.length + 5 > this.#bytes.length) this.#grow(5);
    const bytes = this.#bytes;
    let at = this.length;
    while (value > 127) {
      bytes[at++] = (value & 127) | 128;
      value >>>= 7;
    }
    bytes[at++] = value;
    this.length = at;
  }

  /** sint32, zigzag. */
  zigzag32(value: number): void {
    this.varint32(((value << 1) ^ (value >> 31)) >>> 0);
  }

  /** uint64 as two halves, 1 … 10 bytes. */
  varint64(high: number, low: number): void {
    if (this.length + 10 > this.#bytes.length) this.#grow(10);
    const bytes = this.#bytes;
    let at = this.length;
    while (high > 0) {
      bytes[at++] = (low & 127) | 128;
      low = ((low >>> 7) | (high << 25)) >>> 0;
      high >>>= 7;
    }
    this.length = at;
    this.varint32(low);
  }

  /** sint64, zigzag, of an integer within ±(2^53 − 1). Halves, because 2 · |value| + 1 has no exact double. */
  zigzagSafe(value: number): void {
    const magnitude = value < 0 ? -value - 1 : value;
    const high = Math.floor(magnitude / TWO_32);
    const low = magnitude >>> 0;
    this.varint64((high << 1) | (low >>> 31), ((low << 1) | (value < 0 ? 1 : 0)) >>> 0);
  }

  fixed32(value: number): void {
    if (this.length + 4 > this.#bytes.length) this.#grow(4);
    this.#view.setUint32(this.length, value, true);
    this.length += 4;
  }

  /** Every NaN becomes the canonical quiet NaN 0x7FC00000, whatever bits the engine keeps in one. */
  float32(value: number): void {
    if (this.length + 4 > this.#bytes.length) this.#grow(4);
    if (Number.isNaN(value)) this.#view.setUint32(this.length, 0x7fc00000, true);
    else this.#view.setFloat32(this.length, value, true);
    this.length += 4;
  }

  /** Not for NaN, which always fits {@link float32}. */
  float64(value: number): void {
    if (this.length + 8 > this.#bytes.length) this.#grow(8);
    this.#view.setFloat64(this.length, value, true);
    this.length += 8;
  }

  raw(bytes: Uint8Array): void {
    if (this.length + bytes.length > this.#bytes.length) this.#grow(bytes.length);
    this.#bytes.set(bytes, this.length);
    this.length += bytes.length;
  }

  /** A varint field, left out when it is 0 as proto3 does. `field` is 1 … 15. */
  varintField(field: number, value: number): void {
    if (value === 0) return;
    this.byte(field << 3);
    this.varint32(value);
  }

  /** A length-delimited field (packed column, bytes, message), left out when it is empty. `field` is 1 … 15. */
  lengthField(field: number, content: ByteWriter): void {
    if (content.length === 0) return;
    this.byte((field << 3) | 2);
    this.varint32(content.length);
    this.raw(content.#bytes.subarray(0, content.length));
  }

  #grow(bytes: number): void {
    const grown = new Uint8Array(Math.max(this.#bytes.length * 2, this.length + bytes));
    grown.set(this.#bytes);
    this.#bytes = grown;
    this.#view = new DataView(grown.buffer);
  }
}
