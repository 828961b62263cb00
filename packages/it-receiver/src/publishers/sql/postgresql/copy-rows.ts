/** Sample rows in COPY's binary format, as CopyData messages: no digits to write here and to read there.
 *  SQL publisher → [copy rows] → copy in
 *  Source: PostgreSQL manual, COPY, "Binary Format"; §54.7, CopyData; the types' `_recv` functions. */
import type { OtherRows, PlainRows } from "../map-sample.ts";
import { tagOrder } from "../tag-order.ts";
import { storable } from "./array-literal.ts";

export const PLAIN_COLUMNS = "tag, time, status, kind, value, historical";
export const OTHER_COLUMNS = `${PLAIN_COLUMNS}, integer_value, text_value, bytes_value`;

const FRAME_BYTES = 64 * 1024; // a row that needs more has a frame of its own
const FRAME_HEADER_BYTES = 5; // "d", int32 length
const NULL_LENGTH = -1;
/** Fields and length fields of a plain row. */
const PLAIN_BYTES = 2 + (4 + 4) + (4 + 8) + (4 + 8) + (4 + 2) + (4 + 8) + (4 + 1);
const POSTGRES_EPOCH_MICROS = 946_684_800_000_000; // 2000-01-01 in UtcMicros
/** 11-byte signature, flags, length of an extension that there is not. */
const FILE_HEADER = Buffer.from("PGCOPY\n\xff\r\n\0\0\0\0\0\0\0\0\0", "latin1");

/** Of {@link PLAIN_COLUMNS}, in the order of the index. */
export function* plainFrames(rows: PlainRows, historical: boolean): Generator<Uint8Array, void, void> {
  const frames = new FrameWriter();
  for (const at of tagOrder(rows.tags)) {
    if (!frames.fits(PLAIN_BYTES)) yield frames.take();
    frames.int16(6);
    plainFields(frames, rows, at, historical);
  }
  frames.int16(-1);
  yield frames.take();
}

/** Of {@link OTHER_COLUMNS}, in the order of the index. */
export function* otherFrames(rows: OtherRows, historical: boolean): Generator<Uint8Array, void, void> {
  const frames = new FrameWriter();
  for (const at of tagOrder(rows.tags)) {
    const integer = rows.integers[at] ?? null;
    const text = rows.texts[at] ?? null;
    const fields = [
      integer === null ? undefined : numericField(integer),
      text === null ? undefined : Buffer.from(storable(text), "utf8"),
      rows.bytes[at] ?? undefined,
    ];
    const bytes = fields.reduce((sum, field) => sum + 4 + (field?.length ?? 0), PLAIN_BYTES);
    if (!frames.fits(bytes)) yield frames.take(bytes);
    frames.int16(9);
    plainFields(frames, rows, at, historical);
    for (const field of fields) frames.field(field);
  }
  frames.int16(-1);
  yield frames.take();
}

function plainFields(frames: FrameWriter, rows: PlainRows, at: number, historical: boolean): void {
  frames.int32Field(rows.tags[at]!);
  frames.int64Field(rows.times[at]! - POSTGRES_EPOCH_MICROS); // timestamptz
  frames.int64Field(rows.statusCodes[at]!);
  frames.int16Field(rows.kinds[at]!);
  frames.doubleField(rows.values[at]!);
  frames.booleanField(historical);
}

/** Groups of four decimal digits: how many, weight of the first, sign (0 or 0x4000), digits behind the point, groups. Source: numeric_send. */
export function numericField(value: bigint): Uint8Array {
  const groups: number[] = [];
  for (let rest = value < 0n ? -value : value; rest > 0n; rest /= 10_000n) groups.unshift(Number(rest % 10_000n));
  const words = [groups.length, Math.max(groups.length - 1, 0), value < 0n ? 0x4000 : 0, 0, ...groups];
  const field = Buffer.alloc(words.length * 2);
  for (const [index, word] of words.entries()) field.writeUInt16BE(word, index * 2);
  return field;
}

/** One CopyData message after the other; the first begins with the file's header. */
class FrameWriter {
  #buffer = Buffer.allocUnsafe(FRAME_BYTES);
  #view = viewOf(this.#buffer);
  #at = FRAME_HEADER_BYTES;

  constructor() {
    this.#at += FILE_HEADER.copy(this.#buffer, this.#at);
  }

  /** With room left for the trailer. */
  fits(bytes: number): boolean {
    return this.#at + bytes + 2 <= this.#buffer.length;
  }

  /** The message so far. The next one has room for at least `bytes`. */
  take(bytes = 0): Uint8Array {
    const frame = this.#buffer.subarray(0, this.#at);
    frame[0] = 0x64; // "d"
    this.#view.setInt32(1, this.#at - 1); // the length counts itself
    this.#buffer = Buffer.allocUnsafe(Math.max(FRAME_BYTES, FRAME_HEADER_BYTES + bytes + 2));
    this.#view = viewOf(this.#buffer);
    this.#at = FRAME_HEADER_BYTES;
    return frame;
  }

  int16(value: number): void {
    this.#view.setInt16(this.#at, value);
    this.#at += 2;
  }

  int16Field(value: number): void {
    this.#view.setInt32(this.#at, 2);
    this.#view.setInt16(this.#at + 4, value);
    this.#at += 6;
  }

  int32Field(value: number): void {
    this.#view.setInt32(this.#at, 4);
    this.#view.setInt32(this.#at + 4, value);
    this.#at += 8;
  }

  /** @param value  a safe integer. */
  int64Field(value: number): void {
    const high = Math.floor(value / 2 ** 32);
    this.#view.setInt32(this.#at, 8);
    this.#view.setInt32(this.#at + 4, high);
    this.#view.setUint32(this.#at + 8, value - high * 2 ** 32);
    this.#at += 12;
  }

  doubleField(value: number | null): void {
    if (value === null) {
      this.field(undefined);
      return;
    }
    this.#view.setInt32(this.#at, 8);
    this.#view.setFloat64(this.#at + 4, value);
    this.#at += 12;
  }

  booleanField(value: boolean): void {
    this.#view.setInt32(this.#at, 1);
    this.#buffer[this.#at + 4] = value ? 1 : 0;
    this.#at += 5;
  }

  field(bytes: Uint8Array | undefined): void {
    this.#view.setInt32(this.#at, bytes?.length ?? NULL_LENGTH);
    this.#at += 4;
    if (bytes === undefined) return;
    this.#buffer.set(bytes, this.#at);
    this.#at += bytes.length;
  }
}

function viewOf({ buffer, byteOffset, byteLength }: Uint8Array): DataView {
  return new DataView(buffer, byteOffset, byteLength);
}
