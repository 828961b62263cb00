/** Seals one batch: compressed, encrypted under a key of its own, hashed into the header, signed.
 *  encode-batch → [seal] → journal, announce */
import { createCipheriv, createHash } from "node:crypto";
import type { Batch } from "../batch/batch.ts";
import { BatchKind } from "../batch/batch.ts";
import { encodeBatch } from "../batch/encode-batch.ts";
import { deriveBlockKey, deriveSalt, SALT_RANDOM_BYTES } from "../keys/derive.ts";
import type { SealingKeys } from "../keys/key-sets.ts";
import type { UtcMicros } from "../sample/sample.ts";
import { WireError } from "../wire-error.ts";
import {
  AAD_BYTES,
  type BlockHeader,
  CIPHERTEXT_OFFSET,
  encodeHeader,
  HEADER_BYTES,
  TAG_BYTES,
} from "./block-header.ts";
import { blockHash, signHeader } from "./block-signature.ts";
import { compress } from "./compress.ts";

/** Immutable from here on: journaled once, re-sent byte-identical. */
export interface SealedBlock {
  readonly bytes: Uint8Array;
  readonly header: BlockHeader;
  /** The next block's previous hash. */
  readonly hash: Uint8Array; // 32
}

/** What the journal or the announcer assigns; everything else in the header comes from the batch and the keys. */
export interface SealFields {
  readonly stream: number;
  readonly journalEpoch: number;
  readonly sealingEpoch: number;
  readonly sequence: number;
  /** Hash of the block before; 32 zeros for sequence 1 and on the announce stream. */
  readonly previousHash: Uint8Array;
  readonly sealedAt: UtcMicros;
}

/** The key is used once, so its only nonce may be constant. */
export const NONCE = new Uint8Array(12);
const ZERO_HASH = new Uint8Array(32);

/**
 * @param random16  16 fresh random bytes per call
 * @throws {WireError} BATCH_LIMIT if the batch does not fit the format, BLOCK_FIELD if the fields do not.
 *
 * Cost: one HKDF, one HMAC and one AES-GCM pass over the compressed bytes, one signature.
 */
export function sealBlock(fields: SealFields, batch: Batch, keys: SealingKeys, random16: Uint8Array): SealedBlock {
  if (random16.length !== SALT_RANDOM_BYTES)
    throw new WireError("BLOCK_FIELD", `${random16.length} random bytes, needs ${SALT_RANDOM_BYTES}`);
  const plain = encodeBatch(batch);
  const { codec, bytes: compressed } = compress(plain);
  const unhashed: BlockHeader = {
    ...fields,
    suite: 1,
    codec,
    batchKind: BatchKind[batch.kind],
    generation: keys.generation,
    site: keys.site,
    ...extentOf(batch, fields.sealedAt),
    plainBytes: plain.length,
    salt: deriveSalt(keys.saltKey, random16, compressed),
    ciphertextHash: ZERO_HASH,
  };

  const bytes = new Uint8Array(CIPHERTEXT_OFFSET + compressed.length + TAG_BYTES);
  bytes.set(encodeHeader(unhashed));
  const cipher = createCipheriv("aes-256-gcm", deriveBlockKey(keys.root, unhashed.salt, unhashed), NONCE, {
    authTagLength: TAG_BYTES,
  });
  cipher.setAAD(bytes.subarray(0, AAD_BYTES));
  bytes.set(cipher.update(compressed), CIPHERTEXT_OFFSET);
  cipher.final();
  bytes.set(cipher.getAuthTag(), CIPHERTEXT_OFFSET + compressed.length);

  const header: BlockHeader = {
    ...unhashed,
    ciphertextHash: new Uint8Array(createHash("sha256").update(bytes.subarray(CIPHERTEXT_OFFSET)).digest()),
  };
  bytes.set(header.ciphertextHash, AAD_BYTES);
  bytes.set(signHeader(bytes.subarray(0, HEADER_BYTES), keys.signingKey), HEADER_BYTES);
  return { bytes, header, hash: blockHash(bytes) };
}

/** How many samples (or events) a batch has, and the time they span; sealed-at where it has none. */
export function extentOf(
  batch: Batch,
  sealedAt: UtcMicros,
): Pick<BlockHeader, "sampleCount" | "firstTimestamp" | "lastTimestamp"> {
  let times: ArrayLike<number> = [];
  if (batch.kind === "data" || batch.kind === "refresh")
    times = batch.samples.timestamps.subarray(0, batch.samples.count);
  else if (batch.kind === "events") times = batch.events.map((event) => event.time);
  if (times.length === 0) return { sampleCount: 0, firstTimestamp: sealedAt, lastTimestamp: sealedAt };
  let firstTimestamp = Number.POSITIVE_INFINITY;
  let lastTimestamp = 0;
  for (let row = 0; row < times.length; row++) {
    const time = times[row]!;
    if (time < firstTimestamp) firstTimestamp = time;
    if (time > lastTimestamp) lastTimestamp = time;
  }
  return { sampleCount: times.length, firstTimestamp, lastTimestamp };
}
