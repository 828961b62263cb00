/** What a new configuration means for the running station, as it crosses from the reload process to main.
 *  plan reload → [reload plan] → reloader → pipeline */
import type { AlarmedTag } from "../alarm/alarm-settings.ts";
import { DRIVERS } from "../drivers/registry.ts";
import type { CarriedTag } from "../report/report-by-exception.ts";
import type { ReadDevice, ReadTag } from "../scan/device-settings.ts";
import type { Pieces } from "../scan/in-turns.ts";
import type { LoadedChannel, ScanChange } from "../scan/scan-change.ts";
import type { CalculatedTag } from "../tag/calculations.ts";
import { parseExpression } from "../tag/expression.ts";
import type { DifferenceCounts } from "./difference-lines.ts";
import { type PackedRows, unpackRows } from "./packed-rows.ts";

export const CARRIED = ["all", "read", "nothing"] as const satisfies readonly CarriedTag["carried"][];

/** Only what main does not have is in it, and that as it can be posted: names instead of drivers, text instead of parsed expressions. What
 *  may be a hundred thousand of is packed. */
export interface ReloadPlan {
  /** For a person. */
  readonly lines: readonly string[];
  readonly counts: DifferenceCounts;
  /** Keys that differ and that only a start reads; nothing can be applied then. */
  readonly restartKeys: readonly string[];
  /** The new file, deflated: what the next reload compares with. */
  readonly text: Uint8Array<ArrayBuffer>;
  /** All configured tags, as `encodeTags` makes them. A place of a tag is its place among them. */
  readonly tags: Uint8Array<ArrayBuffer>;
  readonly tagCount: number;
  readonly keptChannels: ReadonlySet<string>;
  readonly channels: readonly PostedChannel[];
  readonly removedDevices: readonly string[];
  readonly otherDevices: ScanChange["otherDevices"];
  /** Of every tag that is read or calculated from now on; `at` is its place. */
  readonly report: {
    readonly at: Uint32Array<ArrayBuffer>;
    readonly deadbands: Float64Array<ArrayBuffer>;
    readonly maximumSilenceMs: Float64Array<ArrayBuffer>;
    /** Indexes of CARRIED. */
    readonly carried: Uint8Array<ArrayBuffer>;
  };
  /** Of `PostedCalculation`. */
  readonly calculated: PackedRows;
  /** Of `PostedAlarms`. */
  readonly alarmed: PackedRows;
}

export interface PostedChannel {
  readonly name: string;
  readonly driver: string;
  readonly devices: readonly PostedDevice[];
}

export interface PostedDevice extends Omit<ReadDevice, "driver" | "tags"> {
  /** Enabled ones, of `PostedTag`. */
  readonly tags: PackedRows;
}

export interface PostedTag extends ReadTag {
  readonly place: number;
}

export interface PostedCalculation {
  readonly place: number;
  readonly expression: string;
  /** Names in the expression, and places of what they stand for. */
  readonly inputs: ReadonlyMap<string, number>;
  readonly dataType: CalculatedTag["dataType"];
}

export interface PostedAlarms {
  readonly path: string;
  readonly place: number;
  readonly alarms: AlarmedTag["alarms"];
}

/** Of the channels to be opened. @throws RangeError for what no plan of this program names. */
export function driversOf({ channels }: ReloadPlan): readonly ReadDevice["driver"][] {
  return channels.map(({ driver }) => driverOf(driver));
}

/** @param tagIds  in the order of the plan's tags. @throws RangeError for what no plan of this program holds, also while it is walked. */
export function scanChangeOf(plan: ReloadPlan, tagIds: Uint32Array): ScanChange {
  const { report } = plan;
  return {
    keptChannels: plan.keptChannels,
    channels: plan.channels.map(({ name, driver, devices }) => ({
      name,
      driver: driverOf(driver),
      devices: devices.map((device) => device.name),
      load: () => loaded(driverOf(driver), devices, tagIds),
    })),
    removedDevices: plan.removedDevices,
    otherDevices: plan.otherDevices,
    report: walking(function* (): Generator<CarriedTag> {
      for (const [row, place] of report.at.entries())
        yield {
          tagId: tagIds[place]!,
          deadband: report.deadbands[row]!,
          maximumSilenceMs: report.maximumSilenceMs[row]!,
          carried: CARRIED[report.carried[row]!]!,
        };
    }),
    tagCount: report.at.length,
    calculated: walking(function* () {
      for (const tag of unpackRows<PostedCalculation>(plan.calculated))
        yield {
          tagId: tagIds[tag.place]!,
          expression: expressionOf(tag.expression),
          inputs: new Map([...tag.inputs].map(([name, place]) => [name, tagIds[place]!])),
          dataType: tag.dataType,
        };
    }),
    alarmed: walking(function* () {
      for (const { path, place, alarms } of unpackRows<PostedAlarms>(plan.alarmed))
        yield { path, tagId: tagIds[place]!, alarms };
    }),
  };
}

function walking<Row>(rows: () => Iterator<Row>): Iterable<Row> {
  return { [Symbol.iterator]: rows };
}

function* loaded(
  driver: ReadDevice["driver"],
  posted: readonly PostedDevice[],
  tagIds: Uint32Array,
): Pieces<LoadedChannel> {
  const ids = new Map<string, number>();
  const devices: ReadDevice[] = [];
  for (const { tags: packed, ...device } of posted) {
    const tags: ReadTag[] = [];
    for (const tag of unpackRows<PostedTag>(packed)) {
      ids.set(tag.path, tagIds[tag.place]!);
      tags.push(tag);
      yield 1;
    }
    devices.push({ ...device, driver, tags });
  }
  return {
    devices,
    tagIdOf(path) {
      const tagId = ids.get(path);
      if (tagId === undefined) throw new RangeError(`no tag ${path}`);
      return tagId;
    },
  };
}

function driverOf(name: string): ReadDevice["driver"] {
  const driver = DRIVERS.get(name);
  if (driver === undefined) throw new RangeError(`no driver ${name}`);
  return driver;
}

function expressionOf(text: string): CalculatedTag["expression"] {
  const parsed = parseExpression(text);
  if ("mistake" in parsed) throw new RangeError(parsed.mistake);
  return parsed;
}
