/** Every vector file of batches, compression, sealing, pairing and gap codes, in both directions. */
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { type Batch, BatchKind } from "../src/batch/batch.ts";
import { decodeBatch } from "../src/batch/decode-batch.ts";
import { encodeBatch } from "../src/batch/encode-batch.ts";
import { Codec, compress, decompress } from "../src/block/compress.ts";
import { openBlock } from "../src/block/open-block.ts";
import { sealBlock } from "../src/block/seal-block.ts";
import { decodeGapCode, encodeGapCode, type Gap } from "../src/gap/gap-code.ts";
import { deriveBlockKey, deriveMacKey, deriveSaltKey } from "../src/keys/derive.ts";
import { decodeEnrolment, encodeEnrolment, enrolmentOf } from "../src/keys/enrolment.ts";
import { enrolmentFingerprint, stationFingerprint } from "../src/keys/fingerprint.ts";
import {
  decodePairing,
  encodePairing,
  makePairing,
  openingKeysOf,
  openPairing,
  pairingOf,
} from "../src/keys/pairing.ts";
import { decodeStationKeys, encodeStationKeys, sealingKeysOf, stationPublicKey } from "../src/keys/station-keys.ts";
import { exampleBatches } from "./batch/example-batches.ts";
import { batchOf, bytesOf, hexOf, toJson } from "./vectors/vector-json.ts";

function vector<Content>(name: string): Content {
  return JSON.parse(readFileSync(new URL(`./vectors/${name}.json`, import.meta.url), "utf8")) as Content;
}

/** Rows of a batch as a set: the wire has them in canonical order. */
function comparable(batch: Batch): unknown {
  const json = toJson(batch) as { samples?: unknown[] };
  return json.samples === undefined
    ? json
    : { ...json, samples: json.samples.map((row) => JSON.stringify(row)).sort() };
}

interface BatchVector {
  readonly batchKind: BatchKind;
  readonly batch: unknown;
  readonly plain: string;
}

describe.each(exampleBatches().map((batch) => [batch.kind]))("batch-%s.json", (kind) => {
  const { batchKind, batch, plain } = vector<BatchVector>(`batch-${kind}`);

  it("encodes", () => {
    expect(batchKind).toBe(BatchKind[kind]);
    expect(hexOf(encodeBatch(batchOf(batch)))).toBe(plain);
  });

  it("decodes", () => {
    expect(comparable(decodeBatch(batchKind, bytesOf(plain)))).toEqual(comparable(batchOf(batch)));
  });
});

describe("compressed-batch.json", () => {
  const { batchKind, batch, plain, codec, compressed } = vector<BatchVector & { codec: Codec; compressed: string }>(
    "compressed-batch",
  );

  it("inflates and decodes", () => {
    expect(codec).toBe(Codec.lz4Block);
    const inflated = decompress(codec, bytesOf(compressed), plain.length / 2);
    expect(hexOf(inflated)).toBe(plain);
    expect(comparable(decodeBatch(batchKind, inflated))).toEqual(comparable(batchOf(batch)));
  });

  it("encodes, and compresses to something that inflates to it", () => {
    const bytes = encodeBatch(batchOf(batch));
    expect(hexOf(bytes)).toBe(plain);
    const again = compress(bytes);
    expect(again.codec).toBe(Codec.lz4Block);
    expect(hexOf(decompress(again.codec, again.bytes, bytes.length))).toBe(plain);
  });
});

interface SealedVectors {
  readonly keys: Record<"site" | "root" | "saltKey" | "macKeyOfStream1" | "signingSeed" | "publicKey", string> & {
    readonly epochFloor: number;
  };
  readonly blocks: readonly {
    random16: string;
    header: Record<string, never>;
    blockKey: string;
    batch: unknown;
    block: string;
    blockHash: string;
  }[];
}

describe("sealed-blocks.json", () => {
  const { keys, blocks } = vector<SealedVectors>("sealed-blocks");
  const station = {
    site: bytesOf(keys.site),
    signingSeed: bytesOf(keys.signingSeed),
    generations: [{ generation: 1, root: bytesOf(keys.root), epochFloor: keys.epochFloor }],
  };
  const opening = openingKeysOf(pairingOf(station));

  it("derives the keys", () => {
    const root = bytesOf(keys.root);
    expect(hexOf(deriveSaltKey(root).export())).toBe(keys.saltKey);
    expect(hexOf(deriveMacKey(root, 1).export())).toBe(keys.macKeyOfStream1);
    expect(hexOf(stationPublicKey(station))).toBe(keys.publicKey);
  });

  it.each(blocks.map((block, index) => [index, block] as const))("opens block %i", (_, {
    header,
    blockKey,
    batch,
    block,
  }) => {
    const opened = openBlock(bytesOf(block), opening);
    expect(toJson(opened.header)).toEqual(header);
    expect(comparable(opened.batch)).toEqual(comparable(batchOf(batch)));
    expect(hexOf(deriveBlockKey(bytesOf(keys.root), opened.header.salt, opened.header).export())).toBe(blockKey);
  });

  it.each(blocks.map((block, index) => [index, block] as const))("seals block %i", (_, {
    random16,
    batch,
    block,
    blockHash,
  }) => {
    const { header } = openBlock(bytesOf(block), opening);
    const sealed = sealBlock(header, batchOf(batch), sealingKeysOf(station), bytesOf(random16));
    // LZ4 is not canonical: only a stored block must come out byte for byte. The other one must open to the same.
    if (header.codec === Codec.stored) {
      expect(hexOf(sealed.bytes)).toBe(block);
      expect(hexOf(sealed.hash)).toBe(blockHash);
    } else expect(comparable(openBlock(sealed.bytes, opening).batch)).toEqual(comparable(batchOf(batch)));
  });

  it("has both codecs, and chains", () => {
    expect(new Set(blocks.map(({ header }) => header.codec))).toEqual(new Set([Codec.stored, Codec.lz4Block]));
    expect(blocks[1]!.header.previousHash).toEqual({ bytes: blocks[0]!.blockHash });
  });
});

describe("pairing.json", () => {
  const files = vector<
    Record<string, unknown> &
      Record<"boxSecretKey" | "ephemeralSecretKey" | "enrolmentFingerprint" | "stationFingerprint", string>
  >("pairing");
  const secret = { name: "IT station", boxSecretKey: bytesOf(files.boxSecretKey) };
  const station = decodeStationKeys(JSON.stringify(files.stationKeysFile));

  it("reads and writes every file", () => {
    expect(JSON.parse(encodeStationKeys(station))).toEqual(files.stationKeysFile);
    expect(decodeEnrolment(JSON.stringify(files.enrolmentFile))).toEqual(enrolmentOf(secret));
    expect(JSON.parse(encodeEnrolment(enrolmentOf(secret)))).toEqual(files.enrolmentFile);
    expect(JSON.parse(encodePairing(decodePairing(JSON.stringify(files.pairingFile))))).toEqual(files.pairingFile);
  });

  it("boxes and opens the pairing", () => {
    expect(openPairing(JSON.stringify(files.boxedPairingFile), secret)).toEqual(pairingOf(station));
    const nonce = Uint8Array.from(Buffer.from((files.boxedPairingFile as { nonce: string }).nonce, "base64"));
    const draws = [bytesOf(files.ephemeralSecretKey), nonce];
    expect(JSON.parse(makePairing(station, enrolmentOf(secret), () => draws.shift()!))).toEqual(files.boxedPairingFile);
  });

  it("has the fingerprints", () => {
    expect(enrolmentFingerprint(enrolmentOf(secret).boxKey)).toBe(files.enrolmentFingerprint);
    expect(stationFingerprint(station.site, stationPublicKey(station))).toBe(files.stationFingerprint);
  });
});

it.each(vector<{ gaps: (Gap & { code: string })[] }>("gap-codes").gaps)("gap-codes.json: $code", ({ code, ...gap }) => {
  expect(encodeGapCode(gap)).toBe(code);
  expect(decodeGapCode(code)).toEqual(gap);
});
