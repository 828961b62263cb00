import { describe, expect, it } from "vitest";
import { csvRow, csvStart, sampleJson } from "../../../src/publishers/rest/map-sample.ts";
import { keyOf } from "../../../src/publishers/rest/tag-table.ts";
import { T0 } from "../support/samples.ts";

const row = (path: string, value: never, formulas: "safe" | "keep", unit = "") =>
  csvRow(csvStart(path, formulas), unit, { value, statusCode: 0, sourceTimestamp: T0 }, formulas);
/** The cells of one row, read as RFC 4180 says. */
const cells = (line: string): string[] =>
  [...`,${line.slice(0, -2)}`.matchAll(/,(?:"((?:[^"]|"")*)"|([^",\r\n]*))/gsu)].map(
    ([, quoted, plain]) => quoted?.replaceAll('""', '"') ?? plain!,
  );

const HOSTILE = ['=cmd|" /C calc"!A0', "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", " =1", "\0=1", "＝1", "%0A=1"];
const HARMLESS = ["a,b", 'a"b', "a\r\nb", "Öl°C", "", "a=b", "\u202egnp.exe", "1-2"];

describe("CSV rows", () => {
  it.each([...HOSTILE, ...HARMLESS])("hold %j in one cell", (text) => {
    const line = row(text, text as never, "keep", text);
    expect(line.endsWith("\r\n")).toBe(true);
    expect(cells(line)).toEqual([text, keyOf(text), "2026-11-23T08:00:00.000000Z", text, "string", "good", "0", text]);
  });

  it.each(HOSTILE)("never let a spreadsheet compute %j", (text) => {
    for (const cell of [0, 3, 7]) expect(cells(row(text, text as never, "safe", text))[cell]).toBe(`'${text}`);
  });

  it.each(HARMLESS)("leave %j as it is", (text) => {
    expect(row(text, text as never, "safe", text)).toBe(row(text, text as never, "keep", text));
  });

  it("leave numbers numbers", () => {
    expect(cells(row("a", -5 as never, "safe"))[3]).toBe("-5");
    expect(cells(row("a", -(2n ** 63n) as never, "safe"))[3]).toBe("-9223372036854775808");
  });
});

describe("JSON samples", () => {
  it.each([
    [2n ** 64n - 1n, '"18446744073709551615"'],
    [Number.NaN, '"NaN"'],
    [-0, "-0"],
    [null, "null"],
    ["\ud800\u2028</script>", '"\\ud800\u2028</script>"'],
  ])("hold %s exactly", (value, json) => {
    expect(sampleJson({ value, statusCode: 0, sourceTimestamp: T0 })).toBe(
      `{"timestamp":"2026-11-23T08:00:00.000000Z","value":${json},"quality":"good","qualityCode":0}`,
    );
  });
});
