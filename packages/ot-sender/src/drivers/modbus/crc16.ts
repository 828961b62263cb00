/** The checksum of Modbus RTU frames.
 *  serial line → RTU frame → [crc16] */

/** CRC-16/MODBUS: polynomial 0xA001 (reflected 0x8005), start 0xFFFF. Source: MODBUS over Serial Line V1.02 §6.2.2. */
export function crc16(bytes: Uint8Array): number {
  let crc = 0xffff;
  for (const byte of bytes) crc = (crc >>> 8) ^ TABLE[(crc ^ byte) & 0xff]!;
  return crc;
}

const TABLE = Uint16Array.from({ length: 256 }, (_, index) => {
  let crc = index;
  for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0xa001 : crc >>> 1;
  return crc;
});
