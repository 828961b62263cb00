/** Readings as a table for a terminal.
 *  read command → [read table] → lines */
import { statusCodeName, type Value } from "@nonreturn/wire-format";
import type { RawReading, TagAddress } from "../drivers/driver.ts";

/** @param readings  by tag id. @param rawWord  what the device sent, in the driver's word. */
export function readTable(
  tags: readonly TagAddress[],
  readings: ReadonlyMap<number, RawReading>,
  rawWord: string,
): string[] {
  const rows = tags.map(({ tagId, path, address, dataType }) => {
    const reading = readings.get(tagId);
    if (reading === undefined) return [path, address, dataType, "", "not read", "", ""];
    const { sample, raw, reason } = reading;
    return [path, address, dataType, showValue(sample.value), statusCodeName(sample.statusCode), raw, reason];
  });
  const table = [["tag", "address", "type", "value", "status", rawWord, "reason"], ...rows];
  // A column in which nothing stands is left out.
  const columns = table[0]!.map((_, column) => column).filter((column) => rows.some((row) => row[column] !== ""));
  const widths = columns.map((column) => Math.max(...table.map((row) => row[column]!.length)));
  return table.map((row) =>
    columns
      .map((column, place) => row[column]!.padEnd(widths[place]!))
      .join("  ")
      .trimEnd(),
  );
}

/** Control characters from a device must not reach the terminal. */
function showValue(value: Value | null): string {
  if (value === null) return "–";
  if (value instanceof Uint8Array) return Buffer.from(value).toString("hex").toUpperCase();
  if (typeof value === "string") return JSON.stringify(value).replace(/\p{Cc}/gu, "·");
  if (Array.isArray(value)) return `[${value.map((each) => showValue(each as Value)).join(", ")}]`;
  return Object.is(value, -0) ? "-0" : String(value);
}
