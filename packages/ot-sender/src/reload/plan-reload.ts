/** Reads the new configuration as a start would, and works out what the running station has to change for it.
 *  running text, configuration file → [plan reload] → reload plan */
import { deflateSync, inflateSync } from "node:zlib";
import type { Clock, Log } from "@nonreturn/station";
import { readOtConfig } from "../config/ot-station-config.ts";
import { toSettings } from "../config/station-settings.ts";
import { encodeTags } from "../journal/configured-tags.ts";
import { channelNameOf, planDevices } from "../scan/build-channels.ts";
import { restartKeys } from "./changed-keys.ts";
import { compareDevices } from "./compare-devices.ts";
import { carriedOf, compareTags, type TagDifference, tagsOf } from "./compare-tags.ts";
import { type DifferenceCounts, differenceLines } from "./difference-lines.ts";
import { CARRIED, type ReloadPlan } from "./reload-plan.ts";

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
  planDevices(devices.opened, surroundings); // a driver that cannot plan says so here, and not to the running station
  const counts: DifferenceCounts = {
    devicesAdded: devices.added.length,
    devicesRemoved: devices.removed.length,
    devicesChanged: devices.changed.length,
    devicesUnchanged: configured.length - devices.added.length - devices.changed.length,
    tagsAdded: countOf(tags, "added"),
    tagsRemoved: countOf(tags, "removed"),
    tagsChanged: countOf(tags, "changed"),
    tagsUnchanged: tagsAfter.size - countOf(tags, "added") - countOf(tags, "changed"),
    connectionsOpened: new Set(devices.opened.map(channelNameOf)).size,
    connectionsKept: devices.keptChannels.size,
  };
  const { journal, tagPaths } = toSettings(after.config);
  const placeOf = new Map(tagPaths.map((tag, place) => [tag, place]));
  const enabled = calculated.filter((tag) => tag.enabled);
  const read = configured.filter((device) => device.enabled).flatMap((device) => device.tags);
  const reported = [...read.filter((tag) => tag.enabled), ...enabled];
  const differences = new Map(tags.map((difference) => [difference.tag.path, difference]));
  const carried = ({ path: tag }: { readonly path: string }): number => {
    const difference = differences.get(tag);
    return CARRIED.indexOf(difference === undefined ? "all" : carriedOf(difference));
  };
  const named = [
    ...devices.opened.flatMap((device) => device.tags.map((tag) => tag.path)),
    ...enabled.flatMap((tag) => [tag.path, ...tag.inputs.values()]),
  ];
  return {
    lines: differenceLines(devices, tags, counts),
    counts,
    restartKeys: restartKeys(before.sections, after.sections),
    text: keepText(text),
    tags: encodeTags(journal.tags),
    tagCount: journal.tags.length,
    keptChannels: devices.keptChannels,
    devices: devices.opened.map((device) => ({ ...device, driver: device.driver.name })),
    removedDevices: devices.removed.map(({ name }) => name),
    otherDevices: changedStates([...devices.added, ...devices.changed], configured, devices.opened),
    report: {
      at: Uint32Array.from(reported, (tag) => placeOf.get(tag.path)!),
      deadbands: Float64Array.from(reported, ({ deadband }) => deadband),
      maximumSilenceMs: Float64Array.from(reported, ({ maximumSilenceMs }) => maximumSilenceMs),
      carried: Uint8Array.from(reported, carried),
    },
    calculated: enabled.map((tag) => ({ ...tag, expression: tag.expression.text })),
    alarmed: reported.flatMap(({ path: tag, alarms }) =>
      alarms === undefined ? [] : [{ path: tag, place: placeOf.get(tag)!, alarms }],
    ),
    places: new Map(named.map((tag) => [tag, placeOf.get(tag)!])),
  };
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
