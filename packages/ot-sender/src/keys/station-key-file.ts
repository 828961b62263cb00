/** The OT station's private key file: made once, read at every start, never overwritten.
 *  first `keys pair` → [station key file] → seal, announce, datagrams */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { assertPrivateFile, makeFolder, StationError, writeFileDurably } from "@nonreturn/station/thread";
import {
  decodeStationKeys,
  encodeStationKeys,
  newStationKeys,
  type SealingKeys,
  type StationKeys,
  sealingKeysOf,
} from "@nonreturn/wire-format";

/** Within the keys folder. Mode 0600. */
const STATION_KEY_FILE = "station-keys.json";

/**
 * What the journal and the link need to seal, for one start of the station.
 *
 * @throws {StationError} KEYS_MISSING, KEYS_INVALID, FILE_NOT_PRIVATE.
 */
export function loadSealingKeys(folder: string): SealingKeys {
  return sealingKeysOf(loadStationKeys(folder));
}

/** @throws {StationError} as {@link loadSealingKeys} */
export function loadStationKeys(folder: string): StationKeys {
  const path = join(folder, STATION_KEY_FILE);
  if (!existsSync(path)) {
    throw new StationError({
      code: "KEYS_MISSING",
      what: "this OT station has no keys yet",
      where: path,
      action:
        "On the IT station run: nonreturn-it keys new --config FILE. Carry its enrolment file here and run: nonreturn-ot keys pair ENROLMENT_FILE --config FILE --out PAIRING_FILE.",
    });
  }
  assertPrivateFile(path);
  try {
    return decodeStationKeys(readFileSync(path, "utf8"));
  } catch (cause) {
    throw new StationError(
      {
        code: "KEYS_INVALID",
        what: `the station's keys cannot be read (${cause instanceof Error ? cause.message : String(cause)})`,
        where: path,
        action: "Restore the file from its backup. New keys would need a new pairing of every IT station.",
      },
      { cause },
    );
  }
}

/**
 * The station's keys, made and written (folder 0700, file 0600) if there are none yet.
 *
 * @param epochFloor  unix minutes now: no block of the new keys will be sealed in an earlier epoch
 */
export function loadOrCreateStationKeys(
  folder: string,
  random: (bytes: number) => Uint8Array,
  epochFloor: number,
): { keys: StationKeys; origin: "created" | "loaded" } {
  const path = join(folder, STATION_KEY_FILE);
  if (existsSync(path)) return { keys: loadStationKeys(folder), origin: "loaded" };
  makeFolder(folder, 0o700);
  const keys = newStationKeys(random, epochFloor);
  writeFileDurably(path, encodeStationKeys(keys), { mode: 0o600 });
  return { keys, origin: "created" };
}
