/** Finds which tags a new configuration adds, removes, changes, and what of the running station's knowledge of each still holds.
 *  OT station config before and after → [compare tags] → compare configs, plan reload */
import type { OtStationConfig } from "../config/ot-station-config.ts";
import type { CarriedTag } from "../report/report-by-exception.ts";
import type { CalculatedSettings } from "../tag/calculated-settings.ts";
import type { TagSettings } from "../tag/tag-settings.ts";
import { type ChangedKey, changedKeys } from "./changed-keys.ts";

/** One tag, of a device or calculated, with its keys as a person knows them. */
export interface ComparedTag {
  readonly path: string;
  readonly formerPath: string | undefined;
  /** Undefined for a calculated tag. */
  readonly device: string | undefined;
  readonly keys: Readonly<Record<string, unknown>>;
}

export type TagDifference =
  | { readonly kind: "added" | "removed"; readonly tag: ComparedTag }
  /** `before.path` is another one if it was renamed. */
  | {
      readonly kind: "changed";
      readonly tag: ComparedTag;
      readonly before: ComparedTag;
      readonly keys: readonly ChangedKey[];
    };

/** Settings as they are: compared tags are made one at a time, and kept of those that differ. */
type AnyTag =
  | { readonly kind: "read"; readonly tag: TagSettings; readonly device: string }
  | { readonly kind: "calculated"; readonly tag: CalculatedSettings };

/** By path. */
export function tagsOf({ devices, calculated }: OtStationConfig): ReadonlyMap<string, AnyTag> {
  const tags = new Map<string, AnyTag>();
  for (const { name: device, tags: own } of devices)
    for (const tag of own) tags.set(tag.path, { kind: "read", tag, device });
  for (const tag of calculated) tags.set(tag.path, { kind: "calculated", tag });
  return tags;
}

/** Those that differ, in the order of `after`, then those that are gone. */
export function compareTags(before: ReadonlyMap<string, AnyTag>, after: ReadonlyMap<string, AnyTag>): TagDifference[] {
  const renamed = new Set<string>();
  const differences: TagDifference[] = [];
  /** As the journal's table of tags has it: a former path that is configured again is not given away, nor one twice. */
  const formerTag = ({ tag: { formerPath } }: AnyTag): AnyTag | undefined =>
    formerPath === undefined || after.has(formerPath) || renamed.has(formerPath) ? undefined : before.get(formerPath);
  for (const each of after.values()) {
    const tag = comparedTag(each);
    const old = before.get(tag.path) ?? formerTag(each);
    if (old === undefined) {
      differences.push({ kind: "added", tag });
      continue;
    }
    const known = comparedTag(old);
    if (known.path !== tag.path) renamed.add(known.path);
    const keys = changedKeys({ device: known.device, ...known.keys }, { device: tag.device, ...tag.keys });
    if (keys.length > 0 || known.path !== tag.path) differences.push({ kind: "changed", tag, before: known, keys });
  }
  for (const [path, each] of before)
    if (!after.has(path) && !renamed.has(path)) differences.push({ kind: "removed", tag: comparedTag(each) });
  return differences;
}

/** What a value meant before it does not mean any more. */
const READING: ReadonlySet<string> = new Set([
  "device",
  "address",
  "type",
  "driver",
  "enabled",
  "scaling",
  "outsideRange",
  "expression",
  "inputs",
]);

/** Of tags that differ; of all others everything is. */
export function carriedOf(difference: TagDifference): CarriedTag["carried"] {
  if (difference.kind !== "changed") return "nothing";
  const { keys, tag, before } = difference;
  const isClamped = tag.keys.outsideRange === "clamp";
  if (keys.some(({ key }) => READING.has(key) || (isClamped && key === "range"))) return "nothing";
  return before.path !== tag.path || keys.some(({ key }) => key === "unit") ? "read" : "all";
}

function comparedTag(each: AnyTag): ComparedTag {
  return each.kind === "read" ? comparedReading(each.tag, each.device) : comparedCalculation(each.tag);
}

function comparedReading(tag: TagSettings, device: string): ComparedTag {
  const {
    path,
    formerPath,
    dataType,
    driverOptions,
    scanClass: _,
    scanPeriodMs,
    maximumSilenceMs,
    alarms,
    ...others
  } = tag;
  const driver = Object.keys(driverOptions).length === 0 ? undefined : driverOptions;
  const keys = {
    ...others,
    type: dataType,
    driver,
    scanClass: scanPeriodMs,
    maximumSilence: maximumSilenceMs,
    ...alarmKeys(alarms),
  };
  return { path, formerPath, device, keys };
}

function comparedCalculation(tag: CalculatedSettings): ComparedTag {
  const { path, formerPath, dataType, expression, inputs, maximumSilenceMs, alarms, ...others } = tag;
  const calculation = { expression: expression.text, inputs: Object.fromEntries(inputs) };
  const keys = { ...others, ...calculation, type: dataType, maximumSilence: maximumSilenceMs, ...alarmKeys(alarms) };
  return { path, formerPath, device: undefined, keys };
}

/** One key for each, so that only what differs is shown. */
function alarmKeys(alarms: TagSettings["alarms"] = []): Record<string, unknown> {
  return Object.fromEntries(alarms.map(({ condition, ...settings }) => [`alarms.${condition}`, settings]));
}
