/** Requests to and replies from the objects of a controller.
 *  plan → [CIP message] → CIP connection → [CIP message] → reading
 *
 *  | request (ODVA Vol 1 §2-4)      | reply                                         |
 *  | service u8                     | service u8 + 0x80                             |
 *  | path length in words u8        | reserved u8                                   |
 *  | path                           | general status u8                             |
 *  | service's own bytes            | words of extended status u8, then those       |
 *  |                                | service's own bytes                           | */
import { Cursor, DamagedReply } from "./cursor.ts";

export const Service = {
  getAttributeList: 0x03,
  multipleService: 0x0a,
  readTag: 0x4c,
  forwardClose: 0x4e,
  /** Of a tag. The connection manager knows the same number as Unconnected Send. */
  readTagFragmented: 0x52,
  unconnectedSend: 0x52,
  forwardOpen: 0x54,
  getInstanceAttributeList: 0x55,
  largeForwardOpen: 0x5b,
} as const;

export const REPLY_BIT = 0x80;
const MAX_EXTENDED_WORDS = 16;

export interface CipReply {
  readonly service: number; // without the reply bit
  readonly status: number;
  /** First word of the extended status; undefined if there is none. */
  readonly extended: number | undefined;
  readonly data: Buffer;
}

export function writeRequest(service: number, path: Uint8Array, data: Uint8Array = new Uint8Array()): Buffer {
  return Buffer.concat([Uint8Array.of(service, path.length / 2), path, data]);
}

/** @throws {DamagedReply} if it is no reply to this service. */
export function readReply(message: Uint8Array, service: number): CipReply {
  const cursor = new Cursor(message);
  const answered = cursor.u8();
  if (answered !== (service | REPLY_BIT))
    throw new DamagedReply(`service 0x${answered.toString(16)} answers 0x${service.toString(16)}`);
  cursor.u8(); // reserved
  const status = cursor.u8();
  const words = cursor.u8();
  if (words > MAX_EXTENDED_WORDS) throw new DamagedReply(`${words} words of extended status`);
  let extended: number | undefined;
  for (let word = 0; word < words; word++) {
    const value = cursor.u16();
    extended ??= value;
  }
  return { service, status, extended, data: cursor.rest() };
}

/** "0x05", "0xFF/0x2105" */
export function writeStatus({ status, extended }: Pick<CipReply, "status" | "extended">): string {
  const hex = (value: number, digits: number) => `0x${value.toString(16).toUpperCase().padStart(digits, "0")}`;
  return extended === undefined ? hex(status, 2) : `${hex(status, 2)}/${hex(extended, 4)}`;
}
