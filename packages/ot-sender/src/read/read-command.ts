/** `nonreturn-ot read DEVICE [ADDRESS…]`: tries addresses on a real device without changing the configuration.
 *  command line, OT station config → [read command] → driver → table, exit code */
import { type Clock, type Command, ExitCode, type Log, StationError } from "@nonreturn/station";
import { DATA_TYPES, type DataType, qualityOf, sampleAt } from "@nonreturn/wire-format";
import { loadOtConfig } from "../config/ot-station-config.ts";
import type { Driver, PollingDriver, RawReading, ReadPlan, SubscribingDriver, TagAddress } from "../drivers/driver.ts";
import type { DeviceSettings } from "../scan/device-settings.ts";
import { deviceOf } from "./device-of.ts";
import { readTable } from "./read-table.ts";

/** What the entry point injects. */
export interface ReadSurroundings {
  readonly clock: Clock;
  readonly log: Log;
  readonly print: (line: string) => void;
  readonly setExitCode: (code: number) => void;
}

interface ReadOptions {
  readonly config: string;
  readonly type?: string;
  readonly length?: string;
}

/** Add the `read` command to a program. Its action throws StationError; the exit code is 1 if anything was read Bad. */
export function addReadCommand(program: Command, surroundings: ReadSurroundings): void {
  program
    .command("read")
    .description("read a device once: the addresses given, or all its tags")
    .argument("<device>", "name of a device in the configuration")
    .argument(
      "[address...]",
      "as in the configuration, e.g. hr:100 u2!ir:7 DB1.DBD4 Program:Main.Speed ns=2;s=Speed /status#/speed",
    )
    .requiredOption("--config <file>", "configuration of this station")
    .option(
      "--type <type>",
      `of the addresses given: ${DATA_TYPES.join(", ")}; if left out, what the driver takes for likely`,
    )
    .option("--length <bytes>", "of a STRING or BYTES")
    .action(async (deviceName: string, addresses: readonly string[], options: ReadOptions) => {
      const device = deviceOf(loadOtConfig(options.config), deviceName);
      const tags = addresses.length === 0 ? configuredTags(device) : triedTags(device, addresses, options);
      const worst = await readDevice(device, tags, surroundings);
      if (worst === "bad") surroundings.setExitCode(ExitCode.failure);
    });
}

async function readDevice(
  device: DeviceSettings,
  tags: readonly TagAddress[],
  { clock, log, print }: ReadSurroundings,
): Promise<"good" | "bad"> {
  const { name, driver: factory, driverConfig: config, timezone } = device;
  const [driver] = factory.createChannel([{ device: name, config, timezone }], { clock, log, purpose: "person" });
  const readable = readableOf(driver, name);
  const never = new AbortController().signal;
  const plan = readable.plan(tags);
  try {
    await readable.connect(never);
    for (const request of plan.requests) print(`request  ${request}`);
    const readings = await readOnce(readable, plan, never);
    const byTag = new Map(readings.map((reading) => [reading.sample.tagId, reading]));
    for (const line of readTable(tags, byTag, factory.trying?.rawWord ?? "raw")) print(line);
    return readings.some(({ sample }) => qualityOf(sample.statusCode) === "bad") ? "bad" : "good";
  } finally {
    await readable.close();
  }
}

type Readable = PollingDriver | (SubscribingDriver & Required<Pick<SubscribingDriver, "readRaw">>);

async function readOnce(driver: Readable, plan: ReadPlan, signal: AbortSignal): Promise<readonly RawReading[]> {
  if (driver.kind === "subscribing" || driver.readRaw !== undefined) return driver.readRaw!(plan, signal);
  const columns = await driver.read(plan, signal);
  return Array.from({ length: columns.count }, (_, row) => ({ sample: sampleAt(columns, row), raw: "", reason: "" }));
}

function readableOf(driver: Driver | undefined, device: string): Readable {
  if (driver?.kind === "polling") return driver;
  if (driver?.readRaw !== undefined) return driver as Readable;
  throw new StationError({
    code: "USAGE",
    what: "this device delivers by itself and cannot be read on demand",
    where: device,
    action: "Start the station and look at its values.",
  });
}

/** Disabled ones too: trying them is how one finds out whether they work. */
function configuredTags(device: DeviceSettings): TagAddress[] {
  return device.tags.map(({ path, address, dataType, driverOptions }, index) => ({
    tagId: index + 1,
    path,
    address,
    dataType,
    options: driverOptions,
  }));
}

function triedTags(device: DeviceSettings, addresses: readonly string[], options: ReadOptions): TagAddress[] {
  const dataType = options.type === undefined ? undefined : dataTypeOf(options.type);
  const length = options.length === undefined ? undefined : lengthOf(options.length);
  return addresses.map((address, index) => ({
    tagId: index + 1,
    path: "",
    address,
    dataType: dataType ?? device.driver.typeOf(address) ?? device.driver.trying?.typeOf(address) ?? "FLOAT64",
    options: length === undefined ? {} : { length },
  }));
}

function dataTypeOf(text: string): DataType {
  const known = DATA_TYPES.find((each) => each === text.toUpperCase());
  if (known !== undefined) return known;
  throw new StationError({
    code: "USAGE",
    what: `there is no type ${JSON.stringify(text)}`,
    action: `Write one of: ${DATA_TYPES.join(", ")}.`,
  });
}

function lengthOf(text: string): number {
  if (/^[1-9]\d{0,3}$/.test(text)) return Number(text);
  throw new StationError({
    code: "USAGE",
    what: `${text} is no length`,
    action: "Write the number of bytes: --length 16.",
  });
}
