/** Compresses a plain batch into one LZ4 block, and inflates it within the signed length.
 *  encode-batch → [compress] → seal … open → [decompress] → decode-batch */
import { compressSync, uncompressSync } from "lz4-napi";
import { BATCH_LIMITS } from "../batch/batch.ts";
import { WireError } from "../wire-error.ts";

/** The codec byte of the signed header. lz4Block: one LZ4 block (block format, no frame, no length prefix). */
export const Codec = { stored: 0, lz4Block: 1 } as const;
export type Codec = (typeof Codec)[keyof typeof Codec];

/** lz4-napi puts the plain length in front, uint32 little-endian; on the wire that length is in the signed header instead. */
const PREFIX_BYTES = 4;

/**
 * @returns the LZ4 block, or the plain bytes themselves (not copied) where LZ4 gains nothing.
 *
 * The result is not canonical: another LZ4 encoder may find other matches. Nothing depends on it, since a block is compressed once.
 */
export function compress(plain: Uint8Array): { codec: Codec; bytes: Uint8Array } {
  const prefixed = compressSync(Buffer.from(plain.buffer, plain.byteOffset, plain.byteLength));
  const bytes = prefixed.subarray(PREFIX_BYTES);
  return bytes.length < plain.length ? { codec: Codec.lz4Block, bytes } : { codec: Codec.stored, bytes: plain };
}

/**
 * @param plainBytes  the signed plain length; the output buffer is never larger, whatever the compressed bytes say.
 * @throws {WireError} BLOCK_DECOMPRESS if the bytes are no LZ4 block of exactly that length; BATCH_LIMIT if the length is over the limit.
 */
export function decompress(codec: Codec, bytes: Uint8Array, plainBytes: number): Uint8Array {
  if (plainBytes > BATCH_LIMITS.plainBytes)
    throw new WireError("BATCH_LIMIT", `plain length ${plainBytes}, at most ${BATCH_LIMITS.plainBytes}`);
  if (codec === Codec.stored) {
    if (bytes.length !== plainBytes)
      throw new WireError("BLOCK_DECOMPRESS", `${bytes.length} stored bytes, header says ${plainBytes}`);
    return bytes;
  }
  const prefixed = Buffer.allocUnsafe(PREFIX_BYTES + bytes.length);
  prefixed.writeUInt32LE(plainBytes, 0);
  prefixed.set(bytes, PREFIX_BYTES);
  let plain: Buffer;
  try {
    plain = uncompressSync(prefixed);
  } catch (cause) {
    throw new WireError("BLOCK_DECOMPRESS", "not an LZ4 block of the signed length", { cause });
  }
  if (plain.length !== plainBytes)
    throw new WireError("BLOCK_DECOMPRESS", `${plain.length} bytes inflated, header says ${plainBytes}`);
  return plain;
}
