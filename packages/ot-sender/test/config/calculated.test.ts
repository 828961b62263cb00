import { ConfigError } from "@nonreturn/station";
import { expect, test } from "vitest";
import { estimateLive } from "../../src/config/check-report.ts";
import { parseOtConfig } from "../../src/config/ot-station-config.ts";
import { toSettings } from "../../src/config/station-settings.ts";

const text = (...calculated: string[]) => `station: { name: s, dataFolder: d }
link: { destination: "192.0.2.2:47000", rate: 100Mbit }
devices:
  - name: plc
    driver: modbus
    host: h
    path: line
    tags:
      - { path: good, address: "hr:0", type: UINT32 }
      - { path: total, address: "hr:2", type: UINT32 }
      - { path: on, address: "co:0" }
      - { path: name, address: "hr:4", type: STRING, length: 8 }
calculatedTags:
${calculated.map((each) => `  - { ${each} }\n`).join("")}`;

function mistakesOf(...calculated: string[]): string[] {
  try {
    parseOtConfig(text(...calculated), "ot.yaml");
  } catch (error) {
    if (error instanceof ConfigError) return error.mistakes.map((each) => `${each.line}: ${each.path}: ${each.text}`);
    throw error;
  }
  return [];
}
const QUALITY = `path: line/quality, expression: "good / total * 100", inputs: { good: line/good, total: line/total }`;

test("calculated tags are tags of the directory, in the order of their dependence", () => {
  const config = parseOtConfig(
    text(
      `path: line/oee, expression: "on ? q / 100 : 0", inputs: { on: line/on, q: line/quality }`,
      `${QUALITY}, unit: "%", range: [0, 100], deadband: 1%, maximumSilence: 10s`,
    ),
    "ot.yaml",
  );
  expect(config.calculated.map(({ path }) => path)).toEqual(["line/quality", "line/oee"]);
  expect(config.calculated[0]).toMatchObject({ deadband: 1, maximumSilenceMs: 10_000, range: { low: 0, high: 100 } });
  const { journal, scan } = toSettings(config);
  expect(journal.tags.slice(-2)).toMatchObject([
    { path: "line/quality", dataType: "FLOAT64", unit: "%", device: "calculated", rangeHigh: 100 },
    { path: "line/oee", dataType: "FLOAT64", device: "calculated" },
  ]);
  expect(scan.calculated).toHaveLength(2);
  // 4 tags a second each, quality with either of its inputs, oee with on and with quality.
  expect(estimateLive(config)).toMatchObject({ tags: 6, samplesPerSecondAtMost: 4 + 2 + 3 });
});

test.each([
  ["correct ones", QUALITY, undefined],
  [
    "no expression",
    `path: q, expression: "good +", inputs: { good: line/good }`,
    /^14: .*\.expression: is no expression/,
  ],
  [
    "an unknown tag",
    QUALITY.replace("line/total", "line/totl"),
    /^14: .*inputs\.total: there is no tag "line\/totl"; did you mean line\/total\?$/,
  ],
  [
    "an unknown name",
    QUALITY.replace("good /", "god /"),
    /^14: .*expression: god is no input and no function; did you mean good\?$/,
  ],
  ["an input too many", QUALITY.replace("good /", "1 /"), /^14: .*inputs\.good: is not in the expression; remove it$/],
  ["no inputs", `path: q, expression: "1", inputs: {}`, /^14: .*inputs: there is none/],
  ["text", `path: q, expression: "n", inputs: { n: line/name }`, /^14: .*inputs\.n: line\/name is a STRING/],
  [
    "a function's name",
    `path: q, expression: "min(min, 2)", inputs: { min: line/good }`,
    /^14: .*inputs\.min: means something else/,
  ],
  [
    "a path that a device has",
    QUALITY.replace("path: line/quality", "path: line/on"),
    /^11: .*tag path "line\/on" is used 2 times/,
  ],
  ["a percentage of nothing", `${QUALITY}, deadband: 1%`, /^14: .*deadband: a percentage is of the range/],
  [
    "a range of true and false",
    `path: q, type: BOOLEAN, expression: "a > 1", inputs: { a: line/good }, range: [0, 1]`,
    /^14: .*range: a BOOLEAN has no range/,
  ],
  [
    "itself",
    `path: q, expression: "a", inputs: { a: q }`,
    /^14: .*inputs: depends on itself: q → q; break the circle$/,
  ],
])("mistakes: %s", (_, calculated, expected) => {
  const mistakes = mistakesOf(calculated);
  if (expected === undefined) expect(mistakes).toEqual([]);
  else expect(mistakes).toContainEqual(expect.stringMatching(expected));
});

test("a circle is refused with the way around it", () => {
  expect(
    mistakesOf(
      `path: a, expression: "x + y", inputs: { x: line/good, y: b }`,
      `path: b, expression: "x", inputs: { x: c }`,
      `path: c, expression: "x", inputs: { x: a }`,
      `path: d, expression: "x", inputs: { x: a }`,
    ),
  ).toEqual(["14: calculatedTags[0].inputs: depends on itself: a → b → c → a; break the circle"]);
});

test("long chains are no circle, and exhaust nothing", () => {
  const chain = Array.from(
    { length: 5000 },
    (_, at) => `path: t${at}, expression: "x", inputs: { x: ${at === 4999 ? "line/good" : `t${at + 1}`} }`,
  );
  const { calculated } = parseOtConfig(text(...chain), "ot.yaml");
  expect([calculated[0]!.path, calculated.at(-1)!.path]).toEqual(["t4999", "t0"]);
});
