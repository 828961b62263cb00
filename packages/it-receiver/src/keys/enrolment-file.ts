/** The IT station's enrolment: a private key that stays, a public file that is carried to the OT station.
 *  `keys new` → [enrolment file] → `keys accept` */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { assertPrivateFile, makeFolder, StationError, writeFileDurably } from "@nonreturn/station/thread";
import {
  decodeEnrolmentSecret,
  type EnrolmentSecret,
  encodeEnrolment,
  encodeEnrolmentSecret,
  enrolmentOf,
  newEnrolmentSecret,
} from "@nonreturn/wire-format";

/** Within the keys folder. Mode 0600. */
const ENROLMENT_SECRET_FILE = "enrolment-secret.json";
/** Within the keys folder, unless written elsewhere. Public. */
export const ENROLMENT_FILE = "enrolment.json";

/**
 * Make the private key and write both files (folder 0700, private file 0600).
 *
 * @throws {StationError} KEYS_EXIST rather than replace a key: pairing files made for it would open no more.
 */
export function createEnrolment(
  folder: string,
  publicFile: string,
  name: string,
  random: (bytes: number) => Uint8Array,
): EnrolmentSecret {
  const path = join(folder, ENROLMENT_SECRET_FILE);
  if (existsSync(path)) {
    throw new StationError({
      code: "KEYS_EXIST",
      what: "this IT station has an enrolment already",
      where: path,
      action:
        "Use it (nonreturn-it keys show). For a new start move the keys folder away first; the station must then be paired again.",
    });
  }
  makeFolder(folder, 0o700);
  const secret = newEnrolmentSecret(random, name);
  writeFileDurably(path, encodeEnrolmentSecret(secret), { mode: 0o600 });
  writeFileDurably(publicFile, encodeEnrolment(enrolmentOf(secret)), { mode: 0o644 });
  return secret;
}

/** @throws {StationError} KEYS_MISSING, KEYS_INVALID, FILE_NOT_PRIVATE. */
export function loadEnrolmentSecret(folder: string): EnrolmentSecret {
  const path = join(folder, ENROLMENT_SECRET_FILE);
  if (!existsSync(path)) {
    throw new StationError({
      code: "KEYS_MISSING",
      what: "this IT station has no enrolment yet",
      where: path,
      action: "Run: nonreturn-it keys new --config FILE",
    });
  }
  assertPrivateFile(path);
  try {
    return decodeEnrolmentSecret(readFileSync(path, "utf8"));
  } catch (cause) {
    throw new StationError(
      {
        code: "KEYS_INVALID",
        what: `the enrolment's private key cannot be read (${cause instanceof Error ? cause.message : String(cause)})`,
        where: path,
        action:
          "Restore the file from its backup, or move the keys folder away, run `nonreturn-it keys new` and pair again.",
      },
      { cause },
    );
  }
}
