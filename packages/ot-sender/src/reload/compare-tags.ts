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

/** By path. */
export function tagsOf({ devices, calculated }: OtStationConfig): ReadonlyMap<string, ComparedTag> {
  const tags = [
    ...devices.flatMap((device) => device.tags.map((tag) => comparedTag(tag, device.name))),
    ...calculated.map(comparedCalculation),
  ];
  return new Map(tags.map((tag) => [tag.path, tag]));
}

/** Those that differ, in the order of `after`, then those that are gone. */
export function compareTags(
  before: ReadonlyMap<string, ComparedTag>,
  after: ReadonlyMap<string, ComparedTag>,
): TagDifference[] {
  const renamed = new Set<string>();
  const differences: TagDifference[] = [];
  /** As the journal's table of tags has it: a former path that is configured again is not given away, nor one twice. */
  const formerTag = ({ formerPath }: ComparedTag): ComparedTag | undefined =>
    formerPath === undefined || after.has(formerPath) || renamed.has(formerPath) ? undefined : before.get(formerPath);
  for (const tag of after.values()) {
    const known = before.get(tag.path) ?? formerTag(tag);
    if (known === undefined) {
      differences.push({ kind: "added", tag });
      continue;
    }
    if (known.path !== tag.path) renamed.add(known.path);
    const keys = changedKeys({ device: known.device, ...known.keys }, { device: tag.device, ...tag.keys });
    if (keys.length > 0 || known.path !== tag.path) differences.push({ kind: "changed", tag, before: known, keys });
  }
  for (const tag of before.values())
    if (!after.has(tag.path) && !renamed.has(tag.path)) differences.push({ kind: "removed", tag });
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

function comparedTag(tag: TagSettings, device: string): ComparedTag {
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
