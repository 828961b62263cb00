/** Readings as a table for a terminal.
 *  read command → [read table] → lines */
import { type DataType, statusCodeName, type Value } from "@nonreturn/wire-format";
import type { RawReading, TagAddress } from "../drivers/driver.ts";

/** A longer cell (an array, its bytes) reaches beyond its column; it pushes no other row apart. */
const WIDEST_COLUMN = 60;

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
    return [path, address, dataType, showValue(sample.value, dataType), statusCodeName(sample.statusCode), raw, reason];
  });
  const table = [["tag", "address", "type", "value", "status", rawWord, "reason"], ...rows];
  // A column in which nothing stands is left out.
  const columns = table[0]!.map((_, column) => column).filter((column) => rows.some((row) => row[column] !== ""));
  const widths = columns.map((column) =>
    table.reduce(
      (width, { [column]: cell = "" }) => (cell.length > WIDEST_COLUMN ? width : Math.max(width, cell.length)),
      0,
    ),
  );
  return table.map((row) =>
    columns
      .map((column, place) => row[column]!.padEnd(widths[place]!))
      .join("  ")
      .trimEnd(),
  );
}

/** Control characters from a device must not reach the terminal. */
function showValue(value: Value | null, dataType: DataType): string {
  if (value === null) return "–";
  if (value instanceof Uint8Array) return Buffer.from(value).toString("hex").toUpperCase();
  if (typeof value === "string") return JSON.stringify(value).replace(/\p{Cc}/gu, "·");
  if (Array.isArray(value)) return `[${value.map((each) => showValue(each as Value, dataType)).join(", ")}]`;
  if (dataType === "TIMESTAMP" && typeof value === "number") return showInstant(value);
  if (dataType === "FLOAT32" && typeof value === "number") return showSingle(value);
  return Object.is(value, -0) ? "-0" : String(value);
}

/** As a person reads it; beyond the years that a Date holds, microseconds. */
function showInstant(micros: number): string {
  const date = new Date(Math.floor(micros / 1_000_000) * 1000);
  if (Number.isNaN(date.getTime())) return String(micros);
  const fraction = micros - date.getTime() * 1000;
  const decimals = fraction === 0 ? "" : `.${String(fraction).padStart(6, "0").replace(/0+$/, "")}`;
  return date.toISOString().replace(".000Z", `${decimals}Z`);
}

/** The fewest digits that mean this number in 32 bits: 4.3, not 4.300000190734863. */
function showSingle(value: number): string {
  if (!Number.isFinite(value) || Object.is(value, -0)) return Object.is(value, -0) ? "-0" : String(value);
  for (let digits = 1; digits <= 9; digits++) {
    const shorter = Number(value.toPrecision(digits));
    if (Math.fround(shorter) === value) return String(shorter);
  }
  return String(value);
}
