/** Authenticates a datagram: a forged or corrupted one never reaches the FEC decoder, which would turn it into a wrong block.
 *  encode datagram → [MAC] → link → [MAC] → admit
 *
 *  RFC 6584 §2.4 names the combination: a group MAC per packet, a signature per object. */
import { createHmac, type KeyObject, timingSafeEqual } from "node:crypto";
import { MAC_BYTES } from "./datagram-header.ts";

/**
 * HMAC-SHA256 of header ‖ symbol; the first 16 of the 32 bytes returned are the MAC (truncation: RFC 2104 §5).
 *
 * @param macKey  a KeyObject: with a raw key node:crypto derives its inner state again for every datagram, four times slower.
 */
export function datagramMac(headerAndSymbol: Uint8Array, macKey: KeyObject): Uint8Array {
  return createHmac("sha256", macKey).update(headerAndSymbol).digest();
}

/**
 * Whether the datagram's last 16 bytes are its MAC. The time taken depends on its length only, not on where a wrong MAC differs.
 *
 * @param datagram  passed `checkDatagramFraming`.
 */
export function verifyMac(datagram: Uint8Array, macKey: KeyObject): boolean {
  const macAt = datagram.length - MAC_BYTES;
  if (macAt < 0) return false;
  const expected = datagramMac(datagram.subarray(0, macAt), macKey);
  return timingSafeEqual(expected.subarray(0, MAC_BYTES), datagram.subarray(macAt));
}
