/** Short readable names of public keys, for two people to compare over the telephone.
 *  enrolment, pairing → [fingerprint] → people */
import { createHash } from "node:crypto";
import { fivesOfBytes, fivesOfText, groupedText } from "../gap/crockford.ts";

/** 6 groups of 4 symbols of 5 bits = 120 bits: finding another key with the same fingerprint takes 2^120 tries. */
const SYMBOLS = 24;

function fingerprint(context: string, ...parts: readonly Uint8Array[]): string {
  const hash = createHash("sha256").update(context, "latin1");
  for (const part of parts) hash.update(part);
  return groupedText(fivesOfBytes(hash.digest(), SYMBOLS));
}

/** Of the IT station's enrolment: SHA-256("nonreturn/enrolment/1\0" ‖ X25519 public key). */
export function enrolmentFingerprint(boxKey: Uint8Array): string {
  return fingerprint("nonreturn/enrolment/1\0", boxKey);
}

/** Of the OT station: SHA-256("nonreturn/station/1\0" ‖ site ‖ Ed25519 public key). */
export function stationFingerprint(site: Uint8Array, publicKey: Uint8Array): string {
  return fingerprint("nonreturn/station/1\0", site, publicKey);
}

/** Compare a fingerprint with one as a person typed it: any case, spaces, O for 0, I and L for 1. */
export function sameFingerprint(fingerprint: string, typed: string): boolean {
  const fives = fivesOfText(typed);
  return fives !== undefined && groupedText(fives) === fingerprint;
}
