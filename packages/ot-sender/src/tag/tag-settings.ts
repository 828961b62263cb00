/** One tag as the station uses it: where it is read, what becomes of its value, when it is reported.
 *  config → [tag settings] → drivers, scan, report, tag directory */
import type { DataType, TagDefinition } from "@nonreturn/wire-format";
import type { AlarmSettings } from "../alarm/alarm-settings.ts";
import type { Scaling } from "./scaling.ts";

export interface TagSettings {
  readonly path: string;
  /** The path it had before a rename: it keeps that tag's id. */
  readonly formerPath?: string;
  readonly address: string;
  /** Of the raw value at the device. */
  readonly dataType: DataType;
  /** Properties that only the driver knows. */
  readonly driverOptions: Readonly<Record<string, unknown>>;
  readonly enabled: boolean;
  readonly scanClass: string;
  readonly scanPeriodMs: number;
  readonly unit: string; // "" if none
  readonly description: string; // "" if none
  /** Engineering range. */
  readonly range: Range | undefined;
  readonly scaling: Scaling | undefined;
  /** clamp: a value outside the range becomes its nearer end, Uncertain (UncertainEngineeringUnitsExceeded). */
  readonly outsideRange: "keep" | "clamp";
  /** In engineering units: a change up to this is not reported. 0: every change is. */
  readonly deadband: number;
  /** An unchanged value is reported at least this often; 0: never. */
  readonly maximumSilenceMs: number;
  /** Left out where there is none. */
  readonly alarms?: readonly AlarmSettings[];
}

export interface Range {
  readonly low: number;
  readonly high: number; // above low
}

/** Scaled values are doubles; others keep their type. */
export function publishedType(tag: Pick<TagSettings, "dataType" | "scaling">): DataType {
  return tag.scaling === undefined ? tag.dataType : "FLOAT64";
}

/** The tag's entry in the directory that the IT station receives; the journal gives it its id. */
export function tagDefinition(
  tag: Pick<
    TagSettings,
    "path" | "formerPath" | "dataType" | "scaling" | "unit" | "description" | "range" | "maximumSilenceMs"
  >,
  device: string,
): Omit<TagDefinition, "tagId" | "retired"> & { readonly formerPath?: string } {
  return {
    path: tag.path,
    ...(tag.formerPath === undefined ? {} : { formerPath: tag.formerPath }),
    dataType: publishedType(tag),
    unit: tag.unit,
    description: tag.description,
    ...(tag.range === undefined ? {} : { rangeLow: tag.range.low, rangeHigh: tag.range.high }),
    device,
    maximumSilenceMs: tag.maximumSilenceMs,
  };
}

/** What stands for a device there: publishers group tags by it, and want a name. */
const CALCULATED_DEVICE = "calculated";

export function calculatedDefinition(
  tag: Pick<TagSettings, "path" | "formerPath" | "dataType" | "unit" | "description" | "range" | "maximumSilenceMs">,
): ReturnType<typeof tagDefinition> {
  return tagDefinition({ ...tag, scaling: undefined }, CALCULATED_DEVICE);
}

export function isNumeric(dataType: DataType): boolean {
  return !["BOOLEAN", "STRING", "BYTES", "TIMESTAMP"].includes(dataType);
}
