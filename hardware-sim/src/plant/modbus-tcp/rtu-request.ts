/** Requests in Modbus RTU: how long each is, and its checksum.
 *  bytes of the line → [RTU request] → RTU bus
 *
 *  | function | request                                                            | bytes |
 *  | 1 … 6    | unit, function, address, count or value, CRC                       |   8   |
 *  | 15, 16   | unit, function, address, count, n, n bytes, CRC                    | 9 + n |
 *
 *  Source: MODBUS Application Protocol V1.1b3 §6; MODBUS over Serial Line V1.02 §2.5.1. */

/** CRC-16 of the frame without its last two bytes, low byte first on the line. Source: MODBUS over Serial Line V1.02 §6.2.2. */
export function checksum(bytes: Uint8Array): number {
  let crc = 0xffff;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0xa001 : crc >>> 1;
  }
  return crc;
}

/** @returns the first request, "none" if the bytes begin with something else, "incomplete" if they may become one. */
export function firstRequest(bytes: Buffer): Buffer | "none" | "incomplete" {
  const functionCode = bytes[1];
  if (functionCode === undefined) return "incomplete";
  let length: number;
  if (functionCode >= 1 && functionCode <= 6) length = 8;
  else if (functionCode === 15 || functionCode === 16) {
    const count = bytes[6];
    if (count === undefined) return "incomplete";
    length = 9 + count;
  } else return "none";
  if (bytes.length < length) return "incomplete";
  const frame = bytes.subarray(0, length);
  return checksum(frame.subarray(0, -2)) === frame.readUInt16LE(length - 2) ? frame : "none";
}
