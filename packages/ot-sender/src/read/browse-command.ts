/** `nonreturn-ot browse DEVICE [PATTERN]`: what a device says it has, as a table or as the beginning of a tag list.
 *  command line, OT station config → [browse command] → driver → table or CSV */
import { type Clock, type Command, type Log, StationError } from "@nonreturn/station";
import { loadOtConfig } from "../config/ot-station-config.ts";
import type { Browsed, BrowsedTag } from "../drivers/driver.ts";
import type { DeviceSettings } from "../scan/device-settings.ts";
import { guard } from "../tag-list/formula-guard.ts";
import { deviceOf } from "./device-of.ts";

/** What the entry point injects. */
export interface BrowseSurroundings {
  readonly clock: Clock;
  readonly log: Log;
  readonly print: (line: string) => void;
}

interface BrowseOptions {
  readonly config: string;
  readonly csv?: true;
}

/** Add the `browse` command to a program. Its action throws StationError. */
export function addBrowseCommand(program: Command, surroundings: BrowseSurroundings): void {
  program
    .command("browse")
    .description("list what a device says it has; changes nothing")
    .argument("<device>", "name of a device in the configuration")
    .argument("[pattern]", "only addresses like this; * stands for anything: 'Program:Main.*Speed*'")
    .requiredOption("--config <file>", "configuration of this station")
    .option("--csv", "as CSV: path, device, address, type, description")
    .action(async (deviceName: string, pattern: string | undefined, options: BrowseOptions) => {
      const device = deviceOf(loadOtConfig(options.config), deviceName);
      const { tags, extent } = await browseDevice(device, surroundings);
      const wanted = pattern === undefined ? tags : tags.filter(matcher(pattern));
      const lines = options.csv === true ? csvLines(device.name, wanted) : tableLines(wanted);
      for (const line of lines) surroundings.print(line);
      const leftOut = options.csv === true ? wanted.filter(isUnread).map(({ address }) => address) : [];
      if (leftOut.length > 0)
        surroundings.log.warn(
          { device: device.name, leftOut: leftOut.length, first: leftOut.slice(0, 5) },
          "left out of the list: values of a kind that this driver does not read",
        );
      if (extent === "cut")
        throw new StationError({
          code: "BROWSE_FAILED",
          what: `the device has more than the ${tags.length} values listed`,
          where: device.name,
          action: "Write the addresses of the others by hand.",
        });
    });
}

async function browseDevice(device: DeviceSettings, { clock, log }: BrowseSurroundings): Promise<Browsed> {
  const { name, driver: factory, driverConfig: config, timezone } = device;
  const [driver] = factory.createChannel([{ device: name, config, timezone }], { clock, log, purpose: "person" });
  if (driver?.browse === undefined)
    throw new StationError({
      code: "USAGE",
      what: `${factory.name} devices keep no list of what they have`,
      where: name,
      action: "Write the addresses by hand, from the device's manual or project.",
    });
  const never = new AbortController().signal;
  try {
    await driver.connect(never);
    return await driver.browse(never);
  } finally {
    await driver.close();
  }
}

/** Lower and upper case are the same; cost: linear, whatever the pattern. */
function matcher(pattern: string): (tag: BrowsedTag) => boolean {
  const parts = pattern.toLowerCase().split("*");
  const [first = "", ...rest] = parts;
  const last = rest.pop();
  return ({ address }) => {
    const text = address.toLowerCase();
    if (last === undefined) return text === first;
    if (!text.startsWith(first)) return false;
    let at = first.length;
    for (const part of rest) {
      const found = text.indexOf(part, at);
      if (found < 0) return false;
      at = found + part.length;
    }
    return text.length - last.length >= at && text.endsWith(last);
  };
}

function tableLines(tags: readonly BrowsedTag[]): string[] {
  const rows = [
    ["address", "type", "in the device"],
    ...tags.map(({ address, dataType, description }) => [address, dataType ?? "–", description]),
  ];
  const widths = [0, 1].map((column) => rows.reduce((width, row) => Math.max(width, row[column]!.length), 0));
  return rows.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join("  ")
      .trimEnd(),
  );
}

const isUnread = ({ dataType }: BrowsedTag): boolean => dataType === undefined;

/** The first columns of a tag list, of what can be a tag. Names and descriptions are the device's: none of them is a formula. */
function csvLines(device: string, tags: readonly BrowsedTag[]): string[] {
  const rows = tags.flatMap(({ path, address, dataType, description }) =>
    dataType === undefined ? [] : [[path, device, address, dataType, description]],
  );
  return [["path", "device", "address", "type", "description"], ...rows].map((row) =>
    row.map((text) => csvCell(guard(text))).join(","),
  );
}

/** Source: RFC 4180 §2. */
function csvCell(text: string): string {
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
