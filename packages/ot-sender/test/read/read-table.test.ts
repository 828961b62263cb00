import { StatusCode, type Value } from "@nonreturn/wire-format";
import { expect, test } from "vitest";
import type { RawReading, TagAddress } from "../../src/drivers/driver.ts";
import { readTable } from "../../src/read/read-table.ts";

type Row = readonly [dataType: TagAddress["dataType"], value: Value];

/** The cells of the value's column, and all lines. */
function tableOf(rows: readonly Row[]): { readonly values: string[]; readonly lines: string[] } {
  const tags = rows.map(([dataType], index) => ({
    tagId: index + 1,
    path: "",
    address: `hr:${index}`,
    dataType,
    options: {},
  }));
  const readings = new Map<number, RawReading>(
    rows.map(([, value], index) => [
      index + 1,
      { sample: { tagId: index + 1, value, statusCode: StatusCode.Good, sourceTimestamp: 0 }, raw: "", reason: "" },
    ]),
  );
  const lines = readTable(tags, readings, "raw");
  return { lines, values: lines.slice(1).map((line) => /^hr:\d+ +\w+ +(.*?) +Good$/.exec(line)![1]!) };
}

test("a FLOAT32 has the digits it means, a FLOAT64 all of its own", () => {
  const rows: Row[] = [4.3, 62.1, 123456.789, 1e-45, 3.4028234663852886e38, 16777216, -0, 0, Number.NaN].map(
    (value) => ["FLOAT32", Math.fround(value)],
  );
  const { values } = tableOf([...rows, ["FLOAT64", Math.fround(4.3)]]);
  expect(values).toEqual([
    ...["4.3", "62.1", "123456.79", "1e-45", "3.4028235e+38", "16777216", "-0", "0", "NaN"],
    "4.300000190734863",
  ]);
  for (const [index, [, value]] of rows.entries()) expect(Math.fround(Number(values[index]))).toBe(value);
});

test("a TIMESTAMP is a date and time in UTC, to the microsecond", () => {
  const micros = [1_795_420_800_000_000, 1_795_420_800_000_120, 1_795_420_800_500_000, -1, 9e15];
  expect(tableOf(micros.map((value) => ["TIMESTAMP", value])).values).toEqual([
    "2026-11-23T08:00:00Z",
    "2026-11-23T08:00:00.00012Z",
    "2026-11-23T08:00:00.5Z",
    "1969-12-31T23:59:59.999999Z",
    "2255-03-14T16:00:00Z",
  ]);
});

test("a long array is whole, and pushes no other row apart", () => {
  const elements = Array.from({ length: 500 }, (_, index) => index);
  const { lines, values } = tableOf([
    ["INT16", 7],
    ["INT16", elements],
    ["INT16", 12345],
  ]);
  expect(values).toEqual(["7", `[${elements.join(", ")}]`, "12345"]);
  expect([lines[1]!.length, lines[3]!.length]).toEqual([lines[3]!.length, lines[1]!.length]);
  expect(lines[1]!.length).toBeLessThan(60);
});
