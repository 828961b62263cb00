/** Sealed blocks of a busy plant for benchmarks: real ones, made with the product's own sealing.
 *  seed → [sealed blocks] → egress under measurement */
import { type SealedBlock, type SealingKeys, sealBlock } from "@nonreturn/wire-format";
import { columnsOf, seededBytes } from "../../support/station-keys.ts";

export const STREAM = 1;
export const EPOCH = 29_900_000;
export const SEALED_AT = 1_795_420_800_000_000;

/**
 * `count` blocks with sequences 1 … count, each another; chained like a journal's.
 *
 * @param samplesPerBlock  about 8 bytes each before compression: values are float32 noise, as hard to compress as a plant can make them
 */
export function* sealedBlocks(
  keys: SealingKeys,
  count: number,
  samplesPerBlock: number,
  random: (bytes: number) => Uint8Array = seededBytes(7),
): Generator<SealedBlock> {
  let previousHash: Uint8Array = new Uint8Array(32);
  for (let sequence = 1; sequence <= count; sequence++) {
    const samples = columnsOf(samplesPerBlock, 1 + (sequence % 977) * 31, SEALED_AT + sequence * 1000);
    const fields = {
      stream: STREAM,
      journalEpoch: EPOCH,
      sealingEpoch: EPOCH,
      sequence,
      previousHash,
      sealedAt: SEALED_AT + sequence * 1000,
    };
    const block = sealBlock(fields, { kind: "data", directoryRevision: 1, samples }, keys, random(16));
    previousHash = block.hash;
    yield block;
  }
}
