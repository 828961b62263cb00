/** Writes the vector files of batches, compression, sealing, pairing and gap codes. Run by hand, only when the format itself changes:
 *  node packages/wire-format/test/vectors/write-vectors.ts && biome check --write packages/wire-format/test/vectors */
import { writeFileSync } from "node:fs";
import { BatchKind, type DataBatch } from "../../src/batch/batch.ts";
import { encodeBatch } from "../../src/batch/encode-batch.ts";
import { compress } from "../../src/block/compress.ts";
import { type SealedBlock, sealBlock } from "../../src/block/seal-block.ts";
import { encodeGapCode } from "../../src/gap/gap-code.ts";
import { deriveBlockKey, deriveMacKey, deriveSaltKey } from "../../src/keys/derive.ts";
import { encodeEnrolment, enrolmentOf } from "../../src/keys/enrolment.ts";
import { enrolmentFingerprint, stationFingerprint } from "../../src/keys/fingerprint.ts";
import { encodePairing, makePairing, pairingOf } from "../../src/keys/pairing.ts";
import { encodeStationKeys, type StationKeys, sealingKeysOf, stationPublicKey } from "../../src/keys/station-keys.ts";
import { exampleBatches } from "../batch/example-batches.ts";
import { columnsOf } from "../batch/sample-rows.ts";
import { hexOf, toJson } from "./vector-json.ts";

function write(name: string, content: Record<string, unknown>): void {
  writeFileSync(new URL(`./${name}.json`, import.meta.url), `${JSON.stringify(content, null, 1)}\n`);
}

/** "Random" bytes of a vector: 0, 1, 2 … from a given start. Never use such keys. */
const counting = (start: number, length: number): Uint8Array =>
  Uint8Array.from({ length }, (_, place) => (start + place) & 255);

for (const batch of exampleBatches()) {
  write(`batch-${batch.kind}`, {
    about: `A batch of kind ${batch.kind} before compression.${"samples" in batch ? " Rows are [tag id, µs, status code, value]; the plain bytes hold them in canonical order." : ""}`,
    batchKind: BatchKind[batch.kind],
    batch: toJson(batch),
    plain: hexOf(encodeBatch(batch)),
  });
}

const scans: DataBatch = {
  kind: "data",
  directoryRevision: 3,
  samples: columnsOf(
    Array.from({ length: 48 }, (_, place) => ({
      tagId: 100 + (place % 8),
      value: Math.fround(20 + (place % 8) + Math.floor(place / 16) / 10),
      statusCode: 0,
      sourceTimestamp: 1_795_420_800_000_000 + Math.floor(place / 8) * 100_000,
    })),
  ),
};
const scansPlain = encodeBatch(scans);
const { codec, bytes: compressed } = compress(scansPlain);
write("compressed-batch", {
  about:
    "Six scans of eight REAL tags, compressed into one LZ4 block. Another LZ4 encoder may give other compressed bytes.",
  batchKind: BatchKind.data,
  batch: toJson(scans),
  plain: hexOf(scansPlain),
  codec,
  compressed: hexOf(compressed),
});

const station: StationKeys = {
  site: counting(0xa0, 8),
  signingSeed: counting(0x40, 32),
  generations: [{ generation: 1, root: counting(0x00, 32), epochFloor: 29_923_000 }],
};
const sealing = sealingKeysOf(station);
const fields = { journalEpoch: 29_923_100, sealingEpoch: 29_923_680, sealedAt: 1_795_420_800_200_000 };
const zeros = new Uint8Array(32);
const heartbeat = exampleBatches().find((batch) => batch.kind === "heartbeat")!;
const loss = exampleBatches().find((batch) => batch.kind === "loss")!;
const first = sealBlock({ ...fields, stream: 1, sequence: 1, previousHash: zeros }, loss, sealing, counting(0xc0, 16));
const second = sealBlock(
  { ...fields, stream: 1, sequence: 2, previousHash: first.hash },
  scans,
  sealing,
  counting(0xd0, 16),
);
const announce = sealBlock(
  { ...fields, stream: 0x8001, sequence: 9, previousHash: zeros },
  heartbeat,
  sealing,
  counting(0xe0, 16),
);

const sealedVector = (block: SealedBlock, batch: unknown, randomStart: number): Record<string, unknown> => ({
  random16: hexOf(counting(randomStart, 16)),
  header: toJson(block.header),
  blockKey: hexOf(deriveBlockKey(sealing.root, block.header.salt, block.header).export()),
  batch: toJson(batch),
  block: hexOf(block.bytes),
  blockHash: hexOf(block.hash),
});
write("sealed-blocks", {
  about: "Two chained blocks of the data stream (the second one compressed) and a heartbeat of the announce stream.",
  keys: {
    site: hexOf(station.site),
    generation: 1,
    root: hexOf(sealing.root),
    saltKey: hexOf(deriveSaltKey(sealing.root).export()),
    macKeyOfStream1: hexOf(deriveMacKey(sealing.root, 1).export()),
    signingSeed: hexOf(station.signingSeed),
    publicKey: hexOf(stationPublicKey(station)),
    epochFloor: 29_923_000,
  },
  blocks: [sealedVector(first, loss, 0xc0), sealedVector(second, scans, 0xd0), sealedVector(announce, heartbeat, 0xe0)],
});

const secret = { name: "IT station", boxSecretKey: counting(0x60, 32) };
const enrolment = enrolmentOf(secret);
const draws = [counting(0x80, 32), counting(0x10, 24)]; // ephemeral secret key, nonce
write("pairing", {
  about:
    "The station keys of sealed-blocks.json, paired with an enrolled IT station. Files are given as their parsed JSON.",
  stationKeysFile: JSON.parse(encodeStationKeys(station)),
  boxSecretKey: hexOf(secret.boxSecretKey),
  enrolmentFile: JSON.parse(encodeEnrolment(enrolment)),
  enrolmentFingerprint: enrolmentFingerprint(enrolment.boxKey),
  ephemeralSecretKey: hexOf(draws[0]!),
  boxedPairingFile: JSON.parse(makePairing(station, enrolment, () => draws.shift()!)),
  pairingFile: JSON.parse(encodePairing(pairingOf(station))),
  stationFingerprint: stationFingerprint(station.site, stationPublicKey(station)),
});

const gaps = [
  { stream: 1, journalEpoch: 29_923_100, firstSequence: 1_234_567, lastSequence: 1_234_590 },
  { stream: 1, journalEpoch: 0, firstSequence: 1, lastSequence: 1 },
  { stream: 0x7fff, journalEpoch: 0xffffffff, firstSequence: 1, lastSequence: Number.MAX_SAFE_INTEGER },
];
write("gap-codes", { about: "Gaps and their codes.", gaps: gaps.map((gap) => ({ ...gap, code: encodeGapCode(gap) })) });
