/** The hash that names a block and the signature that vouches for it, both over the 160 bytes of its header.
 *  seal → [block signature] → open, verify */
import { createHash, type KeyObject, sign, verify } from "node:crypto";
import { WireError } from "../wire-error.ts";
import { HEADER_BYTES } from "./block-header.ts";

/** Keeps a signature made here from meaning anything elsewhere. */
const CONTEXT = Buffer.from("nonreturn/block/1\0", "latin1");

/**
 * SHA-256 of the signed header: what the next block names as its predecessor.
 *
 * @param block  a whole block, or at least its first 160 bytes
 */
export function blockHash(block: Uint8Array): Uint8Array {
  if (block.length < HEADER_BYTES)
    throw new WireError("BLOCK_LENGTH", `${block.length} bytes, a header has ${HEADER_BYTES}`);
  return new Uint8Array(createHash("sha256").update(block.subarray(0, HEADER_BYTES)).digest());
}

export function signHeader(header: Uint8Array, signingKey: KeyObject): Uint8Array {
  return sign(null, Buffer.concat([CONTEXT, header]), signingKey);
}

export function headerSignatureHolds(header: Uint8Array, signature: Uint8Array, verifyKey: KeyObject): boolean {
  return verify(null, Buffer.concat([CONTEXT, header]), verifyKey, signature);
}
