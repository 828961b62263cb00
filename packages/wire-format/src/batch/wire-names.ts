/** String unions of the batch model against the enum numbers of batch.proto: number = place in the list + 1; 0 is never valid.
 *  encode-batch → [wire names] → decode-batch */
import type { AlarmEvent, DataType, DeviceStatus, LossReason, StatusBatch } from "./batch.ts";
import { DATA_TYPES, LOSS_REASONS } from "./batch.ts";
import { malformed } from "./byte-reader.ts";

export const DATA_TYPE_NAMES: readonly DataType[] = DATA_TYPES;
export const LOSS_REASON_NAMES: readonly LossReason[] = LOSS_REASONS;
export const ALARM_STATE_NAMES: readonly AlarmEvent["state"][] = ["active", "inactive"];
export const STATION_MODE_NAMES: readonly StatusBatch["mode"][] = ["production", "lab"];
export const DEVICE_STATE_NAMES: readonly DeviceStatus["state"][] = ["connecting", "connected", "failed", "disabled"];

export function numberOf<Name extends string>(names: readonly Name[], name: Name): number {
  return names.indexOf(name) + 1;
}

/** @throws {WireError} BATCH_MALFORMED for a number without a name. */
export function nameOf<Name extends string>(names: readonly Name[], number: number, field: string): Name {
  const name = names[number - 1];
  if (name === undefined) throw malformed(`${field} ${number}`);
  return name;
}
