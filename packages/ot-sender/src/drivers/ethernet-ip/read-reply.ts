/** What a controller answers to Read Tag and Read Tag Fragmented: a type, and the bytes of the elements.
 *  CIP reply → [read reply] → convert
 *
 *  | bytes | reply data (1756-PM020, "Read Tag Service")           |
 *  | 2     | type; 02A0 for a structure                            |
 *  | 2     | the structure's handle, for a structure only          |
 *  | n     | elements one after the other, little-endian           | */
import { REPLY_BIT, Service } from "./cip-message.ts";
import { cipTypeOf, STRUCTURE } from "./cip-type.ts";
import { Cursor, DamagedReply } from "./cursor.ts";

/** Where the elements lie: `bytes` from `from` to before `to`. */
export interface TagBytes {
  readonly type: number;
  readonly bytes: Buffer;
  readonly from: number;
  readonly to: number;
}

/** @throws {DamagedReply} if the type is none. The number of bytes is not judged: see `elementBytes`. */
export function readTagBytes(data: Buffer): TagBytes {
  const cursor = new Cursor(data);
  const type = cursor.u16();
  if (type === STRUCTURE) cursor.u16();
  else if (cipTypeOf(type) === undefined) throw new DamagedReply(`type 0x${type.toString(16)} is unknown`);
  return { type, bytes: data, from: data.length - cursor.remaining, to: data.length };
}

/**
 * The fast path, since each of thousands of tags has a reply of its own: the reply to Read Tag if it is what it nearly always is, a success with
 * a type of fixed length. Undefined for anything else, damage too: `readReply` and `readTagBytes` say what it is.
 * @param from  where it begins in the bytes. @param to  where the next one does.
 */
export function plainTagBytes(bytes: Buffer, from: number, to: number): TagBytes | undefined {
  if (to - from < 6 || bytes[from] !== (Service.readTag | REPLY_BIT)) return undefined;
  if (bytes[from + 2] !== 0 || bytes[from + 3] !== 0) return undefined; // status, words of extended status
  const type = bytes[from + 4]! | (bytes[from + 5]! << 8);
  return cipTypeOf(type)?.bytes === undefined ? undefined : { type, bytes, from: from + 6, to };
}

/**
 * Bytes of one element of a complete reply. Text of CIP's own types has no fixed length: then 0, and there is one element.
 * @throws {DamagedReply} if the bytes are not those of so many elements.
 */
export function elementBytes({ type, from, to }: TagBytes, elements: number): number {
  const length = to - from;
  const known = cipTypeOf(type);
  if (known !== undefined && known.bytes === undefined) {
    if (elements === 1) return 0;
    throw new DamagedReply(`${elements} elements of ${known.name}, which have no fixed length`);
  }
  const each = known?.bytes ?? length / elements;
  if (length !== each * elements || !Number.isInteger(each) || each === 0)
    throw new DamagedReply(`${length} bytes where ${elements} elements were asked for`);
  return each;
}

/** "DINT 2A000000" */
export function hexBytes(bytes: Uint8Array): string {
  const MOST = 32;
  const text = Buffer.from(bytes.subarray(0, MOST)).toString("hex").toUpperCase();
  return bytes.length > MOST ? `${text}… (${bytes.length} bytes)` : text;
}
