/** Reads little-endian fields one after the other, and never beyond the end.
 *  reply bytes → [cursor] → decoders */

/** Bytes that are not what they should be. Caught where the reply is judged (`judge`); never leaves the driver. */
export class DamagedReply extends Error {
  override readonly name = "DamagedReply";
}

export class Cursor {
  readonly #bytes: Buffer;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  }

  get remaining(): number {
    return this.#bytes.length - this.#at;
  }

  /** @throws {DamagedReply} like all of these, if so many bytes are not there. */
  u8(): number {
    return this.#bytes.readUInt8(this.#take(1));
  }

  u16(): number {
    return this.#bytes.readUInt16LE(this.#take(2));
  }

  u32(): number {
    return this.#bytes.readUInt32LE(this.#take(4));
  }

  /** A view, not a copy. */
  bytes(length: number): Buffer {
    const at = this.#take(length);
    return this.#bytes.subarray(at, at + length);
  }

  rest(): Buffer {
    return this.bytes(this.remaining);
  }

  #take(length: number): number {
    if (length > this.remaining) throw new DamagedReply(`it ends ${length - this.remaining} bytes too early`);
    const at = this.#at;
    this.#at += length;
    return at;
  }
}

/** What `read` makes of the bytes, or what is wrong with them. Other errors are ours and pass through. */
export function judge<Result>(read: () => Result): Result | { readonly damage: string } {
  try {
    return read();
  } catch (error) {
    if (error instanceof DamagedReply) return { damage: error.message };
    throw error;
  }
}
