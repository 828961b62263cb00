/** What changes for the scan when the station takes a new configuration over.
 *  reload → [scan change] → start scan */
import type { AlarmedTag } from "../alarm/alarm-settings.ts";
import type { CarriedTag } from "../report/report-by-exception.ts";
import type { CalculatedSettings } from "../tag/calculated-settings.ts";
import type { DeviceSettings, TagIdOf } from "./device-settings.ts";

export interface ScanChange {
  /** Channels that go on as they are, by `channelNameOf`. The others are closed, even if they come again. */
  readonly keptChannels: ReadonlySet<string>;
  /** Whole channels to be opened: all of their devices. */
  readonly devices: readonly DeviceSettings[];
  readonly removedDevices: readonly string[];
  /** Devices that were added, opened anew, or disabled. */
  readonly otherDevices: readonly Pick<DeviceSettings, "name" | "enabled">[];
  /** Every tag that is read or calculated from now on. */
  readonly report: readonly CarriedTag[];
  /** All that are enabled, each after those it depends on. */
  readonly calculated: readonly CalculatedSettings[];
  /** Of every tag that is read or calculated and has alarms. */
  readonly alarmed: readonly (AlarmedTag & { readonly path: string })[];
  /** At least of the tags of `devices` and `calculated`, and of all inputs. */
  readonly tagIdOf: TagIdOf;
}
