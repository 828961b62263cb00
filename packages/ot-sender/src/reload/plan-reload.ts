/** Reads the new configuration as a start would, and works out what the running station has to change for it.
 *  running text, configuration file → [plan reload] → reload plan */
import { deflateSync, inflateSync } from "node:zlib";
import type { Clock, Log } from "@nonreturn/station";
import { readOtConfig } from "../config/ot-station-config.ts";
import { toSettings } from "../config/station-settings.ts";
import { encodeTags } from "../journal/configured-tags.ts";
import { channelsOf } from "../scan/build-channels.ts";
import type { DeviceSettings, ReadTag } from "../scan/device-settings.ts";
import { atOnce } from "../scan/in-turns.ts";
import { planChannel } from "../scan/plan-channel.ts";
import { restartKeys } from "./changed-keys.ts";
import { compareDevices } from "./compare-devices.ts";
import { carriedOf, compareTags, type TagDifference, tagsOf } from "./compare-tags.ts";
import { type DifferenceCounts, differenceLines } from "./difference-lines.ts";
import { packRows } from "./packed-rows.ts";
import {
  CARRIED,
  type PostedAlarms,
  type PostedCalculation,
  type PostedChannel,
  type PostedTag,
  type ReloadPlan,
} from "./reload-plan.ts";

/** A configuration as it is kept while it runs. */
export function keepText(text: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(deflateSync(text, { level: 1 }));
}

export interface PlanSurroundings {
  readonly clock: Clock;
  readonly log: Log;
  /** Called after each reading: without it the thread grows by what both have left behind. */
  readonly collectGarbage: () => void;
}

/**
 * @param running  of `keepText`: what runs now.
 * @param text  of the file as it is now.
 * @throws {StationError} CONFIG_INVALID: every mistake with file and line, as at a start.
 */
export function planReload(
  running: Uint8Array,
  text: string,
  path: string,
  { collectGarbage, ...surroundings }: PlanSurroundings,
): ReloadPlan {
  const before = readOtConfig(inflateSync(running).toString("utf8"), path);
  collectGarbage();
  const after = readOtConfig(text, path);
  collectGarbage();
  const { devices: configured, calculated } = after.config;
  const devices = compareDevices(before.config.devices, configured);
  const [tagsBefore, tagsAfter] = [tagsOf(before.config), tagsOf(after.config)];
  const tags = compareTags(tagsBefore, tagsAfter);
  const channels = channelsOf(devices.opened);
  // A driver that cannot plan says so here, and not to the running station.
  for (const sharing of channels.values()) atOnce(planChannel(sharing, () => 0, surroundings));
  const counts: DifferenceCounts = {
    devicesAdded: devices.added.length,
    devicesRemoved: devices.removed.length,
    devicesChanged: devices.changed.length,
    devicesUnchanged: configured.length - devices.added.length - devices.changed.length,
    tagsAdded: countOf(tags, "added"),
    tagsRemoved: countOf(tags, "removed"),
    tagsChanged: countOf(tags, "changed"),
    tagsUnchanged: tagsAfter.size - countOf(tags, "added") - countOf(tags, "changed"),
    connectionsOpened: channels.size,
    connectionsKept: devices.keptChannels.size,
  };
  const { journal, tagPaths } = toSettings(after.config);
  const places = new Map(tagPaths.map((tag, place) => [tag, place]));
  const placeOf = (tag: string): number => places.get(tag)!;
  const enabled = calculated.filter((tag) => tag.enabled);
  const read = configured.filter((device) => device.enabled).flatMap((device) => device.tags);
  const reported = [...read.filter((tag) => tag.enabled), ...enabled];
  const differences = new Map(tags.map((difference) => [difference.tag.path, difference]));
  const carried = ({ path: tag }: { readonly path: string }): number => {
    const difference = differences.get(tag);
    return CARRIED.indexOf(difference === undefined ? "all" : carriedOf(difference));
  };
  const openedTags = new Set(devices.opened.flatMap((device) => device.tags.map((tag) => tag.path)));
  const isOther = ({ path: tag }: { readonly path: string }): boolean => differences.has(tag) || openedTags.has(tag);
  return {
    lines: differenceLines(devices, tags, counts),
    counts,
    restartKeys: restartKeys(before.sections, after.sections),
    text: keepText(text),
    tags: encodeTags(journal.tags),
    tagCount: journal.tags.length,
    keptChannels: devices.keptChannels,
    channels: [...channels].map(([name, sharing]) => postedChannel(name, sharing, placeOf)),
    removedDevices: devices.removed.map(({ name }) => name),
    otherDevices: changedStates([...devices.added, ...devices.changed], configured, devices.opened),
    report: {
      at: Uint32Array.from(reported, (tag) => placeOf(tag.path)),
      deadbands: Float64Array.from(reported, ({ deadband }) => deadband),
      maximumSilenceMs: Float64Array.from(reported, ({ maximumSilenceMs }) => maximumSilenceMs),
      carried: Uint8Array.from(reported, carried),
    },
    calculated: packRows(
      enabled.map(
        ({ path: tag, expression, inputs, dataType }): PostedCalculation => ({
          place: placeOf(tag),
          expression: expression.text,
          inputs: new Map([...inputs].map(([name, input]) => [name, placeOf(input)])),
          dataType,
        }),
      ),
    ),
    alarmed: packRows(
      reported
        .filter(isOther)
        .map(({ path: tag, alarms = [] }): PostedAlarms => ({ path: tag, place: placeOf(tag), alarms })),
    ),
  };
}

function postedChannel(
  name: string,
  sharing: readonly DeviceSettings[],
  placeOf: (path: string) => number,
): PostedChannel {
  return {
    name,
    driver: sharing[0]!.driver.name,
    devices: sharing.map(({ tags, driver: _, ...device }) => ({
      ...device,
      tags: packRows(
        tags.filter(({ enabled }) => enabled).map((tag): PostedTag => ({ ...readTag(tag), place: placeOf(tag.path) })),
      ),
    })),
  };
}

function readTag(tag: ReadTag): ReadTag {
  const { path, enabled, address, dataType, driverOptions, scanPeriodMs, scaling, outsideRange, range } = tag;
  return { path, enabled, address, dataType, driverOptions, scanPeriodMs, scaling, outsideRange, range };
}

/** Devices that are opened, or disabled now. */
function changedStates(
  changed: readonly { readonly name: string }[],
  configured: readonly { readonly name: string; readonly enabled: boolean }[],
  opened: readonly { readonly name: string }[],
): ReloadPlan["otherDevices"] {
  const names = new Set(changed.map(({ name }) => name));
  const begins = new Set(opened.map(({ name }) => name));
  return configured
    .filter(({ name, enabled }) => begins.has(name) || (names.has(name) && !enabled))
    .map(({ name, enabled }) => ({ name, enabled }));
}

function countOf(tags: readonly TagDifference[], kind: TagDifference["kind"]): number {
  return tags.filter((each) => each.kind === kind).length;
}
