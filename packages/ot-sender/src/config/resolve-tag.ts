/** A tag as written becomes a tag as used: defaults of its device, scaling, deadband in engineering units.
 *  tag section → [resolve tag] → check devices, tag settings */
import type { DriverFactory } from "../drivers/driver.ts";
import type { Scaling } from "../tag/scaling.ts";
import { isNumeric, publishedType, type Range, type TagSettings } from "../tag/tag-settings.ts";
import { driverTagKeysOf, type RawDevice } from "./device-section.ts";
import { resolveAlarms } from "./resolve-alarms.ts";
import type { RawTag } from "./tag-section.ts";

/** What a tag takes over where it says nothing itself. */
export interface TagDefaults {
  readonly scanClasses: Readonly<Record<string, number>>; // ms
  readonly scanClass: string;
  readonly maximumSilence: "off" | number; // ms
}

/** One mistake; `key` is the tag's key it is about. */
export interface TagMistake {
  readonly key: string;
  /** Further inwards. */
  readonly below?: readonly string[];
  readonly text: string;
}

export type ResolvedTag = { readonly settings: TagSettings } | { readonly mistakes: readonly TagMistake[] };

/** Keys that contradict one another are mistakes; addresses and paths are checked by the caller. */
export function resolveTag(raw: RawTag, device: RawDevice, factory: DriverFactory, defaults: TagDefaults): ResolvedTag {
  const mistakes: TagMistake[] = [];
  const dataType = raw.type ?? factory.typeOf(raw.address);
  if (dataType === undefined)
    return { mistakes: [{ key: "type", text: "is missing; write what the device holds there: type: INT16" }] };
  const scanClass = raw.scanClass ?? device.scanClass ?? defaults.scanClass;
  const scanPeriodMs = defaults.scanClasses[scanClass];
  if (scanPeriodMs === undefined && raw.scanClass !== undefined)
    mistakes.push({
      key: "scanClass",
      text: `there is no scan class ${JSON.stringify(scanClass)}; write one of: ${Object.keys(defaults.scanClasses).join(", ")}`,
    });
  const range = raw.range === undefined ? undefined : rangeOf(raw.range, mistakes);
  const scaling = scalingOf(raw, range, mistakes);
  if (!isNumeric(dataType)) {
    const numeric = ["scale", "offset", "rawRange", "range", "deadband"].find((key) => raw[key] !== undefined);
    if (numeric !== undefined)
      mistakes.push({ key: numeric, text: `a ${dataType} has no ${numeric}; remove it, or correct type` });
  }
  if (raw.outsideRange === "clamp" && raw.range === undefined)
    mistakes.push({ key: "outsideRange", text: "clamp needs a range; write range: [0, 100]" });
  const deadband = deadbandOf(raw, range, mistakes);
  const alarms =
    raw.alarms === undefined
      ? []
      : resolveAlarms(
          raw.alarms,
          {
            dataType: publishedType({ dataType, scaling }),
            unit: raw.unit,
            range,
            outsideRange: raw.outsideRange,
            scanPeriodMs,
          },
          (below, text) => void mistakes.push({ key: "alarms", below, text }),
        );
  if (mistakes.length > 0) return { mistakes };
  const silence = raw.maximumSilence ?? device.maximumSilence ?? defaults.maximumSilence;
  return {
    settings: {
      path: fullPath(raw, device),
      ...(raw.formerPath === undefined ? {} : { formerPath: pathBelow(device, raw.formerPath) }),
      address: raw.address,
      dataType,
      driverOptions: driverTagKeysOf(factory, raw),
      enabled: raw.enabled,
      scanClass,
      scanPeriodMs: scanPeriodMs ?? 0, // the device's mistake, reported there
      unit: raw.unit,
      description: raw.description,
      range,
      scaling,
      outsideRange: raw.outsideRange,
      deadband,
      maximumSilenceMs: silence === "off" ? 0 : silence,
      ...(alarms.length === 0 ? {} : { alarms }),
    },
  };
}

export function fullPath(raw: RawTag, device: RawDevice): string {
  return pathBelow(device, raw.path);
}

function pathBelow(device: RawDevice, path: string): string {
  return device.path === undefined ? path : `${device.path}/${path}`;
}

function rangeOf([low, high]: readonly [number, number], mistakes: TagMistake[]): Range | undefined {
  if (low < high) return { low, high };
  mistakes.push({ key: "range", text: `${low} is not below ${high}; write the lower end first: range: [0, 100]` });
  return undefined;
}

function scalingOf(raw: RawTag, range: Range | undefined, mistakes: TagMistake[]): Scaling | undefined {
  const { scale, offset, rawRange } = raw;
  if (rawRange === undefined) {
    if (scale === 0) mistakes.push({ key: "scale", text: "0 makes every value the same; write how much one count is" });
    return scale === undefined && offset === undefined
      ? undefined
      : { kind: "linear", scale: scale ?? 1, offset: offset ?? 0 };
  }
  const [rawLow, rawHigh] = rawRange;
  if (scale !== undefined || offset !== undefined)
    mistakes.push({ key: "rawRange", text: "scale or offset is there too; keep one of the two ways" });
  if (rawLow === rawHigh)
    mistakes.push({ key: "rawRange", text: `both ends are ${rawLow}; write two different raw values` });
  if (raw.range === undefined)
    mistakes.push({
      key: "rawRange",
      text: "range is missing, which says what the raw ends mean; write range: [0, 100]",
    });
  return range === undefined || rawLow === rawHigh
    ? undefined
    : { kind: "range", rawLow, rawHigh, low: range.low, high: range.high };
}

function deadbandOf(raw: RawTag, range: Range | undefined, mistakes: TagMistake[]): number {
  const { deadband } = raw;
  if (deadband === undefined) return 0;
  if (typeof deadband === "number") return deadband;
  if (raw.range === undefined)
    mistakes.push({ key: "deadband", text: "a percentage is of the range, and there is none; write range: [0, 100]" });
  return range === undefined ? 0 : ((range.high - range.low) * deadband.percentOfRange) / 100;
}
