/** The accepted pairing: which OT station this IT station listens to, and the roots that open its blocks.
 *  `keys accept` → [pairing file] → admit, open, publishers */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { assertPrivateFile, StationError, writeFileDurably } from "@nonreturn/station/thread";
import {
  decodePairing,
  encodePairing,
  mergePairings,
  type OpeningKeys,
  openingKeysOf,
  openPairing,
  type Pairing,
} from "@nonreturn/wire-format";
import { loadEnrolmentSecret } from "./enrolment-file.ts";

/** Within the keys folder. Mode 0600. */
export const PAIRING_FILE = "pairing.json";

/**
 * What intake, record and publishers need to verify and open.
 *
 * @throws {StationError} KEYS_MISSING, KEYS_INVALID, FILE_NOT_PRIVATE.
 */
export function loadOpeningKeys(folder: string): OpeningKeys {
  return openingKeysOf(loadPairing(folder));
}

/** @throws {StationError} as {@link loadOpeningKeys} */
export function loadPairing(folder: string): Pairing {
  const path = join(folder, PAIRING_FILE);
  if (!existsSync(path)) {
    throw new StationError({
      code: "KEYS_MISSING",
      what: "this IT station is not paired with an OT station yet",
      where: path,
      action:
        "Run: nonreturn-it keys new --config FILE. Carry the enrolment file to the OT station, run there: nonreturn-ot keys pair ENROLMENT_FILE --config FILE --out PAIRING_FILE, carry that back and run: nonreturn-it keys accept PAIRING_FILE --config FILE.",
    });
  }
  assertPrivateFile(path);
  try {
    return decodePairing(readFileSync(path, "utf8"));
  } catch (cause) {
    throw new StationError(
      {
        code: "KEYS_INVALID",
        what: `the pairing cannot be read (${cause instanceof Error ? cause.message : String(cause)})`,
        where: path,
        action:
          "Remove the file and accept the pairing file again: nonreturn-it keys accept PAIRING_FILE --config FILE",
      },
      { cause },
    );
  }
}

/** Open a carried pairing file with this station's enrolment. @throws {StationError} PAIRING_REFUSED, or as loadEnrolmentSecret. */
export function readPairingFile(folder: string, pairingFile: string): Pairing {
  const secret = loadEnrolmentSecret(folder);
  try {
    return openPairing(readFileSync(pairingFile, "utf8"), secret);
  } catch (cause) {
    throw refused(
      pairingFile,
      cause,
      "Name the file that `nonreturn-ot keys pair` made from this station's enrolment file. If it did, make and carry it again.",
    );
  }
}

/**
 * Keep a pairing. A further one of the same OT station adds its key generations; retired ones stay, since old blocks name them.
 *
 * @throws {StationError} PAIRING_REFUSED for another OT station, or another root for a known generation. Nothing is changed then.
 */
export function keepPairing(folder: string, pairing: Pairing, pairingFile: string): void {
  const path = join(folder, PAIRING_FILE);
  let merged = pairing;
  if (existsSync(path)) {
    try {
      merged = mergePairings(loadPairing(folder), pairing);
    } catch (cause) {
      if (cause instanceof StationError) throw cause;
      throw refused(
        pairingFile,
        cause,
        "One link has one OT station: use another keys folder (--keys) for another link, or move this one away.",
      );
    }
  }
  writeFileDurably(path, encodePairing(merged), { mode: 0o600 });
}

function refused(where: string, cause: unknown, action: string): StationError {
  const what = `the pairing file is refused (${cause instanceof Error ? cause.message : String(cause)})`;
  return new StationError({ code: "PAIRING_REFUSED", what, where, action }, { cause });
}
