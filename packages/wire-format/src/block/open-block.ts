/** Opens a sealed block in the only safe order: verify → decrypt → decompress → parse.
 *  assemble → [open] → record, publishers */
import { createDecipheriv, createHash } from "node:crypto";
import type { Batch } from "../batch/batch.ts";
import { decodeBatch } from "../batch/decode-batch.ts";
import { deriveBlockKey } from "../keys/derive.ts";
import type { OpeningGeneration, OpeningKeys } from "../keys/key-sets.ts";
import { WireError } from "../wire-error.ts";
import {
  AAD_BYTES,
  BLOCK_OVERHEAD_BYTES,
  type BlockHeader,
  CIPHERTEXT_OFFSET,
  decodeHeader,
  HEADER_BYTES,
  MAX_SEALED_BYTES,
  SIGNATURE_BYTES,
  TAG_BYTES,
} from "./block-header.ts";
import { headerSignatureHolds } from "./block-signature.ts";
import { Codec, decompress } from "./compress.ts";
import { extentOf, NONCE } from "./seal-block.ts";

/**
 * Prove that a block is what the paired OT station sealed, without decrypting it.
 *
 * @throws {WireError} in this order: BLOCK_LENGTH, BLOCK_SUITE, BLOCK_FIELD (structure), BLOCK_IDENTITY (another site),
 *   KEY_UNKNOWN_GENERATION, BLOCK_EPOCH_FLOOR, BLOCK_HASH (ciphertext), BLOCK_SIGNATURE.
 *
 * Cost: SHA-256 over the ciphertext, one signature check. Not checked: whether the sequence was seen before, and the chain.
 */
export function verifyBlock(block: Uint8Array, keys: OpeningKeys): BlockHeader {
  const { header, generation } = verifyIntegrity(block, keys);
  const signature = block.subarray(HEADER_BYTES, HEADER_BYTES + SIGNATURE_BYTES);
  if (!headerSignatureHolds(block.subarray(0, HEADER_BYTES), signature, generation.verifyKey)) {
    throw new WireError(
      "BLOCK_SIGNATURE",
      `block ${header.sequence} of epoch ${header.sealingEpoch} is not signed by the paired station`,
    );
  }
  return header;
}

/**
 * The batch inside a block.
 *
 * @param options.signature  "trusted" leaves out the signature check (its dearest part) for bytes from our own store, where it was made
 *   when they were recorded. Hash and authentication tag are checked all the same.
 * @throws {WireError} as {@link verifyBlock}, then BLOCK_DECRYPT, BLOCK_DECOMPRESS, BATCH_LIMIT, BATCH_MALFORMED, and BLOCK_FIELD
 *   where the signed sample count or time range is not that of the batch.
 */
export function openBlock(
  block: Uint8Array,
  keys: OpeningKeys,
  options: { readonly signature: "verify" | "trusted" } = { signature: "verify" },
): { header: BlockHeader; batch: Batch } {
  const header = options.signature === "verify" ? verifyBlock(block, keys) : verifyIntegrity(block, keys).header;
  const { root } = keys.generations.get(header.generation)!;
  const compressed = decrypt(block, header, root);
  const plain = decompress(header.codec, compressed, header.plainBytes);
  const batch = decodeBatch(header.batchKind, plain);
  const extent = extentOf(batch, header.sealedAt);
  if (
    extent.sampleCount !== header.sampleCount ||
    extent.firstTimestamp !== header.firstTimestamp ||
    extent.lastTimestamp !== header.lastTimestamp
  ) {
    throw new WireError("BLOCK_FIELD", "sample count or time range differs from the batch");
  }
  return { header, batch };
}

function verifyIntegrity(block: Uint8Array, keys: OpeningKeys): { header: BlockHeader; generation: OpeningGeneration } {
  if (block.length < BLOCK_OVERHEAD_BYTES || block.length > MAX_SEALED_BYTES) {
    throw new WireError(
      "BLOCK_LENGTH",
      `${block.length} bytes, a block has ${BLOCK_OVERHEAD_BYTES} … ${MAX_SEALED_BYTES}`,
    );
  }
  const header = decodeHeader(block);
  const compressedBytes = block.length - BLOCK_OVERHEAD_BYTES;
  if (header.codec === Codec.stored ? compressedBytes !== header.plainBytes : compressedBytes >= header.plainBytes) {
    throw new WireError(
      "BLOCK_LENGTH",
      `${compressedBytes} bytes cannot carry a plain length of ${header.plainBytes} with codec ${header.codec}`,
    );
  }
  if (Buffer.compare(header.site, keys.site) !== 0) throw new WireError("BLOCK_IDENTITY", "sealed for another site");
  const generation = keys.generations.get(header.generation);
  if (generation === undefined) throw new WireError("KEY_UNKNOWN_GENERATION", `key generation ${header.generation}`);
  if (header.sealingEpoch < generation.epochFloor) {
    throw new WireError(
      "BLOCK_EPOCH_FLOOR",
      `sealing epoch ${header.sealingEpoch} is below the pairing's floor ${generation.epochFloor}`,
    );
  }
  const hash = createHash("sha256").update(block.subarray(CIPHERTEXT_OFFSET)).digest();
  if (Buffer.compare(hash, header.ciphertextHash) !== 0)
    throw new WireError("BLOCK_HASH", "ciphertext does not have the signed hash");
  return { header, generation };
}

function decrypt(block: Uint8Array, header: BlockHeader, root: Uint8Array): Uint8Array {
  const tagOffset = block.length - TAG_BYTES;
  const decipher = createDecipheriv("aes-256-gcm", deriveBlockKey(root, header.salt, header), NONCE, {
    authTagLength: TAG_BYTES,
  });
  decipher.setAAD(block.subarray(0, AAD_BYTES));
  decipher.setAuthTag(block.subarray(tagOffset));
  const compressed = decipher.update(block.subarray(CIPHERTEXT_OFFSET, tagOffset));
  try {
    decipher.final();
  } catch (cause) {
    throw new WireError("BLOCK_DECRYPT", "authentication tag does not hold", { cause });
  }
  return compressed;
}
