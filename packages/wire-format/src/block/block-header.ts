/** The signed header of a sealed block: fixed offsets, big-endian.
 *  batch → compress → seal → [header ‖ signature ‖ ciphertext] */
import { BATCH_LIMITS, BatchKind } from "../batch/batch.ts";
import type { UtcMicros } from "../sample/sample.ts";
import { WireError } from "../wire-error.ts";
import { Codec } from "./compress.ts";

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
  readonly codec: Codec;
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

/** Largest sealed block that opens: stored is never longer than the plain bytes. What fits a link is less, see datagram-header.ts. */
export const MAX_SEALED_BYTES = BLOCK_OVERHEAD_BYTES + BATCH_LIMITS.plainBytes;

/** A stream id with this bit is the announce stream of the data stream without it. */
export const ANNOUNCE_BIT = 0x8000;

export function announceStreamOf(dataStream: number): number {
  return dataStream | ANNOUNCE_BIT;
}

/**
 * The 160 bytes of a signed header.
 *
 * @throws {WireError} BLOCK_FIELD for whatever {@link decodeHeader} would refuse.
 */
export function encodeHeader(header: BlockHeader): Uint8Array {
  checkFields(header);
  const bytes = new Uint8Array(HEADER_BYTES);
  const view = new DataView(bytes.buffer);
  bytes[0] = header.suite;
  bytes[1] = header.codec;
  bytes[2] = header.batchKind;
  view.setUint16(4, header.stream);
  view.setUint16(6, header.generation);
  bytes.set(header.site, 8);
  view.setUint32(16, header.journalEpoch);
  view.setUint32(20, header.sealingEpoch);
  view.setBigUint64(24, BigInt(header.sequence));
  bytes.set(header.previousHash, 32);
  view.setBigUint64(64, BigInt(header.sealedAt));
  view.setBigUint64(72, BigInt(header.firstTimestamp));
  view.setBigUint64(80, BigInt(header.lastTimestamp));
  view.setUint32(88, header.sampleCount);
  view.setUint32(92, header.plainBytes);
  bytes.set(header.salt, 96);
  bytes.set(header.ciphertextHash, 128);
  return bytes;
}

/**
 * The header of a sealed block: its structure only, nothing is verified.
 *
 * @param block  a whole block, or at least its first 160 bytes. Hashes, salt and site are copied out.
 * @throws {WireError} BLOCK_LENGTH, BLOCK_SUITE or BLOCK_FIELD.
 */
export function decodeHeader(block: Uint8Array): BlockHeader {
  if (block.length < HEADER_BYTES)
    throw new WireError("BLOCK_LENGTH", `${block.length} bytes, a header has ${HEADER_BYTES}`);
  const view = new DataView(block.buffer, block.byteOffset, block.byteLength);
  const copyOf = (start: number, end: number): Uint8Array => new Uint8Array(block.subarray(start, end)); // slice() of a Buffer copies nothing
  if (block[0] !== 1) throw new WireError("BLOCK_SUITE", `suite ${block[0]}, known is 1`);
  if (block[3] !== 0) throw new WireError("BLOCK_FIELD", `reserved byte is ${block[3]}`);
  const header: BlockHeader = {
    suite: 1,
    codec: block[1] as Codec,
    batchKind: block[2] as BatchKind,
    stream: view.getUint16(4),
    generation: view.getUint16(6),
    site: copyOf(8, 16),
    journalEpoch: view.getUint32(16),
    sealingEpoch: view.getUint32(20),
    sequence: Number(view.getBigUint64(24)),
    previousHash: copyOf(32, 64),
    sealedAt: Number(view.getBigUint64(64)),
    firstTimestamp: Number(view.getBigUint64(72)),
    lastTimestamp: Number(view.getBigUint64(80)),
    sampleCount: view.getUint32(88),
    plainBytes: view.getUint32(92),
    salt: copyOf(96, 128),
    ciphertextHash: copyOf(128, 160),
  };
  checkFields(header);
  return header;
}

const ANNOUNCE_KINDS: readonly BatchKind[] = [BatchKind.heartbeat, BatchKind.status, BatchKind.refresh];
const KINDS: readonly BatchKind[] = Object.values(BatchKind);

function checkFields(header: BlockHeader): void {
  const require = (holds: boolean, field: string, value: unknown): void => {
    if (!holds) throw new WireError("BLOCK_FIELD", `${field} ${String(value)}`);
  };
  const uint = (value: number, most: number, field: string, least = 0): void =>
    require(Number.isInteger(value) && value >= least && value <= most, field, value);
  const bytes = (value: Uint8Array, length: number, field: string): void =>
    require(value.length === length, `${field} of bytes`, value.length);

  uint(header.codec, Codec.lz4Block, "codec");
  require(KINDS.includes(header.batchKind), "batch kind", header.batchKind);
  uint(header.stream, 0xffff, "stream");
  require((header.stream & ~ANNOUNCE_BIT) !== 0, "stream", header.stream);
  uint(header.generation, 0xffff, "key generation", 1);
  bytes(header.site, 8, "site");
  uint(header.journalEpoch, 0xffffffff, "journal epoch");
  uint(header.sealingEpoch, 0xffffffff, "sealing epoch");
  require(header.sealingEpoch >= header.journalEpoch, "sealing epoch before the journal's", header.sealingEpoch);
  // Number(bigint) rounds above 2^53: what is not a safe integer was above 2^53 − 1 on the wire.
  uint(header.sequence, Number.MAX_SAFE_INTEGER, "sequence", 1);
  uint(header.sealedAt, Number.MAX_SAFE_INTEGER, "sealed at");
  uint(header.lastTimestamp, Number.MAX_SAFE_INTEGER, "last source timestamp");
  uint(header.firstTimestamp, header.lastTimestamp, "first source timestamp");
  uint(header.sampleCount, BATCH_LIMITS.samples, "sample count");
  uint(header.plainBytes, BATCH_LIMITS.plainBytes, "plain length");
  bytes(header.previousHash, 32, "previous hash");
  bytes(header.salt, 32, "salt");
  bytes(header.ciphertextHash, 32, "ciphertext hash");

  const announce = (header.stream & ANNOUNCE_BIT) !== 0;
  require(ANNOUNCE_KINDS.includes(header.batchKind) ===
    announce, `stream ${header.stream} with batch kind`, header.batchKind);
  const first = announce || header.sequence === 1;
  require(header.previousHash.every((byte) => byte === 0) ||
    !first, "previous hash where none can be, sequence", header.sequence);
}
