/** Sealed blocks that no OT station would make: by one whose key was stolen, or by a defect.
 *  sealing keys → [crafted blocks] → hostile traffic, opening */
import { createCipheriv, createHash } from "node:crypto";
import { type BlockHeader, type SealedBlock, type SealingKeys, sealBlock } from "@nonreturn/wire-format";
import {
  AAD_BYTES,
  CIPHERTEXT_OFFSET,
  encodeHeader,
  HEADER_BYTES,
  TAG_BYTES,
} from "../../../packages/wire-format/src/block/block-header.ts";
import { signHeader } from "../../../packages/wire-format/src/block/block-signature.ts";
import { NONCE } from "../../../packages/wire-format/src/block/seal-block.ts";
import { deriveBlockKey } from "../../../packages/wire-format/src/keys/derive.ts";
import { columnsOf } from "../station-keys.ts";

/** What every crafted block is like but for what is wrong with it. */
export function soundBlock(
  keys: SealingKeys,
  { stream = 1, sealingEpoch = 100, sequence = 1, samples = 20, previousHash = new Uint8Array(32) } = {},
): SealedBlock {
  return sealBlock(
    {
      stream,
      journalEpoch: Math.min(sealingEpoch, 100),
      sealingEpoch,
      sequence,
      previousHash,
      sealedAt: 1_795_420_800_000_000 + sequence,
    },
    { kind: "data", directoryRevision: 1, samples: columnsOf(samples, sequence % 1000) },
    keys,
    new Uint8Array(16).fill(sequence & 0xff),
  );
}

/** Encrypted, hashed and signed as it should be, around compressed bytes and header fields of the caller's choice. */
export function sealedAround(keys: SealingKeys, compressed: Uint8Array, changes: Partial<BlockHeader>): Uint8Array {
  const header: BlockHeader = { ...soundBlock(keys).header, ...changes };
  const bytes = new Uint8Array(CIPHERTEXT_OFFSET + compressed.length + TAG_BYTES);
  bytes.set(encodeHeader(header));
  const cipher = createCipheriv("aes-256-gcm", deriveBlockKey(keys.root, header.salt, header), NONCE, {
    authTagLength: TAG_BYTES,
  });
  cipher.setAAD(bytes.subarray(0, AAD_BYTES));
  bytes.set(cipher.update(compressed), CIPHERTEXT_OFFSET);
  cipher.final();
  bytes.set(cipher.getAuthTag(), CIPHERTEXT_OFFSET + compressed.length);
  return resigned(bytes, keys);
}

/** Hash and signature made to fit whatever the bytes now are. */
export function resigned(block: Uint8Array, keys: SealingKeys): Uint8Array {
  const bytes = Uint8Array.from(block);
  bytes.set(createHash("sha256").update(bytes.subarray(CIPHERTEXT_OFFSET)).digest(), AAD_BYTES);
  bytes.set(signHeader(bytes.subarray(0, HEADER_BYTES), keys.signingKey), HEADER_BYTES);
  return bytes;
}

/** The same bytes with one bit changed. */
export function flipped(bytes: Uint8Array, at: number): Uint8Array {
  const changed = Uint8Array.from(bytes);
  changed[at]! ^= 1;
  return changed;
}
