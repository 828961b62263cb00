/** Replies in Modbus RTU: where one begins, how long it says it is, and whether it is whole.
 *  serial line → [RTU frame] → RTU port
 *
 *  | offset | bytes | reply to FC 1–4                       | exception            |
 *  |   0    |   1   | unit id                               | unit id              |
 *  |   1    |   1   | function code                         | function code + 128  |
 *  |   2    |   1   | n, bytes that follow, 1 … 250         | exception code       |
 *  |   3    |   n   | registers or bits                     | –                    |
 *  | 3 + n  |   2   | CRC-16, low byte first                | the same, at 3       |
 *
 *  Source: MODBUS over Serial Line V1.02 §2.5.1; MODBUS Application Protocol V1.1b3 §6.1–6.4, §7. */
import { crc16 } from "./crc16.ts";

/** Unit id, function code, and byte count or exception code: enough to tell the length. */
export const REPLY_HEADER_BYTES = 3;
const CRC_BYTES = 2;
/** 2,000 bits or 125 registers. */
const MOST_DATA_BYTES = 250;

/** What the reply to a request must be. */
export interface ExpectedReply {
  readonly unit: number;
  readonly functionCode: number;
  readonly dataBytes: number;
  /** As it went out: on some lines it comes back before the reply. */
  readonly request: Uint8Array;
}

/** @param request  a read request with its CRC: unit, function code, start, quantity. */
export function expectedReplyTo(request: Uint8Array): ExpectedReply {
  const functionCode = request[1]!;
  const quantity = (request[4]! << 8) | request[5]!;
  const dataBytes = functionCode <= 2 ? Math.ceil(quantity / 8) : quantity * 2;
  return { unit: request[0]!, functionCode, dataBytes, request: Uint8Array.from(request) };
}

/** @returns the length that a reply beginning at `at` has, its end perhaps not received yet; undefined if no reply begins so. Three bytes are there. */
export function replyLengthAt(bytes: Uint8Array, at: number): number | undefined {
  const functionCode = bytes[at + 1]!;
  const third = bytes[at + 2]!;
  if (functionCode >= 0x81 && functionCode <= 0x84)
    return third >= 1 && third <= 11 ? REPLY_HEADER_BYTES + CRC_BYTES : undefined;
  if (functionCode < 1 || functionCode > 4 || third < 1 || third > MOST_DATA_BYTES) return undefined;
  if (functionCode >= 3 && third % 2 === 1) return undefined; // registers are two bytes
  return REPLY_HEADER_BYTES + third + CRC_BYTES;
}

/** Whether the frame's last two bytes are the checksum of the others. */
export function isWhole(frame: Uint8Array): boolean {
  const end = frame.length - CRC_BYTES;
  return crc16(frame.subarray(0, end)) === (frame[end]! | (frame[end + 1]! << 8));
}

export function answers(frame: Uint8Array, { unit, functionCode, dataBytes }: ExpectedReply): boolean {
  if (frame[0] !== unit) return false;
  return frame[1] === (functionCode | 0x80) || (frame[1] === functionCode && frame[2] === dataBytes);
}
