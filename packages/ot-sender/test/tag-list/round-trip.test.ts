import fc from "fast-check";
import { expect, test } from "vitest";
import { stringify } from "yaml";
import { parseOtConfig } from "../../src/config/ot-station-config.ts";
import { compareList } from "../../src/tag-list/compare-list.ts";
import { editFile } from "../../src/tag-list/edit-file.ts";
import { guard, unguard } from "../../src/tag-list/formula-guard.ts";
import { readList } from "../../src/tag-list/read-list.ts";
import { writeList } from "../../src/tag-list/write-list.ts";
import { writtenDevices } from "../../src/tag-list/written-devices.ts";

const HOSTILE = [
  "=1+1",
  "=cmd|'/C calc'!A0",
  "+49",
  "-3",
  "@SUM(A1)",
  "'=1",
  "''",
  "'",
  "\tx",
  "\r\nx",
  'say "no"',
  "a,b;c\td",
  "line 1\nline 2",
  " blanks ",
  "# no comment",
  "*alias",
  "null",
  "true",
  "0123",
  "1e3",
  "~",
  "°C",
  "批次",
  "$" + "{x}",
  "- {",
];
const text = fc.oneof(fc.constantFrom(...HOSTILE), fc.string({ unit: "binary", maxLength: 30 }));
const number = fc.oneof(
  fc.integer(),
  fc.double({ noNaN: true, noDefaultInfinity: true }),
  fc.constantFrom(0.1, -40, 1e-7),
);
const optional = <T>(values: fc.Arbitrary<T>) => fc.option(values, { nil: undefined });

/** A tag that a configuration may have, as it is written. */
const tag = fc.record({
  name: fc.constantFrom("=a", "+b", "-c", "@d", "'e", "f", "g h", "批次", '"q"', "a,b", "x;y"),
  unit: optional(text),
  description: optional(text),
  enabled: optional(fc.boolean()),
  scanClass: optional(fc.constantFrom("fast", "normal", "slow")),
  maximumSilence: optional(fc.constantFrom("off", "5s", "10min")),
  outsideRange: optional(fc.constantFrom("keep", "clamp")),
  byteOrder: optional(fc.constantFrom("ABCD", "CDAB")),
  deadband: optional(fc.oneof(fc.constantFrom("1%", "0.5%", 0, 0.25))),
  scaling: fc.oneof(
    fc.constant({}),
    fc.record({ scale: number.filter((scale) => scale !== 0), offset: number }),
    fc.constant({ rawRange: [0, 27_648] }),
  ),
  range: fc.constantFrom([0, 100], [-0.5, 1e9]),
  alarms: optional(
    fc.constantFrom<object>({ hi: 9 }, { loLo: { limit: 2.5, text: '=a, "b"', delay: "5s" }, hi: 7, deadband: "1%" }),
  ),
  formerPath: optional(fc.constantFrom("old/=1", "old/2")),
  kind: fc.constantFrom<Record<string, unknown>>(
    { type: "INT16" },
    { type: "FLOAT32" },
    { type: "UINT8", byte: "high" },
    { type: "STRING", length: 7, encoding: "latin1" },
  ),
});

/** A calculated tag, as it is written. */
const calculated = fc.record({
  name: fc.constantFrom("=a", "+b", "-c", "@d", "批次", "a,b"),
  formula: fc.constantFrom(
    { expression: "-a", inputs: { a: "o" } },
    { expression: "a > 0 ? b / a * 100 : 0", inputs: { a: "o", b: "o" } },
    { expression: "+a", inputs: { a: "o" } },
    { expression: "a and true", inputs: { a: "o" }, type: "BOOLEAN" },
  ),
  unit: optional(text),
  description: optional(text),
  enabled: optional(fc.boolean()),
  maximumSilence: optional(fc.constantFrom("off", "5s")),
  range: fc.constantFrom([0, 100], [-0.5, 1e9]),
  deadband: optional(fc.constantFrom("1%", 0.25)),
});

function written(tags: readonly unknown[], calculatedTags?: readonly unknown[]): string {
  return stringify({
    station: { name: "s", dataFolder: "d" },
    link: { destination: "192.0.2.2:47000", rate: "100Mbit" },
    devices: [
      { name: "=plc, 1", driver: "modbus", host: "h", path: "site", tags },
      { name: "other", driver: "modbus", host: "h", tags: [{ path: "o", address: "hr:1", type: "INT16" }] },
    ],
    ...(calculatedTags === undefined ? {} : { calculatedTags }),
  });
}

test("a tag list says all of every tag: exported and imported into a file without tags, the station's settings are the same", () => {
  fc.assert(
    fc.property(fc.array(tag, { minLength: 1, maxLength: 8 }), (generated) => {
      const tags = generated.map(({ name, scaling, kind, ...rest }, at) => {
        const keys =
          kind.type === "STRING"
            ? { ...rest, range: undefined, deadband: undefined, outsideRange: undefined, alarms: undefined }
            : { ...rest, ...scaling };
        const all = { path: `${name}/${at}`, address: `hr:${at * 8}`, ...kind, ...keys };
        return Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined));
      });
      const before = written(tags);
      const list = writeList(writtenDevices(before));
      const empty = written([]);
      const read = readList(list, writtenDevices(empty));
      expect(read.mistakes).toEqual([]);
      const { changes } = compareList(read, writtenDevices(empty), "merge");
      expect(changes).toHaveLength(tags.length); // and the other device's tag is unchanged
      const after = editFile(empty, changes).text;
      expect(parseOtConfig(after, "ot.yaml").devices).toEqual(parseOtConfig(before, "ot.yaml").devices);
      // Once more: nothing is left to do.
      expect(compareList(readList(list, writtenDevices(after)), writtenDevices(after), "replace").changes).toEqual([]);
      for (const cell of list.split(/[,\n]/)) expect(cell).not.toMatch(/^"?[=+@\t\r]/);
    }),
    { seed: 4711, numRuns: 60 },
  );
});

test("and of every calculated tag: into a file that has none, or has others", () => {
  fc.assert(
    fc.property(fc.array(calculated, { minLength: 1, maxLength: 6 }), fc.boolean(), (generated, hasList) => {
      const tags = generated.map(({ name, formula, ...rest }, at) => {
        const isNumber = !("type" in formula);
        const keys = isNumber ? rest : { ...rest, range: undefined, deadband: undefined };
        const all = { path: `kpi/${name}/${at}`, ...formula, ...keys };
        return Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined));
      });
      const before = written([], tags);
      const list = writeList(writtenDevices(before));
      const empty = written([], hasList ? [] : undefined);
      const read = readList(list, writtenDevices(empty));
      expect(read.mistakes).toEqual([]);
      const { changes } = compareList(read, writtenDevices(empty), "merge");
      expect(changes).toHaveLength(tags.length);
      const after = editFile(empty, changes).text;
      // A compiled expression equals none but itself.
      const settingsOf = (file: string) =>
        parseOtConfig(file, "ot.yaml").calculated.map(({ expression: _, ...settings }) => settings);
      expect(settingsOf(after)).toEqual(settingsOf(before));
      const formulasOf = (file: string) =>
        writtenDevices(file)
          .at(-1)!
          .tags.map(({ expression, inputs }) => [expression, inputs]);
      expect(formulasOf(after)).toEqual(formulasOf(before));
      expect(compareList(readList(list, writtenDevices(after)), writtenDevices(after), "replace").changes).toEqual([]);
    }),
    { seed: 4713, numRuns: 60 },
  );
});

test("the guard keeps formulas out, and takes nothing away", () => {
  fc.assert(
    fc.property(text, (each) => {
      expect(guard(each)).not.toMatch(/^[=+\-@\t\r]/);
      expect(unguard(guard(each))).toBe(each);
    }),
    { seed: 4712, numRuns: 2000 },
  );
  expect(unguard("'plain")).toBe("'plain");
});
