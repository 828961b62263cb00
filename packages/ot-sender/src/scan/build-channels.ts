/** Sorts devices into channels, and the tags of each into units and scan classes.
 *  device settings → [build channels] → polling channels, subscriptions */
import type { Clock, Log } from "@nonreturn/station";
import type { Alarms } from "../alarm/alarms.ts";
import type { ReportByException } from "../report/report-by-exception.ts";
import type { ReportSink } from "../report/report-sink.ts";
import { type ApplyTag, applyTagOf } from "../tag/apply-tag.ts";
import type { Calculations } from "../tag/calculations.ts";
import { BackOff, type BackOffSettings } from "./back-off.ts";
import type { DeviceSettings, ReadDevice, TagIdOf } from "./device-settings.ts";
import type { DeviceStates } from "./device-states.ts";
import type { Pieces } from "./in-turns.ts";
import { planChannel } from "./plan-channel.ts";
import { type ChannelSurroundings, PollingChannel } from "./polling-channel.ts";
import { ReportScan } from "./report-scan.ts";
import { Subscription } from "./subscription.ts";

export interface BuildSurroundings {
  readonly clock: Clock;
  readonly log: Log;
  readonly random: (bytes: number) => Uint8Array;
  readonly reconnect: BackOffSettings;
  readonly states: DeviceStates;
  readonly report: ReportByException;
  readonly calculations: Calculations;
  readonly alarms: Alarms;
  /** Called after every scan. */
  readonly handOnAlarms: () => void;
  readonly sink: ReportSink;
}

/** What runs on one channel: its polled devices together, each subscription by itself. */
export type BuiltChannel = readonly (PollingChannel | Subscription)[];

/** Enabled devices by the channel they share. */
export function channelsOf<Device extends DeviceSettings | ReadDevice>(
  devices: readonly Device[],
): ReadonlyMap<string, readonly Device[]> {
  const enabled = devices.filter((device) => device.enabled);
  return Map.groupBy(enabled, channelNameOf);
}

/** Devices of one name share a connection. */
export function channelNameOf({ driver, driverConfig }: Pick<DeviceSettings, "driver" | "driverConfig">): string {
  return `${driver.name} ${driver.channelOf(driverConfig)}`;
}

/** One channel with all of its devices; of these the enabled tags. No network. @throws RangeError for a driver that does not keep its contract. */
export function* buildChannel(
  name: string,
  devices: readonly ReadDevice[],
  build: BuildSurroundings,
  tagIdOf: TagIdOf,
): Pieces<BuiltChannel> {
  const { clock } = build;
  const log = build.log.child({ channel: name });
  const planned = yield* planChannel(devices, tagIdOf, { clock, log });
  const applyTag = new Map<number, ApplyTag>();
  for (const { tags } of devices)
    for (const tag of tags) {
      const apply = tag.enabled ? applyTagOf(tag) : undefined;
      if (apply !== undefined) applyTag.set(tagIdOf(tag.path), apply);
      yield 1;
    }
  const surroundingsOf = (channel: string): ChannelSurroundings => ({
    clock,
    log,
    backOff: new BackOff(build.reconnect, build.random),
    states: build.states,
    reportScan: new ReportScan(channel, build, clock, applyTag),
  });
  const polled = planned.filter((each) => each.kind === "polling");
  const subscribed = planned.filter((each) => each.kind === "subscribing");
  return [
    ...subscribed.map(
      ({ name: device, driver, plan }) => new Subscription(device, driver, plan, surroundingsOf(`${name} ${device}`)),
    ),
    ...(polled.length === 0 ? [] : [new PollingChannel(name, polled, surroundingsOf(name))]),
  ];
}
