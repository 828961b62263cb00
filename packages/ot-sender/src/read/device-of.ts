/** Finds the device that a person named on the command line.
 *  OT station config → [device of] → read command, browse command */
import { StationError } from "@nonreturn/station";
import type { OtStationConfig } from "../config/ot-station-config.ts";
import type { DeviceSettings } from "../scan/device-settings.ts";

/** @throws {StationError} USAGE */
export function deviceOf({ devices }: OtStationConfig, name: string): DeviceSettings {
  const device = devices.find((each) => each.name === name);
  if (device !== undefined) return device;
  throw new StationError({
    code: "USAGE",
    what: `there is no device ${JSON.stringify(name)} in the configuration`,
    action: `Name one of: ${devices.map((each) => each.name).join(", ")}.`,
  });
}
