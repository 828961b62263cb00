/** Sealed blocks in a file, one behind the other: what sender processes read, so that sealing them is not part of the measurement.
 *  sealed blocks → [block file] → wire sender; peers send the same file as it is */
import { closeSync, openSync, readSync, writeSync } from "node:fs";
import { SampleColumnsBuilder, type SealingKeys, sealBlock } from "@nonreturn/wire-format";
import { seededBytes } from "../../support/station-keys.ts";
import { EPOCH, SEALED_AT, STREAM } from "./sealed-blocks.ts";

export interface BlockFile {
  readonly path: string;
  /** Bytes of each block, in order; block i has sequence i + 1. */
  readonly lengths: readonly number[];
  readonly bytes: number;
}

/**
 * Blocks of about `blockBytes` each until there are `totalBytes`. They carry values of bytes that do not compress: opaque to the link, and
 * quick to make. Every block is another.
 */
export function writeBlockFile(path: string, keys: SealingKeys, totalBytes: number, blockBytes: number): BlockFile {
  const random = seededBytes(11);
  const noise = random(blockBytes + 8192);
  const file = openSync(path, "w");
  const lengths: number[] = [];
  let bytes = 0;
  let previousHash: Uint8Array = new Uint8Array(32);
  try {
    for (let sequence = 1; bytes < totalBytes; sequence++) {
      const sealedAt = SEALED_AT + sequence * 1000;
      const fields = { stream: STREAM, journalEpoch: EPOCH, sealingEpoch: EPOCH, sequence, previousHash, sealedAt };
      const batch = {
        kind: "data",
        directoryRevision: 1,
        samples: noiseSamples(noise, sequence, blockBytes, sealedAt),
      } as const;
      const block = sealBlock(fields, batch, keys, random(16));
      previousHash = block.hash;
      writeSync(file, block.bytes);
      lengths.push(block.bytes.length);
      bytes += block.bytes.length;
    }
  } finally {
    closeSync(file);
  }
  return { path, lengths, bytes };
}

/** The blocks in order, read when asked for. */
export function* readBlockFile({ path, lengths }: BlockFile): Generator<Uint8Array> {
  const file = openSync(path, "r");
  try {
    for (const length of lengths) {
      const block = new Uint8Array(length);
      if (readSync(file, block) !== length) throw new Error(`${path} ends early`);
      yield block;
    }
  } finally {
    closeSync(file);
  }
}

/** Byte values of up to 32 KiB that fill a block; where they start in the noise differs from block to block. */
function noiseSamples(noise: Uint8Array, sequence: number, blockBytes: number, time: number) {
  const builder = new SampleColumnsBuilder();
  const room = blockBytes - 700; // header, signature, tags, lengths
  for (let at = 0, tag = 1; at < room; at += 32_768, tag++) {
    const start = at + (sequence % 8192);
    builder.push(tag, noise.slice(start, start + Math.min(32_768, room - at)), 0, time);
  }
  return builder.take();
}
