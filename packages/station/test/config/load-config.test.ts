import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { z } from "zod";
import { temporaryFolder } from "../../../../test/support/temporary-folder.ts";
import {
  byteSize,
  ConfigError,
  dataRate,
  durationBetween,
  hostPort,
  loadConfig,
  parseConfig,
  percent,
  StationError,
} from "../../src/index.ts";

const device = z.discriminatedUnion("driver", [
  z.strictObject({
    driver: z.literal("modbus-tcp"),
    host: hostPort,
    unit: z.int().min(0).max(247).prefault(1).meta({ description: "unit identifier" }),
    timeout: durationBetween("10ms", "1min").prefault("1s"),
  }),
  z.strictObject({ driver: z.literal("s7"), rack: z.int(), label: z.string().optional() }),
]);

const schema = z.strictObject({
  link: z.strictObject({ target: hostPort, rate: dataRate, redundancy: percent.prefault("25%") }),
  devices: z.array(device),
  retention: byteSize.optional(),
  mode: z.enum(["production", "lab"]).prefault("lab"),
  broker: z.strictObject({ password: z.string() }).optional(),
  tags: z
    .record(
      z.string(),
      z.strictObject({ id: z.int(), scale: z.union([z.number(), z.strictObject({ factor: z.number() })]).optional() }),
    )
    .prefault({}),
});

/** The mistakes of a text as "line:column path: text". */
function mistakesOf(text: string, of: z.ZodType = schema): string[] {
  try {
    parseConfig(text, "ot.yaml", of);
  } catch (error) {
    if (error instanceof ConfigError) return error.mistakes.map((m) => `${m.line}:${m.column} ${m.path}: ${m.text}`);
    throw error;
  }
  return [];
}

const good = `
link:
  target: 192.0.2.2:47000
  rate: 100Mbit
devices:
  - driver: modbus-tcp
    host: plc-7.plant:502
retention: 20GB
`;

test("a correct file gives numbers in base units and defaults", () => {
  expect(parseConfig(good, "ot.yaml", schema)).toEqual({
    link: { target: { host: "192.0.2.2", port: 47_000 }, rate: 100_000_000, redundancy: 25 },
    devices: [{ driver: "modbus-tcp", host: { host: "plc-7.plant", port: 502 }, unit: 1, timeout: 1000 }],
    retention: 20_000_000_000,
    mode: "lab",
    tags: {},
  });
});

test("every mistake is reported at once, at its place, with what to write", () => {
  const text = `
link:
  target: 192.0.2.300:47000
  rate: 100mbps
  redundancy: 25
  redundancyy: 3
devices:
  - driver: modbus-tcp
    host: 192.0.2.2
    unit: 300
    timeout: 5ms
  - driver: modbus-tpc
  - driver: s7
    rakc: 3
    label: 17
mode: producton
tags:
  1: {id: 4.5, scale: {factor: x}}
  b: {id: 3, scale: x}
  c:
`;
  expect(mistakesOf(text)).toEqual([
    '3:11 link.target: "192.0.2.300:47000" is not host:port; write it like "192.0.2.2:47000"',
    '4:9 link.rate: "100mbps" is not a data rate; write "100Mbit"',
    "5:15 link.redundancy: 25 is not a percentage; write 25%",
    "6:3 link.redundancyy: is not a known key; did you mean redundancy?",
    '9:11 devices[0].host: "192.0.2.2" has no port; write "192.0.2.2:47000" with the port you want',
    "10:11 devices[0].unit: 300 is too large; write at most 247",
    '11:14 devices[0].timeout: "5ms" is out of range; write a duration, from 10ms to 1min',
    '12:13 devices[1].driver: "modbus-tpc" is not allowed; did you mean modbus-tcp? Write one of: modbus-tcp, s7',
    "13:5 devices[2].rack: is missing; write rack: a whole number",
    "14:5 devices[2].rakc: is not a known key; did you mean rack?",
    '15:12 devices[2].label: 17 is a number, but text belongs here; write it in quotes: "17"',
    '16:7 mode: "producton" is not allowed; did you mean production? Write one of: production, lab',
    "18:11 tags.1.id: 4.5 is a number; write a whole number",
    '18:32 tags.1.scale.factor: "x" is text; write a number',
    '19:21 tags.b.scale: "x" is text; write a number or a map of name: value lines',
    "20:5 tags.c: has no value; write a map of name: value lines",
  ]);
});

test("the error names the file, counts the mistakes and lists each with file:line:column", () => {
  let thrown: unknown;
  try {
    parseConfig(`${good}extra: 1\nmode: x\n`, "config/ot.yaml", schema);
  } catch (error) {
    thrown = error;
  }
  expect(thrown).toBeInstanceOf(StationError);
  const error = thrown as ConfigError;
  expect(error.code).toBe("CONFIG_INVALID");
  expect(error.where).toBe("config/ot.yaml");
  expect(error.what).toContain("2 mistakes:\n  config/ot.yaml:9:1: extra: is not a known key");
  expect(error.what).toContain("  config/ot.yaml:10:7: mode: ");
});

test("a missing key is reported at the map it belongs to, with the schema's description", () => {
  const described = z.strictObject({
    link: z.strictObject({
      rate: dataRate,
      name: z.string().meta({ description: "shown in the console", examples: ["hall 3"] }),
    }),
  });
  expect(mistakesOf("other: 1\nlink:\n  rate: 1Mbit\n", described)).toEqual([
    "1:1 other: is not a known key; remove it, or write one of: link",
    '3:3 link.name: is missing; write name: "hall 3" (shown in the console)',
  ]);
});

test("what a definition with a name says of a key, and what the key says itself, are both told", () => {
  const limit = z.strictObject({ at: z.number() }).meta({ id: "Limit", description: "any limit" });
  const alarms = z.strictObject({ hi: limit.meta({ description: "above this" }), lo: limit });
  expect(mistakesOf("lo:\n  by: 3\n", alarms)).toEqual([
    "1:1 hi: is missing; write hi: a map of name: value lines (above this)",
    "2:3 lo.at: is missing; write at: a number",
    "2:3 lo.by: is not a known key; remove it, or write one of: at",
  ]);
});

test("an empty file is an empty map", () => {
  expect(mistakesOf("")).toEqual([
    "1:1 link: is missing; write link: a map of name: value lines",
    "1:1 devices: is missing; write devices: a list",
  ]);
});

test("YAML mistakes: duplicate keys, tabs, brackets, second document, key that is no name, __proto__", () => {
  expect(mistakesOf(`${good}retention: 21GB\n`)).toEqual(["9:1 retention: is written twice; remove one of the two"]);
  expect(mistakesOf("link:\n\trate: 1Mbit")).toEqual([
    expect.stringMatching(/^2:1 : Tabs .*indent with spaces, not tabs$/),
  ]);
  expect(mistakesOf("link: [1, 2")).toEqual([expect.stringMatching(/^1:12 : Flow sequence/)]);
  expect(mistakesOf("a: 1\n---\nb: 2\n")).toEqual(["2:1 : a second document begins here; remove the '---' line"]);
  expect(mistakesOf(`${good}? [a]\n: 1\n`)).toContainEqual("9:3 : a key must be a plain name; write name: value");
  expect(mistakesOf(`${good}tags:\n  __proto__: {id: 1}\n`)).toEqual([
    "10:3 tags.__proto__: cannot be a name; choose another",
  ]);
});

test("duplicate keys are reported together with the mistakes of the rest", () => {
  expect(mistakesOf(`${good}mode: lab\nmode: x\n`)).toEqual([
    "10:1 mode: is written twice; remove one of the two",
    '10:7 mode: "x" is not allowed; write one of: production, lab',
  ]);
});

test("a few aliases are fine, an alias bomb and endless nesting are refused without harm", () => {
  const free = z.record(z.string(), z.unknown());
  expect(parseConfig("a: &a [1, 2]\nb: *a\n", "f", free)).toEqual({ a: [1, 2], b: [1, 2] });
  const bomb = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"];
  for (let i = 1; i < 9; i++) bomb.push(`a${i}: &a${i} [${`*a${i - 1}, `.repeat(9)}*a${i - 1}]`);
  expect(mistakesOf(bomb.join("\n"), free)).toEqual([
    expect.stringContaining("aliases (*name) repeat too much of the file"),
  ]);
  expect(mistakesOf("a: *nothing\n", free)).toHaveLength(1);
  expect(mistakesOf("[".repeat(100_000), free)).toEqual(["1:1 : the file is nested too deeply; write it flatter"]);
});

test("a mistake behind an alias is placed where the value stands", () => {
  const two = z.strictObject({
    a: z.strictObject({ n: z.int() }),
    b: z.strictObject({ n: z.int(), m: z.int().optional() }),
  });
  expect(mistakesOf("a: &x\n  n: 1.5\nb: *x\n", two)).toEqual([
    "2:6 a.n: 1.5 is a number; write a whole number",
    "2:6 b.n: 1.5 is a number; write a whole number",
  ]);
});

test("a secret is never repeated in a message", () => {
  const text = `${good}broker: {password: 12345678}\n`;
  expect(mistakesOf(text)).toEqual([expect.stringContaining("the value is a number, but text belongs here")]);
  expect(mistakesOf(text).join()).not.toContain("12345678");
});

test("checks across keys keep their own words and place", () => {
  const crossed = schema.superRefine((config, context) => {
    config.devices.forEach((entry, index) => {
      if (entry.driver === "modbus-tcp" && entry.unit === 1) {
        context.addIssue({
          code: "custom",
          path: ["devices", index, "unit"],
          message: "unit 1 is taken; write another",
        });
      }
    });
  });
  expect(mistakesOf(good.replace("502", "502\n    unit: 1"), crossed)).toEqual([
    "8:11 devices[0].unit: unit 1 is taken; write another",
  ]);
});

test("many mistakes: all are counted, the message stays readable", () => {
  const text = `${good}tags:\n${Array.from({ length: 200 }, (_, i) => `  t${i}: {id: x}`).join("\n")}\n`;
  expect(mistakesOf(text)).toHaveLength(200);
  expect(() => parseConfig(text, "f", schema)).toThrow(/200 mistakes:.*… and 150 more/s);
});

test("loadConfig: a missing file, a folder, bytes that are no UTF-8 and a giant are unreadable, not a crash", () => {
  const folder = temporaryFolder();
  const codeOf = (path: string): string => {
    try {
      loadConfig(path, schema);
    } catch (error) {
      return (error as StationError).code;
    }
    return "none";
  };
  writeFileSync(join(folder, "good.yaml"), good);
  expect(codeOf(join(folder, "good.yaml"))).toBe("none");
  expect(codeOf(join(folder, "missing.yaml"))).toBe("CONFIG_UNREADABLE");
  mkdirSync(join(folder, "folder"));
  expect(codeOf(join(folder, "folder"))).toBe("CONFIG_UNREADABLE");
  expect(codeOf("/dev/zero")).toBe("CONFIG_UNREADABLE"); // says it has no bytes and never ends
  writeFileSync(join(folder, "latin1.yaml"), Buffer.from([0x61, 0x3a, 0x20, 0xe4]));
  expect(codeOf(join(folder, "latin1.yaml"))).toBe("CONFIG_UNREADABLE");
  writeFileSync(join(folder, "giant.yaml"), Buffer.alloc(16 * 1024 * 1024 + 1, "#"));
  expect(codeOf(join(folder, "giant.yaml"))).toBe("CONFIG_UNREADABLE");
});

test("a hundred thousand tags load in linear work: keys are not compared pair by pair", () => {
  const text = `tags:\n${Array.from({ length: 100_000 }, (_, i) => `  tag${i}: {id: ${i}}`).join("\n")}\n`;
  const big = z.strictObject({ tags: z.record(z.string(), z.strictObject({ id: z.int() })) });
  expect(Object.keys(parseConfig(text, "f", big).tags)).toHaveLength(100_000); // quadratic comparison would need minutes
});
