/** Every secret that comes out of a root: the salt key, the key of one block, the MAC key of one stream.
 *  station keys, pairing → [derive] → seal, open, datagram */
import { createHmac, createSecretKey, hkdfSync, type KeyObject } from "node:crypto";
import type { BlockIdentity } from "../block/block-header.ts";

/** Bytes of a root, of every key derived from it, of a salt and of a hash. */
export const KEY_BYTES = 32;
export const SITE_BYTES = 8;
/** Fresh random bytes that go into each salt. */
export const SALT_RANDOM_BYTES = 16;

const NOTHING = new Uint8Array(0);

/** HKDF-SHA256 (RFC 5869) with 32 bytes of output. */
function hkdf(root: Uint8Array, salt: Uint8Array, info: Uint8Array): KeyObject {
  return createSecretKey(new Uint8Array(hkdfSync("sha256", root, salt, info, KEY_BYTES)));
}

/** saltKey = HKDF(root, "", "nonreturn/salt/1\0"). Only the OT station needs it. */
export function deriveSaltKey(root: Uint8Array): KeyObject {
  return hkdf(root, NOTHING, Buffer.from("nonreturn/salt/1\0", "latin1"));
}

/**
 * MAC key of one stream's datagrams = HKDF(root, "", "nonreturn/mac/1\0" ‖ stream u16). Derive it when keys are loaded,
 * never for a datagram: nothing an attacker sends may cause a derivation.
 */
export function deriveMacKey(root: Uint8Array, stream: number): KeyObject {
  const info = Buffer.alloc(18);
  info.write("nonreturn/mac/1\0", "latin1");
  info.writeUInt16BE(stream, 16);
  return hkdf(root, NOTHING, info);
}

/**
 * Salt of one block = HMAC-SHA256(saltKey, random16 ‖ compressed): two blocks of one identity share a key only if both their random bytes
 * and their content are the same, so a duplicated or rolled-back machine never encrypts two texts under one key.
 */
export function deriveSalt(saltKey: KeyObject, random16: Uint8Array, compressed: Uint8Array): Uint8Array {
  return new Uint8Array(createHmac("sha256", saltKey).update(random16).update(compressed).digest());
}

/**
 * Single-use AES-256 key of one block = HKDF(root, salt, "nonreturn/seal/1\0" ‖ site ‖ stream u16 ‖ generation u16 ‖ sealing epoch u32 ‖
 * sequence u64), big-endian.
 */
export function deriveBlockKey(
  root: Uint8Array,
  salt: Uint8Array,
  block: BlockIdentity & { readonly site: Uint8Array; readonly generation: number },
): KeyObject {
  const info = Buffer.alloc(41);
  info.write("nonreturn/seal/1\0", "latin1"); // 17 bytes
  info.set(block.site, 17);
  info.writeUInt16BE(block.stream, 25);
  info.writeUInt16BE(block.generation, 27);
  info.writeUInt32BE(block.sealingEpoch, 29);
  info.writeBigUInt64BE(BigInt(block.sequence), 33);
  return hkdf(root, salt, info);
}
