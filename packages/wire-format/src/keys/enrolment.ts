/** The IT station's X25519 key pair: the public half is the enrolment file that is carried to the OT station.
 *  [enrolment] → carried to OT → pairing */
import nacl from "tweetnacl";
import { enrolmentFingerprint } from "./fingerprint.ts";
import { base64Of, KeyFileFields, keyFileText } from "./key-file.ts";

const ENROLMENT_FORMAT = "nonreturn/enrolment/1";
const ENROLMENT_SECRET_FORMAT = "nonreturn/enrolment-secret/1";

/** Public. Whoever holds it can box roots for this IT station, and nothing else. */
export interface Enrolment {
  /** For people; not covered by the fingerprint. */
  readonly name: string;
  readonly boxKey: Uint8Array; // X25519 public key, 32
}

/** Never leaves the IT station. */
export interface EnrolmentSecret {
  readonly name: string;
  readonly boxSecretKey: Uint8Array; // X25519, 32
}

/** @param random  must return fresh cryptographic random bytes */
export function newEnrolmentSecret(random: (bytes: number) => Uint8Array, name: string): EnrolmentSecret {
  return { name, boxSecretKey: new Uint8Array(random(nacl.box.secretKeyLength)) };
}

export function enrolmentOf(secret: EnrolmentSecret): Enrolment {
  return { name: secret.name, boxKey: nacl.box.keyPair.fromSecretKey(secret.boxSecretKey).publicKey };
}

export function encodeEnrolment(enrolment: Enrolment): string {
  return keyFileText(ENROLMENT_FORMAT, {
    name: enrolment.name,
    fingerprint: enrolmentFingerprint(enrolment.boxKey), // for people; readers compute it anew
    boxKey: base64Of(enrolment.boxKey),
  });
}

/** @throws {WireError} KEY_FILE */
export function decodeEnrolment(text: string): Enrolment {
  const fields = KeyFileFields.parse(text, ENROLMENT_FORMAT);
  return { name: fields.text("name"), boxKey: fields.bytes("boxKey", nacl.box.publicKeyLength) };
}

export function encodeEnrolmentSecret(secret: EnrolmentSecret): string {
  return keyFileText(ENROLMENT_SECRET_FORMAT, { name: secret.name, boxSecretKey: base64Of(secret.boxSecretKey) });
}

/** @throws {WireError} KEY_FILE */
export function decodeEnrolmentSecret(text: string): EnrolmentSecret {
  const fields = KeyFileFields.parse(text, ENROLMENT_SECRET_FORMAT);
  return { name: fields.text("name"), boxSecretKey: fields.bytes("boxSecretKey", nacl.box.secretKeyLength) };
}
