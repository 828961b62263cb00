/** Authenticates a datagram: a forged or corrupted one never reaches the FEC decoder, which would turn it into a wrong block.
 *  encode datagram → [MAC] → link → [MAC] → admit
 *
 *  RFC 6584 §2.4 names the combination: a group MAC per packet, a signature per object. */
import { createHmac, type KeyObject } from "node:crypto";
import { MAC_BYTES } from "./datagram-header.ts";

/*
 * HMAC-SHA256 of header ‖ symbol; the first 16 of its 32 bytes are the MAC (truncation: RFC 2104 §5).
 *
 * Two things make it a third of the price it could have (`npm run bench -- steps`): the key is a KeyObject (with a raw key node:crypto
 * derives its inner state again for every datagram), and the digest is taken as a string of 32 characters ("binary" is latin1; a Buffer costs more than the hash).
 */

/** Write the MAC of the first `macAt` bytes behind them. */
export function writeMac(datagram: Uint8Array, macAt: number, macKey: KeyObject): void {
  const mac = createHmac("sha256", macKey).update(datagram.subarray(0, macAt)).digest("binary");
  for (let at = 0; at < MAC_BYTES; at++) datagram[macAt + at] = mac.charCodeAt(at);
}

/**
 * Whether the datagram's last 16 bytes are its MAC. The time taken depends on its length only, not on where a wrong MAC differs: all 16
 * bytes are looked at, and nothing is decided before the last.
 *
 * @param datagram  passed `checkDatagramFraming`.
 */
export function verifyMac(datagram: Uint8Array, macKey: KeyObject): boolean {
  const macAt = datagram.length - MAC_BYTES;
  if (macAt < 0) return false;
  const expected = createHmac("sha256", macKey).update(datagram.subarray(0, macAt)).digest("binary");
  let difference = 0;
  for (let at = 0; at < MAC_BYTES; at++) difference |= expected.charCodeAt(at) ^ datagram[macAt + at]!;
  return difference === 0;
}
