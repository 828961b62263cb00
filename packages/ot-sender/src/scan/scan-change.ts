/** What changes for the scan when the station takes a new configuration over. Sequences are walked piece by piece: nothing of them is in memory at once.
 *  reload → [scan change] → start scan */
import type { AlarmedTag } from "../alarm/alarm-settings.ts";
import type { CarriedTag } from "../report/report-by-exception.ts";
import type { CalculatedTag } from "../tag/calculations.ts";
import type { DeviceSettings, ReadDevice, TagIdOf } from "./device-settings.ts";
import type { Pieces } from "./in-turns.ts";

export interface ScanChange {
  /** Channels that go on as they are, by `channelNameOf`. The others are closed, even if they come again. */
  readonly keptChannels: ReadonlySet<string>;
  /** To be opened, one after the other. */
  readonly channels: readonly OpenedChannel[];
  readonly removedDevices: readonly string[];
  /** Devices that were added, opened anew, or disabled. */
  readonly otherDevices: readonly Pick<DeviceSettings, "name" | "enabled">[];
  /** Every tag that is read or calculated from now on. Walked twice. */
  readonly report: Iterable<CarriedTag>;
  readonly tagCount: number; // of `report`
  /** All that are enabled, each after those it depends on. */
  readonly calculated: Iterable<CalculatedTag>;
  /** Of tags that are read or calculated: whose alarms are others, or whose channel is opened. Without any, too. */
  readonly alarmed: Iterable<NamedAlarms>;
}

export interface NamedAlarms extends AlarmedTag {
  readonly path: string;
}

export interface OpenedChannel {
  readonly name: string;
  readonly driver: DeviceSettings["driver"];
  readonly devices: readonly string[];
  /** Called when its turn has come. */
  load(): Pieces<LoadedChannel>;
}

export interface LoadedChannel {
  readonly devices: readonly ReadDevice[];
  /** Of the tags of these devices. */
  readonly tagIdOf: TagIdOf;
}
