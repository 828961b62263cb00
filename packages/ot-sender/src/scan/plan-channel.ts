/** Has the drivers of a channel plan what they will ask their devices: the same for `check`, for the comparison of a reload, and for the scan.
 *  device settings → [plan channel] → build channels, check report, plan reload */
import type { Clock, Log } from "@nonreturn/station";
import type { PollingDriver, ReadPlan, SubscribingDriver, TagAddress } from "../drivers/driver.ts";
import type { ReadDevice, ReadTag, TagIdOf } from "./device-settings.ts";
import { type Pieces, TAGS_PER_PIECE } from "./in-turns.ts";
import type { PolledUnit } from "./polling-channel.ts";

/** In the order of the devices. */
export type PlannedDevice =
  | {
      readonly kind: "polling";
      readonly name: string;
      readonly driver: PollingDriver;
      readonly units: readonly PolledUnit[];
    }
  | {
      readonly kind: "subscribing";
      readonly name: string;
      readonly driver: SubscribingDriver;
      readonly plan: ReadPlan;
      /** Names, and how many tags each has. */
      readonly units: readonly { readonly name: string; readonly tags: number }[];
    };

/**
 * No network.
 *
 * @param devices  all that share the channel, at least one; of their tags the enabled ones are planned.
 * @throws RangeError for a driver that does not keep its contract, or what `plan` throws though it must not.
 *
 * Cost: a driver plans the tags of a unit's scan class (of a device, where it delivers by itself) at a stretch, 3 to 6 µs each.
 */
export function* planChannel(
  devices: readonly ReadDevice[],
  tagIdOf: TagIdOf,
  surroundings: { readonly clock: Clock; readonly log: Log },
): Pieces<PlannedDevice[]> {
  const factory = devices[0]!.driver; // a channel's name begins with the driver's
  const drivers = factory.createChannel(
    devices.map((device) => ({ device: device.name, config: device.driverConfig, timezone: device.timezone })),
    surroundings,
  );
  const planned: PlannedDevice[] = [];
  for (const [index, device] of devices.entries()) {
    const { name } = device;
    const driver = drivers[index];
    if (driver === undefined)
      throw new RangeError(`${factory.name} made ${drivers.length} drivers for ${devices.length} devices`);
    const byUnit = yield* addressesByUnit(device, tagIdOf);
    if (driver.kind === "subscribing") {
      const tags = [...byUnit.values()].flatMap((byPeriod) => [...byPeriod.values()].flat());
      const units = [...byUnit].map(([unit, byPeriod]) => ({
        name: unit,
        tags: [...byPeriod.values()].reduce((sum, { length }) => sum + length, 0),
      }));
      planned.push({ kind: "subscribing", name, driver, plan: driver.plan(tags), units });
      yield tags.length;
      continue;
    }
    const units: PolledUnit[] = [];
    for (const [unit, byPeriod] of byUnit) {
      const groups: PolledUnit["groups"][number][] = [];
      for (const [periodMs, tags] of byPeriod) {
        groups.push({ periodMs, plan: driver.plan(tags) });
        yield tags.length;
      }
      units.push({ name: unit, groups });
    }
    planned.push({ kind: "polling", name, driver, units });
  }
  return planned;
}

function* addressesByUnit(
  device: ReadDevice,
  tagIdOf: TagIdOf,
): Pieces<ReadonlyMap<string, ReadonlyMap<number, readonly TagAddress[]>>> {
  const byUnit = new Map<string, Map<number, TagAddress[]>>();
  let sorted = 0;
  for (const tag of device.tags) {
    if (!tag.enabled) continue;
    const address = addressOf(tag, tagIdOf);
    const unit = device.driver.unitOf(address, device.driverConfig);
    const byPeriod = byUnit.get(unit) ?? new Map<number, TagAddress[]>();
    byUnit.set(unit, byPeriod);
    const tags = byPeriod.get(tag.scanPeriodMs);
    if (tags === undefined) byPeriod.set(tag.scanPeriodMs, [address]);
    else tags.push(address);
    if (++sorted % TAGS_PER_PIECE === 0) yield TAGS_PER_PIECE;
  }
  return byUnit;
}

/** What the driver gets to see of a tag. */
function addressOf(tag: ReadTag, tagIdOf: TagIdOf): TagAddress {
  return {
    tagId: tagIdOf(tag.path),
    path: tag.path,
    address: tag.address,
    dataType: tag.dataType,
    options: tag.driverOptions,
  };
}
