/** Ed25519 keys between raw bytes (RFC 8032) and the KeyObjects that node:crypto wants.
 *  key files → [ed25519] → seal, open, pairing */
import { createPrivateKey, createPublicKey, type KeyObject } from "node:crypto";

export const SEED_BYTES = 32;
export const PUBLIC_KEY_BYTES = 32;

// RFC 8410 §7: PrivateKeyInfo { version 0, id-Ed25519, OCTET STRING { OCTET STRING seed } }
const PKCS8_PREFIX = Buffer.from("302e020100300506032b657004220420", "hex");
// RFC 8410 §4: SubjectPublicKeyInfo { id-Ed25519, BIT STRING key }
const SPKI_PREFIX = Buffer.from("302a300506032b6570032100", "hex");

/** @param seed 32 bytes, the private key of RFC 8032 */
export function signingKeyOf(seed: Uint8Array): KeyObject {
  return createPrivateKey({ key: Buffer.concat([PKCS8_PREFIX, seed]), format: "der", type: "pkcs8" });
}

/** @param publicKey 32 bytes */
export function verifyKeyOf(publicKey: Uint8Array): KeyObject {
  return createPublicKey({ key: Buffer.concat([SPKI_PREFIX, publicKey]), format: "der", type: "spki" });
}

/** The 32 public bytes of a private or public Ed25519 key. */
export function publicBytesOf(key: KeyObject): Uint8Array {
  const publicKey = key.type === "private" ? createPublicKey(key) : key;
  return new Uint8Array(publicKey.export({ format: "der", type: "spki" }).subarray(SPKI_PREFIX.length));
}
