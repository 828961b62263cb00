/** One device as the station scans it.
 *  config → [device settings] → build channels */
import type { DriverFactory } from "../drivers/driver.ts";
import type { TagSettings } from "../tag/tag-settings.ts";

export interface DeviceSettings {
  readonly name: string;
  readonly driver: DriverFactory;
  /** Validated by the driver's own shape. */
  readonly driverConfig: unknown;
  readonly enabled: boolean;
  /** IANA name; of the device's own clock, where its timestamps name no zone. */
  readonly timezone: string;
  readonly tags: readonly TagSettings[];
}

/** All that reading a tag is made of. */
export type ReadTag = Pick<
  TagSettings,
  "path" | "enabled" | "address" | "dataType" | "driverOptions" | "scanPeriodMs" | "scaling" | "outsideRange" | "range"
>;

export interface ReadDevice extends Omit<DeviceSettings, "tags"> {
  readonly tags: readonly ReadTag[];
}

/** Tag ids by path: assigned once per journal, never reused. */
export type TagIdOf = (path: string) => number;
