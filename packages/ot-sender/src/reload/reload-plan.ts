/** What a new configuration means for the running station, as it crosses from the reload process to main.
 *  plan reload → [reload plan] → reloader → pipeline */
import type { AlarmedTag } from "../alarm/alarm-settings.ts";
import { DRIVERS } from "../drivers/registry.ts";
import type { CarriedTag } from "../report/report-by-exception.ts";
import type { DeviceSettings } from "../scan/device-settings.ts";
import type { ScanChange } from "../scan/scan-change.ts";
import type { CalculatedSettings } from "../tag/calculated-settings.ts";
import { parseExpression } from "../tag/expression.ts";
import type { DifferenceCounts } from "./difference-lines.ts";

export const CARRIED = ["all", "read", "nothing"] as const satisfies readonly CarriedTag["carried"][];

/** Only what main does not have is in it, and that as it can be posted: names instead of drivers, text instead of parsed expressions. */
export interface ReloadPlan {
  /** For a person. */
  readonly lines: readonly string[];
  readonly counts: DifferenceCounts;
  /** Keys that differ and that only a start reads; nothing can be applied then. */
  readonly restartKeys: readonly string[];
  /** The new file, deflated: what the next reload compares with. */
  readonly text: Uint8Array<ArrayBuffer>;
  /** All configured tags, as `encodeTags` makes them. */
  readonly tags: Uint8Array<ArrayBuffer>;
  readonly tagCount: number;
  readonly keptChannels: ReadonlySet<string>;
  readonly devices: readonly PostedDevice[];
  readonly removedDevices: readonly string[];
  readonly otherDevices: ScanChange["otherDevices"];
  /** Of every tag that is read or calculated from now on; `at` is its place among `tags`. */
  readonly report: {
    readonly at: Uint32Array<ArrayBuffer>;
    readonly deadbands: Float64Array<ArrayBuffer>;
    readonly maximumSilenceMs: Float64Array<ArrayBuffer>;
    /** Indexes of CARRIED. */
    readonly carried: Uint8Array<ArrayBuffer>;
  };
  readonly calculated: readonly PostedCalculation[];
  readonly alarmed: readonly { readonly path: string; readonly place: number; readonly alarms: AlarmedTag["alarms"] }[];
  /** Places among `tags` of those that `devices` and `calculated` name. */
  readonly places: ReadonlyMap<string, number>;
}

export type PostedDevice = Omit<DeviceSettings, "driver"> & { readonly driver: string };
export type PostedCalculation = Omit<CalculatedSettings, "expression"> & { readonly expression: string };

/** @param tagIds  in the order of the plan's tags. @throws RangeError for what no plan of this program holds. */
export function scanChangeOf(plan: ReloadPlan, tagIds: Uint32Array): ScanChange {
  const { report, places } = plan;
  return {
    keptChannels: plan.keptChannels,
    devices: plan.devices.map((device) => ({ ...device, driver: driverOf(device.driver) })),
    removedDevices: plan.removedDevices,
    otherDevices: plan.otherDevices,
    report: Array.from(report.at, (place, row) => ({
      tagId: tagIds[place]!,
      deadband: report.deadbands[row]!,
      maximumSilenceMs: report.maximumSilenceMs[row]!,
      carried: CARRIED[report.carried[row]!]!,
    })),
    calculated: plan.calculated.map((tag) => ({ ...tag, expression: expressionOf(tag.expression) })),
    alarmed: plan.alarmed.map(({ path, place, alarms }) => ({ path, tagId: tagIds[place]!, alarms })),
    tagIdOf(path) {
      const place = places.get(path);
      if (place === undefined) throw new RangeError(`no tag ${path}`);
      return tagIds[place]!;
    },
  };
}

function driverOf(name: string): DeviceSettings["driver"] {
  const driver = DRIVERS.get(name);
  if (driver === undefined) throw new RangeError(`no driver ${name}`);
  return driver;
}

function expressionOf(text: string): CalculatedSettings["expression"] {
  const parsed = parseExpression(text);
  if ("mistake" in parsed) throw new RangeError(parsed.mistake);
  return parsed;
}
