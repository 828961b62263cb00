/** Sorts devices into channels, and the tags of each into units and scan classes.
 *  device settings → [build channels] → polling channels, subscriptions */
import type { Clock, Log } from "@nonreturn/station";
import type { Alarms } from "../alarm/alarms.ts";
import type { TagAddress } from "../drivers/driver.ts";
import type { ReportByException } from "../report/report-by-exception.ts";
import type { ReportSink } from "../report/report-sink.ts";
import { type ApplyTag, applyTagOf } from "../tag/apply-tag.ts";
import type { Calculations } from "../tag/calculations.ts";
import type { TagSettings } from "../tag/tag-settings.ts";
import { BackOff, type BackOffSettings } from "./back-off.ts";
import type { DeviceSettings, TagIdOf } from "./device-settings.ts";
import type { DeviceStates } from "./device-states.ts";
import type { Phases } from "./phases.ts";
import { type ChannelSurroundings, type PolledDevice, type PolledUnit, PollingChannel } from "./polling-channel.ts";
import { ReportScan } from "./report-scan.ts";
import { Subscription } from "./subscription.ts";

export interface BuildSurroundings {
  readonly clock: Clock;
  readonly log: Log;
  readonly random: (bytes: number) => Uint8Array;
  readonly reconnect: BackOffSettings;
  readonly tagIdOf: TagIdOf;
  readonly states: DeviceStates;
  /** Of the channels of the whole station. */
  readonly phases: Phases;
  readonly report: ReportByException;
  readonly calculations: Calculations;
  readonly alarms: Alarms;
  /** Called after every scan. */
  readonly handOnAlarms: () => void;
  readonly sink: ReportSink;
}

/** What runs on one channel: its polled devices together, each subscription by itself. */
export type BuiltChannel = readonly (PollingChannel | Subscription)[];

/** By name. Enabled devices only, and of these the enabled tags. No network. */
export function buildChannels(
  devices: readonly DeviceSettings[],
  surroundings: BuildSurroundings,
): ReadonlyMap<string, BuiltChannel> {
  const enabled = devices.filter((device) => device.enabled);
  const byChannel = Map.groupBy(enabled, channelNameOf);
  return new Map([...byChannel].map(([name, sharing]) => [name, buildChannel(name, sharing, surroundings)]));
}

/** Devices of one name share a connection. */
export function channelNameOf({ driver, driverConfig }: DeviceSettings): string {
  return `${driver.name} ${driver.channelOf(driverConfig)}`;
}

/** One scan class of one unit as it would be read, or a device that delivers by itself. */
export interface PlannedScan {
  readonly device: string;
  readonly unit: string;
  readonly tags: number;
  readonly reading: { readonly periodMs: number; readonly requests: number } | "as it comes";
}

/** What each device would be asked, for `check`. No network. */
export function planDevices(
  devices: readonly DeviceSettings[],
  surroundings: { readonly clock: Clock; readonly log: Log },
): PlannedScan[] {
  return devices.flatMap((device): PlannedScan[] => {
    const { name, driver, driverConfig: config, timezone } = device;
    const [made] = driver.createChannel([{ device: name, config, timezone }], surroundings);
    const units = unitsOf(device, () => 0);
    if (made?.kind === "subscribing")
      return units.map((unit) => {
        const tags = unit.groups.flatMap((group) => group.tags);
        made.plan(tags);
        return { device: name, unit: unit.name, tags: tags.length, reading: "as it comes" };
      });
    return units.flatMap((unit) =>
      unit.groups.map(({ periodMs, tags }) => {
        const requests = made?.plan(tags).requests.length ?? 0;
        return { device: name, unit: unit.name, tags: tags.length, reading: { periodMs, requests } };
      }),
    );
  });
}

function buildChannel(name: string, devices: readonly DeviceSettings[], build: BuildSurroundings): BuiltChannel {
  const { clock, tagIdOf } = build;
  const log = build.log.child({ channel: name });
  const applyTag = new Map<number, ApplyTag>();
  for (const tag of devices.flatMap(({ tags }) => tags.filter((each) => each.enabled))) {
    const apply = applyTagOf(tag);
    if (apply !== undefined) applyTag.set(tagIdOf(tag.path), apply);
  }
  const surroundingsOf = (channel: string): ChannelSurroundings => ({
    clock,
    log,
    backOff: new BackOff(build.reconnect, build.random),
    states: build.states,
    reportScan: new ReportScan(channel, build, clock, applyTag),
  });
  const factory = devices[0]!.driver; // the channel's name begins with the driver's
  const drivers = factory.createChannel(
    devices.map((device) => ({ device: device.name, config: device.driverConfig, timezone: device.timezone })),
    { clock, log },
  );
  const polled: PolledDevice[] = [];
  const built: (PollingChannel | Subscription)[] = [];
  for (const [index, device] of devices.entries()) {
    const driver = drivers[index];
    if (driver === undefined)
      throw new RangeError(`${factory.name} made ${drivers.length} drivers for ${devices.length} devices`);
    if (driver.kind === "polling") polled.push({ name: device.name, driver, units: unitsOf(device, tagIdOf) });
    else {
      const tags = device.tags.filter((tag) => tag.enabled).map((tag) => addressOf(tag, tagIdOf));
      built.push(new Subscription(device.name, driver, tags, surroundingsOf(`${name} ${device.name}`)));
    }
  }
  if (polled.length > 0) built.push(new PollingChannel(name, polled, build.phases.next(), surroundingsOf(name)));
  return built;
}

function unitsOf(device: DeviceSettings, tagIdOf: TagIdOf): PolledUnit[] {
  const tags = device.tags
    .filter((tag) => tag.enabled)
    .map((tag) => ({ periodMs: tag.scanPeriodMs, address: addressOf(tag, tagIdOf) }));
  const byUnit = Map.groupBy(tags, ({ address }) => device.driver.unitOf(address, device.driverConfig));
  return [...byUnit].map(([name, ofUnit]) => ({
    name,
    groups: [...Map.groupBy(ofUnit, ({ periodMs }) => periodMs)].map(([periodMs, ofClass]) => ({
      periodMs,
      tags: ofClass.map(({ address }) => address),
    })),
  }));
}

/** What the driver gets to see of a tag. */
export function addressOf(tag: TagSettings, tagIdOf: TagIdOf): TagAddress {
  return {
    tagId: tagIdOf(tag.path),
    path: tag.path,
    address: tag.address,
    dataType: tag.dataType,
    options: tag.driverOptions,
  };
}
