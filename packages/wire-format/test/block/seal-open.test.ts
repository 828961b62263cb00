import { createHash } from "node:crypto";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Batch } from "../../src/batch/batch.ts";
import {
  announceStreamOf,
  BLOCK_OVERHEAD_BYTES,
  CIPHERTEXT_OFFSET,
  decodeHeader,
  encodeHeader,
  HEADER_BYTES,
  MAX_SEALED_BYTES,
} from "../../src/block/block-header.ts";
import { blockHash, signHeader } from "../../src/block/block-signature.ts";
import { openBlock, verifyBlock } from "../../src/block/open-block.ts";
import { type SealFields, sealBlock } from "../../src/block/seal-block.ts";
import { openingKeysOf, pairingOf } from "../../src/keys/pairing.ts";
import { newStationKeys, sealingKeysOf } from "../../src/keys/station-keys.ts";
import { WireError } from "../../src/wire-error.ts";
import { exampleBatches } from "../batch/example-batches.ts";
import { exactRow, rowsOf } from "../batch/sample-rows.ts";
import { repeatableRandom } from "../keys/repeatable-random.ts";

const random = repeatableRandom("blocks");
const station = newStationKeys(random, 1_000);
const sealing = sealingKeysOf(station);
const opening = openingKeysOf(pairingOf(station));
const zeros = new Uint8Array(32);
const previousHash = new Uint8Array(32).fill(9);

const isAnnounce = (batch: Batch): boolean =>
  batch.kind === "heartbeat" || batch.kind === "status" || batch.kind === "refresh";

function fieldsFor(batch: Batch, change: Partial<SealFields> = {}): SealFields {
  const announce = isAnnounce(batch);
  return {
    stream: announce ? announceStreamOf(1) : 1,
    journalEpoch: 1_000,
    sealingEpoch: 1_001,
    sequence: 7,
    previousHash: announce ? zeros : previousHash,
    sealedAt: 1_795_420_800_500_000,
    ...change,
  };
}

function codeOf(action: () => unknown): string {
  try {
    action();
    return "ok";
  } catch (error) {
    if (error instanceof WireError) return error.code;
    throw error;
  }
}

/** Change header bytes and sign again: only the station itself could make such a block. */
function resigned(block: Uint8Array, change: (header: Uint8Array) => void): Uint8Array {
  const copy = Uint8Array.from(block);
  change(copy);
  copy.set(signHeader(copy.subarray(0, HEADER_BYTES), sealing.signingKey), HEADER_BYTES);
  return copy;
}

const put =
  (offset: number, ...values: readonly number[]) =>
  (header: Uint8Array): void =>
    header.set(values, offset);
const flip =
  (offset: number) =>
  (header: Uint8Array): void => {
    header[offset]! ^= 1;
  };

const batches = exampleBatches();
const data = batches[0]!;
const sealedData = sealBlock(fieldsFor(data), data, sealing, random(16));

describe("a sealed block", () => {
  it.each(batches.map((batch) => [batch.kind, batch] as const))("of kind %s opens to its batch", (_, batch) => {
    const { bytes, header, hash } = sealBlock(fieldsFor(batch), batch, sealing, random(16));
    const opened = openBlock(bytes, opening);
    expect(opened.header).toEqual(header);
    expect(verifyBlock(bytes, opening)).toEqual(header);
    expect(openBlock(bytes, opening, { signature: "trusted" }).header).toEqual(header);
    expect(hash).toEqual(new Uint8Array(createHash("sha256").update(bytes.subarray(0, 160)).digest()));
    if ("samples" in batch && "samples" in opened.batch) {
      expect(rowsOf(opened.batch.samples).map(exactRow).sort()).toEqual(rowsOf(batch.samples).map(exactRow).sort());
    } else expect(opened.batch).toEqual(batch);
  });

  it("counts samples and events, and spans their times; a batch without either spans its sealing time", () => {
    expect(sealedData.header).toMatchObject({
      sampleCount: 21,
      firstTimestamp: 1_795_420_800_123_455,
      lastTimestamp: 1_795_420_800_223_456,
    });
    const events = batches[1]!;
    expect(sealBlock(fieldsFor(events), events, sealing, random(16)).header).toMatchObject({
      sampleCount: 2,
      firstTimestamp: 1_795_420_800_123_456,
    });
    const loss = batches[3]!;
    expect(sealBlock(fieldsFor(loss), loss, sealing, random(16)).header).toMatchObject({
      sampleCount: 0,
      firstTimestamp: 1_795_420_800_500_000,
      lastTimestamp: 1_795_420_800_500_000,
    });
  });

  it("never shares a key: other random bytes or other content give another salt", () => {
    const fixed = random(16);
    const salt = (batch: Batch, random16: Uint8Array): string =>
      Buffer.from(sealBlock(fieldsFor(batch), batch, sealing, random16).header.salt).toString("hex");
    const loss = batches[3]!;
    expect(new Set([salt(data, fixed), salt(data, random(16)), salt(loss, fixed)]).size).toBe(3);
    expect(salt(data, fixed)).toBe(salt(data, fixed));
  });

  it("with any bit flipped is refused before anything is parsed", () => {
    const codes = new Set<string>();
    fc.assert(
      fc.property(fc.nat(sealedData.bytes.length * 8 - 1), (bit) => {
        const flipped = Uint8Array.from(sealedData.bytes);
        flipped[bit >> 3]! ^= 1 << (bit & 7);
        const code = codeOf(() => openBlock(flipped, opening));
        expect(code).not.toBe("ok");
        expect(code).not.toMatch(/^(BATCH_|BLOCK_DECRYPT|BLOCK_DECOMPRESS)/);
        codes.add(code);
      }),
      { seed: 12, numRuns: 2_000 },
    );
    for (const code of ["BLOCK_SIGNATURE", "BLOCK_HASH", "BLOCK_FIELD", "BLOCK_IDENTITY", "KEY_UNKNOWN_GENERATION"])
      expect(codes).toContain(code);
  });

  it("of random bytes, or cut anywhere, is a WireError", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 400 }), (bytes) => {
        expect(codeOf(() => openBlock(bytes, opening))).not.toBe("ok");
      }),
      { seed: 13, numRuns: 2_000 },
    );
    for (let length = 0; length < sealedData.bytes.length; length++)
      expect(codeOf(() => openBlock(sealedData.bytes.subarray(0, length), opening))).not.toBe("ok");
    expect(codeOf(() => openBlock(new Uint8Array(MAX_SEALED_BYTES + 1), opening))).toBe("BLOCK_LENGTH");
  });

  it.each([
    ["suite 2", put(0, 2), "BLOCK_SUITE"],
    ["codec 2", put(1, 2), "BLOCK_FIELD"],
    ["batch kind 0", put(2, 0), "BLOCK_FIELD"],
    ["batch kind 8", put(2, 8), "BLOCK_FIELD"],
    ["a heartbeat on the data stream", put(2, 5), "BLOCK_FIELD"],
    ["a reserved byte", put(3, 1), "BLOCK_FIELD"],
    ["data on the announce stream", put(4, 0x80), "BLOCK_FIELD"],
    ["stream 0", put(5, 0), "BLOCK_FIELD"],
    ["another site", flip(8), "BLOCK_IDENTITY"],
    ["another generation", put(7, 2), "KEY_UNKNOWN_GENERATION"],
    ["generation 0", put(7, 0), "BLOCK_FIELD"],
    ["an epoch below the floor", put(16, 0, 0, 3, 0xe7, 0, 0, 3, 0xe7), "BLOCK_EPOCH_FLOOR"],
    ["a sealing epoch before the journal's", put(20, 0, 0, 3, 0xe7), "BLOCK_FIELD"],
    ["sequence 0", put(31, 0), "BLOCK_FIELD"],
    ["sequence 2^53", put(24, 0, 0x20, 0, 0, 0, 0, 0, 0), "BLOCK_FIELD"],
    ["sequence 2^53 + 1, which has no double", put(24, 0, 0x20, 0, 0, 0, 0, 0, 1), "BLOCK_FIELD"],
    ["sequence 1 with a predecessor", put(31, 1), "BLOCK_FIELD"],
    ["sealed at 2^63", put(64, 0x80), "BLOCK_FIELD"],
    ["first time after the last", put(72, 0, 0x1f), "BLOCK_FIELD"],
    ["more samples than the limit", put(88, 0, 4, 0, 1), "BLOCK_FIELD"],
    ["a plain length over the limit", put(92, 0, 0x40, 0, 1), "BLOCK_FIELD"],
    ["a plain length that LZ4 would not have been used for", put(92, 0, 0, 0, 1), "BLOCK_LENGTH"],
    ["another salt", flip(96), "BLOCK_DECRYPT"],
    ["another sealed-at", flip(71), "BLOCK_DECRYPT"],
    ["another sequence", put(31, 8), "BLOCK_DECRYPT"],
    ["another ciphertext hash", flip(128), "BLOCK_HASH"],
  ])("signed with %s is refused", (_, change, code) => {
    const block = resigned(sealedData.bytes, change);
    expect(codeOf(() => openBlock(block, opening))).toBe(code);
    expect(codeOf(() => openBlock(block, opening, { signature: "trusted" }))).toBe(code);
  });

  it("signed by another station is refused, unless trusted bytes say otherwise", () => {
    const other = sealingKeysOf({ ...station, signingSeed: random(32) });
    const block = sealBlock(fieldsFor(data), data, other, random(16)).bytes;
    expect(codeOf(() => verifyBlock(block, opening))).toBe("BLOCK_SIGNATURE");
    expect(codeOf(() => openBlock(block, opening))).toBe("BLOCK_SIGNATURE");
    expect(codeOf(() => openBlock(block, opening, { signature: "trusted" }))).toBe("ok");
  });

  it("is bound to its root: the right signature over another root does not open", () => {
    const other = sealingKeysOf({ ...station, generations: [{ generation: 1, root: random(32), epochFloor: 0 }] });
    const block = sealBlock(fieldsFor(data), data, other, random(16)).bytes;
    expect(codeOf(() => openBlock(block, opening))).toBe("BLOCK_DECRYPT");
  });

  it("cannot be made of fields that no receiver accepts", () => {
    const attempt = (change: Partial<SealFields>, random16 = random(16)): string =>
      codeOf(() => sealBlock(fieldsFor(data, change), data, sealing, random16));
    expect(attempt({})).toBe("ok");
    expect(attempt({ sequence: 0 })).toBe("BLOCK_FIELD");
    expect(attempt({ sequence: 1 })).toBe("BLOCK_FIELD");
    expect(attempt({ sequence: 1, previousHash: zeros })).toBe("ok");
    expect(attempt({ sequence: 2 ** 53 })).toBe("BLOCK_FIELD");
    expect(attempt({ stream: 0 })).toBe("BLOCK_FIELD");
    expect(attempt({ stream: announceStreamOf(1) })).toBe("BLOCK_FIELD");
    expect(attempt({ sealingEpoch: 2 ** 32 })).toBe("BLOCK_FIELD");
    expect(attempt({ previousHash: new Uint8Array(31) })).toBe("BLOCK_FIELD");
    expect(attempt({ sealedAt: 1.5 })).toBe("BLOCK_FIELD");
    expect(attempt({}, random(15))).toBe("BLOCK_FIELD");
  });

  it("keeps its header's bytes its own, also where the block is a Buffer", () => {
    const buffer = Buffer.from(sealedData.bytes);
    const header = decodeHeader(buffer);
    buffer.fill(0);
    expect(header).toEqual(sealedData.header);
    expect(encodeHeader(header)).toEqual(sealedData.bytes.slice(0, HEADER_BYTES));
    expect(codeOf(() => blockHash(new Uint8Array(159)))).toBe("BLOCK_LENGTH");
  });

  it("has 240 bytes around what it carries", () => {
    const heartbeat = batches[4]!;
    const { bytes, header } = sealBlock(fieldsFor(heartbeat), heartbeat, sealing, random(16));
    expect(header.codec).toBe(0);
    expect(bytes.length).toBe(header.plainBytes + BLOCK_OVERHEAD_BYTES);
    expect(BLOCK_OVERHEAD_BYTES).toBe(CIPHERTEXT_OFFSET + 16);
    expect(bytes.length).toBeLessThanOrEqual(1408); // one datagram, so that a heartbeat costs one
  });
});
