/** Finds which devices a new configuration adds, removes, changes, and which connections may go on untouched.
 *  OT station config before and after → [compare devices] → compare configs */
import { isDeepStrictEqual } from "node:util";
import { channelNameOf } from "../scan/build-channels.ts";
import type { DeviceSettings } from "../scan/device-settings.ts";
import type { TagSettings } from "../tag/tag-settings.ts";
import { type ChangedKey, changedKeys } from "./changed-keys.ts";

export interface ChangedDevice {
  readonly name: string;
  /** Of the device itself, not of its tags. */
  readonly keys: readonly ChangedKey[];
  /** opened: its channel is closed and opened anew, for its own sake or for that of a device it shares the channel with. */
  readonly connection: "kept" | "opened" | "closed";
}

export interface DeviceComparison {
  readonly added: readonly DeviceSettings[];
  readonly removed: readonly DeviceSettings[];
  /** Devices with other keys, and those whose connection does not go on. */
  readonly changed: readonly ChangedDevice[];
  readonly keptChannels: ReadonlySet<string>;
  /** Devices of all channels that are not kept. */
  readonly opened: readonly DeviceSettings[];
}

export function compareDevices(before: readonly DeviceSettings[], after: readonly DeviceSettings[]): DeviceComparison {
  const known = new Map(before.map((device) => [device.name, device]));
  const names = new Set(after.map(({ name }) => name));
  const channelsBefore = channelsOf(before);
  const channels = channelsOf(after);
  const keptChannels = new Set(
    [...channels].flatMap(([name, sharing]) => (isSameChannel(channelsBefore.get(name), sharing) ? [name] : [])),
  );
  const opened = [...channels].flatMap(([name, sharing]) => (keptChannels.has(name) ? [] : sharing));
  const isOpened = new Set(opened.map(({ name }) => name));
  return {
    added: after.filter(({ name }) => !known.has(name)),
    removed: before.filter(({ name }) => !names.has(name)),
    changed: after.flatMap((device): ChangedDevice[] => {
      const old = known.get(device.name);
      if (old === undefined) return [];
      const keys = changedKeys(keysOf(old), keysOf(device));
      const connection = isOpened.has(device.name) ? "opened" : device.enabled || !old.enabled ? "kept" : "closed";
      return keys.length === 0 && connection === "kept" ? [] : [{ name: device.name, keys, connection }];
    }),
    keptChannels,
    opened,
  };
}

function keysOf({ driver, driverConfig, enabled, timezone }: DeviceSettings): Record<string, unknown> {
  return { driver: driver.name, enabled, timezone, ...(driverConfig as Record<string, unknown>) };
}

function channelsOf(devices: readonly DeviceSettings[]): ReadonlyMap<string, readonly DeviceSettings[]> {
  return Map.groupBy(
    devices.filter(({ enabled }) => enabled),
    channelNameOf,
  );
}

/** The order of devices and tags in the file does not matter. */
function isSameChannel(before: readonly DeviceSettings[] | undefined, after: readonly DeviceSettings[]): boolean {
  return before !== undefined && isDeepStrictEqual(readingOf(before), readingOf(after));
}

/** All that connection, plans and scaling are made of. */
function readingOf(devices: readonly DeviceSettings[]): ReadonlyMap<string, unknown> {
  return new Map(
    devices.map((device) => [
      device.name,
      {
        ...keysOf(device),
        tags: new Map(device.tags.filter(({ enabled }) => enabled).map((tag) => [tag.path, readTag(tag)])),
      },
    ]),
  );
}

function readTag({ address, dataType, driverOptions, scanPeriodMs, scaling, outsideRange, range }: TagSettings) {
  const clampedTo = outsideRange === "clamp" ? range : undefined;
  return { address, dataType, driverOptions, scanPeriodMs, scaling, clampedTo };
}
