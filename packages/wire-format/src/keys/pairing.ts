/** The pairing file: roots and the verification key, signed by the OT station and boxed to one enrolled IT station.
 *  enrolment + station keys → [pairing] → carried to IT → opening keys */
import { sign, verify } from "node:crypto";
import nacl from "tweetnacl";
import { WireError } from "../wire-error.ts";
import { SITE_BYTES } from "./derive.ts";
import { PUBLIC_KEY_BYTES, signingKeyOf, verifyKeyOf } from "./ed25519.ts";
import { type Enrolment, type EnrolmentSecret, enrolmentOf } from "./enrolment.ts";
import { enrolmentFingerprint } from "./fingerprint.ts";
import { base64Of, KeyFileFields, keyFileText } from "./key-file.ts";
import type { OpeningKeys } from "./key-sets.ts";
import {
  decodeGenerations,
  encodeGeneration,
  type RootGeneration,
  type StationKeys,
  stationPublicKey,
} from "./station-keys.ts";

/** The carried file; its box holds a signature (64 bytes) and a text of {@link PAIRING_FORMAT}. */
const BOXED_PAIRING_FORMAT = "nonreturn/boxed-pairing/1";
/** What an IT station keeps, in clear, once it has accepted it. */
const PAIRING_FORMAT = "nonreturn/pairing/1";

const SIGNATURE_CONTEXT = Buffer.from("nonreturn/pairing/1\0", "latin1");
const SIGNATURE_BYTES = 64;

/** What an IT station knows of its OT station. Secret: it holds the roots. */
export interface Pairing {
  readonly site: Uint8Array; // 8
  readonly publicKey: Uint8Array; // Ed25519, 32
  readonly generations: readonly RootGeneration[];
}

export function pairingOf(keys: StationKeys): Pairing {
  return { site: keys.site, publicKey: stationPublicKey(keys), generations: keys.generations };
}

/**
 * The text of a pairing file for one enrolled IT station. Several stations may be enrolled with the same roots: one file each.
 *
 * @param random  fresh cryptographic random bytes, for an ephemeral X25519 key and a nonce
 */
export function makePairing(keys: StationKeys, enrolment: Enrolment, random: (bytes: number) => Uint8Array): string {
  const content = Buffer.from(encodePairing(pairingOf(keys)));
  const signature = sign(null, signedBytes(enrolment.boxKey, content), signingKeyOf(keys.signingSeed));
  const sender = nacl.box.keyPair.fromSecretKey(random(nacl.box.secretKeyLength));
  const nonce = random(nacl.box.nonceLength);
  const box = nacl.box(Buffer.concat([signature, content]), nonce, enrolment.boxKey, sender.secretKey);
  return keyFileText(BOXED_PAIRING_FORMAT, {
    recipient: enrolmentFingerprint(enrolment.boxKey), // for people; the box opens for no other
    senderBoxKey: base64Of(sender.publicKey),
    nonce: base64Of(nonce),
    box: base64Of(box),
  });
}

/**
 * Open a pairing file that was made for this enrolment.
 *
 * The signature proves that verification key and roots belong together and were meant for this recipient. It does not prove who made the
 * file, since the key comes with it: that is what comparing `stationFingerprint` with the OT station's operator is for.
 *
 * @throws {WireError} KEY_FILE for a damaged file; KEY_PAIRING if it was boxed for another enrolment, altered, or badly signed.
 */
export function openPairing(text: string, secret: EnrolmentSecret): Pairing {
  const fields = KeyFileFields.parse(text, BOXED_PAIRING_FORMAT);
  const senderBoxKey = fields.bytes("senderBoxKey", nacl.box.publicKeyLength);
  const opened = nacl.box.open(
    fields.bytes("box"),
    fields.bytes("nonce", nacl.box.nonceLength),
    senderBoxKey,
    secret.boxSecretKey,
  );
  if (opened === null || opened.length < SIGNATURE_BYTES)
    throw new WireError("KEY_PAIRING", "made for another enrolment, or altered");
  const content = opened.subarray(SIGNATURE_BYTES);
  const pairing = decodePairing(Buffer.from(content).toString("utf8"));
  const signed = signedBytes(enrolmentOf(secret).boxKey, content);
  if (!verify(null, signed, verifyKeyOf(pairing.publicKey), opened.subarray(0, SIGNATURE_BYTES))) {
    throw new WireError(
      "KEY_PAIRING",
      "not signed by the station whose key it carries, or signed for another enrolment",
    );
  }
  return pairing;
}

export function encodePairing(pairing: Pairing): string {
  return keyFileText(PAIRING_FORMAT, {
    site: base64Of(pairing.site),
    publicKey: base64Of(pairing.publicKey),
    generations: pairing.generations.map(encodeGeneration),
  });
}

/** @throws {WireError} KEY_FILE */
export function decodePairing(text: string): Pairing {
  const fields = KeyFileFields.parse(text, PAIRING_FORMAT);
  return {
    site: fields.bytes("site", SITE_BYTES),
    publicKey: fields.bytes("publicKey", PUBLIC_KEY_BYTES),
    generations: decodeGenerations(fields),
  };
}

/**
 * What is known after a further pairing file of the same OT station: the generations of both, old ones kept for old blocks.
 *
 * @throws {WireError} KEY_PAIRING for another site or signing key, or another root for a known generation.
 */
export function mergePairings(known: Pairing, added: Pairing): Pairing {
  if (Buffer.compare(known.site, added.site) !== 0 || Buffer.compare(known.publicKey, added.publicKey) !== 0) {
    throw new WireError("KEY_PAIRING", "from another OT station than the one already paired");
  }
  const byNumber = new Map(known.generations.map((generation) => [generation.generation, generation]));
  for (const generation of added.generations) {
    const same = byNumber.get(generation.generation);
    if (same !== undefined && Buffer.compare(same.root, generation.root) !== 0) {
      throw new WireError("KEY_PAIRING", `another root for generation ${generation.generation}`);
    }
    byNumber.set(generation.generation, same ?? generation);
  }
  return { ...known, generations: [...byNumber.values()].sort((one, other) => one.generation - other.generation) };
}

export function openingKeysOf(pairing: Pairing): OpeningKeys {
  const verifyKey = verifyKeyOf(pairing.publicKey);
  const generations = pairing.generations.map(
    (generation) => [generation.generation, { ...generation, verifyKey }] as const,
  );
  return { site: pairing.site, generations: new Map(generations) };
}

function signedBytes(recipientBoxKey: Uint8Array, content: Uint8Array): Uint8Array {
  return Buffer.concat([SIGNATURE_CONTEXT, recipientBoxKey, content]);
}
