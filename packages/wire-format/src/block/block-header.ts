/** The signed header of a sealed block: fixed offsets, big-endian.
 *  batch → compress → seal → [header ‖ signature ‖ ciphertext] */
import type { UtcMicros } from "../sample/sample.ts";
import type { BatchKind } from "../batch/batch.ts";

/*
 * offset size field
 *   0     1   suite                1 = LZ4 block, AES-256-GCM, HKDF-SHA256, SHA-256, Ed25519
 *   1     1   codec                0 = stored, 1 = LZ4 block
 *   2     1   batch kind           BatchKind
 *   3     1   reserved, 0
 *   4     2   stream
 *   6     2   key generation
 *   8     8   site                 opaque
 *  16     4   journal epoch        sealing epoch in which the journal was created
 *  20     4   sealing epoch
 *  24     8   sequence             1 … 2^53−1; goes on across sealing epochs of one journal
 *  32    32   previous block hash  zeros for sequence 1 and on the announce stream
 *  64     8   sealed at, µs        monotone within a journal
 *  72     8   first source timestamp, µs   (equals sealed-at where the batch has no samples)
 *  80     8   last source timestamp, µs
 *  88     4   sample count
 *  92     4   plain length         bytes of the batch before compression
 *  96    32   salt
 * 128    32   SHA-256 of the ciphertext with its tag
 * 160         end of the signed header; additional data of the AEAD is bytes 0 … 127
 * 160    64   Ed25519 signature
 * 224    …    ciphertext ‖ 16 B GCM tag
 */
export const HEADER_BYTES = 160;
export const SIGNATURE_BYTES = 64;
export const AAD_BYTES = 128;
export const TAG_BYTES = 16;
export const CIPHERTEXT_OFFSET = HEADER_BYTES + SIGNATURE_BYTES; // 224
export const BLOCK_OVERHEAD_BYTES = CIPHERTEXT_OFFSET + TAG_BYTES; // 240

/** Who a block is. Never changes, whatever session carries it, however late. */
export interface BlockIdentity {
  readonly stream: number;
  readonly sealingEpoch: number;
  readonly sequence: number;
}

export interface BlockHeader extends BlockIdentity {
  readonly suite: 1;
  readonly codec: 0 | 1;
  readonly batchKind: BatchKind;
  readonly generation: number;
  readonly site: Uint8Array; // 8
  readonly journalEpoch: number;
  readonly previousHash: Uint8Array; // 32
  readonly sealedAt: UtcMicros;
  readonly firstTimestamp: UtcMicros;
  readonly lastTimestamp: UtcMicros;
  readonly sampleCount: number;
  readonly plainBytes: number;
  readonly salt: Uint8Array; // 32
  readonly ciphertextHash: Uint8Array; // 32
}
