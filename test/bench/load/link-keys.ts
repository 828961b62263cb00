/** Keys of both stations in one folder, as their threads load them.
 *  seed → [link keys] → block file, sender and receiver processes */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import {
  encodePairing,
  encodeStationKeys,
  newStationKeys,
  pairingOf,
  type SealingKeys,
  sealingKeysOf,
} from "@nonreturn/wire-format";
import { seededBytes } from "../../support/station-keys.ts";

export const STATION_KEYS_FILE = "station-keys.json";

export function writeLinkKeys(folder: string): SealingKeys {
  const keys = newStationKeys(seededBytes(1), 1);
  writeFileSync(join(folder, STATION_KEYS_FILE), encodeStationKeys(keys), { mode: 0o600 });
  writeFileSync(join(folder, "pairing.json"), encodePairing(pairingOf(keys)), { mode: 0o600 });
  return sealingKeysOf(keys);
}
