import { ConfigError, createLog, systemClock } from "@nonreturn/station";
import { describe, expect, test } from "vitest";
import { checkReport } from "../../src/config/check-report.ts";
import { type OtStationConfig, parseOtConfig } from "../../src/config/ot-station-config.ts";
import { parametersOf, substitute } from "../../src/config/substitute-parameters.ts";

const HEAD = `station: { name: s, dataFolder: d }
link: { destination: "192.0.2.2:47000", rate: 100Mbit }
`;
/** Placeholders are written #{…} here: the linter takes the others for slips. */
const dollars = (text: string): string => text.replaceAll("#{", "$" + "{");

const TEMPLATE = `templates:
  filler:
    parameters: [number, host, base, mixer]
    defaults: { base: 0, mixer: true }
    device:
      driver: modbus
      host: #{host}
      port: 5020
      unit: #{number}
      path: hamburg/filling/line-#{number}
      tags:
        - { path: speed, address: "hr:#{base}", type: INT16, scale: 0.1, unit: "$#{x}" }
        - { path: torque, address: "hr:#{base*10+4}", type: INT16 }
        - { path: mixer/on, address: "u#{number}!co:1", enabled: "#{mixer}", description: "mixer of #{name}" }
`;
const parse = (rest: string): OtStationConfig => parseOtConfig(HEAD + dollars(rest), "/etc/nonreturn/ot.yaml");

/** "line: path: text" of every mistake. */
function mistakesOf(rest: string): string[] {
  try {
    parse(rest);
  } catch (error) {
    if (error instanceof ConfigError)
      return error.mistakes.map(({ line, path, text }) => `${line}: ${path}: ${text}`.replaceAll("$" + "{", "#{"));
    throw error;
  }
  return [];
}
const use = (...devices: string[]) => `${TEMPLATE}devices:\n${devices.map((each) => `  - { ${each} }\n`).join("")}`;

describe("a device made of a template", () => {
  test("has the template's keys and tags, with its own parameters in them", () => {
    const { devices } = parse(
      use(
        "name: f1, template: filler, parameters: { number: 1, host: 192.0.2.11 }",
        "name: f2, template: filler, parameters: { number: 2, host: 192.0.2.12, base: 100, mixer: false }",
      ),
    );
    expect(devices.map(({ name, driverConfig }) => [name, driverConfig])).toMatchObject([
      ["f1", { host: "192.0.2.11", port: 5020, unit: 1 }],
      ["f2", { host: "192.0.2.12", port: 5020, unit: 2 }],
    ]);
    expect(devices[1]!.tags).toMatchObject([
      {
        path: "hamburg/filling/line-2/speed",
        address: "hr:100",
        unit: dollars("#{x}"),
        enabled: true,
        scaling: { scale: 0.1 },
      },
      { path: "hamburg/filling/line-2/torque", address: "hr:1004" },
      { path: "hamburg/filling/line-2/mixer/on", address: "u2!co:1", enabled: false, description: "mixer of f2" },
    ]);
    expect(devices[0]!.tags[1]).toMatchObject({ address: "hr:4" });
  });

  test("its own keys win, its own tags come after", () => {
    const { devices } = parse(
      use(
        `name: f1, template: filler, parameters: { number: 1, host: h }, enabled: false, port: 502, tags: [{ path: extra, address: "hr:9", type: INT16 }]`,
      ),
    );
    expect(devices[0]).toMatchObject({ enabled: false, driverConfig: { port: 502, host: "h" } });
    expect(devices[0]!.tags.map(({ path }) => path.split("/").at(-1))).toEqual(["speed", "torque", "on", "extra"]);
  });

  test("stands beside devices that are written out, in the file's order", () => {
    const { devices } = parse(
      `${use("name: f1, template: filler, parameters: { number: 1, host: h }")}  - { name: plain, driver: modbus, host: "#{host}" }\n`,
    );
    expect(devices.map(({ name }) => name)).toEqual(["f1", "plain"]);
    expect(devices[1]!.driverConfig).toMatchObject({ host: dollars("#{host}") }); // no parameters outside templates
  });

  test("a hundred machines are a hundred lines", () => {
    const config = parse(
      use(
        ...Array.from(
          { length: 100 },
          (_, at) => `name: f${at}, template: filler, parameters: { number: ${at + 1}, host: h }`,
        ),
      ),
    );
    expect(config.devices).toHaveLength(100);
    expect(new Set(config.devices.flatMap(({ tags }) => tags.map(({ path }) => path))).size).toBe(300);
    const log = createLog({ name: "test", level: "silent" });
    expect(checkReport(config, { clock: systemClock, log })).toContain("devices   100 on 1 channel, 300 tags");
  });
});

describe("mistakes", () => {
  const GOOD = "name: f1, template: filler, parameters: { number: 1, host: h }";

  test("a correct file has none", () => {
    expect(mistakesOf(use(GOOD))).toEqual([]);
  });

  test.each([
    [
      "an unknown template",
      "name: f1, template: filer",
      /^18: devices\[0\]\.template: there is no template "filer"; did you mean filler\?$/,
    ],
    [
      "a missing parameter",
      "name: f1, template: filler, parameters: { number: 1 }",
      /^18: devices\[0\]\.parameters: template "filler" wants host too; write parameters: \{ host: … \}$/,
    ],
    ["no parameters at all", "name: f1, template: filler", /^18: .*wants number, host too/],
    [
      "a parameter too many",
      "name: f1, template: filler, parameters: { number: 1, host: h, hots: h }",
      /^18: devices\[0\]\.parameters\.hots: template "filler" has no such parameter; did you mean host\?$/,
    ],
    [
      "a parameter that is a list",
      "name: f1, template: filler, parameters: { number: [1], host: h }",
      /^18: devices\[0\]\.parameters\.number: is no text, number or yes-or-no value/,
    ],
    [
      "arithmetic on text",
      "name: f1, template: filler, parameters: { number: 1, host: h, base: four }",
      /^18: devices\[0\]\.parameters\.base: #\{base\*10\+4\} wants a whole number, not "four"; write one \(for templates\.filler\.device\.tags\.1\.address\)$/,
    ],
    [
      "a value that the template's place does not take is the device's mistake",
      "name: f1, template: filler, parameters: { number: 300, host: h }",
      /^18: devices\[0\]\.parameters\.number \(for templates\.filler\.device\.unit\): 300 is too large/,
    ],
    [
      "the device's own keys are checked where they stand",
      `${GOOD}, portt: 1`,
      /^18: devices\[0\]\.portt: is not a known key; did you mean port\?$/,
    ],
    [
      "and its own tags",
      `${GOOD}, tags: [{ path: extra, address: "hr:70000", type: INT16 }]`,
      /^18: devices\[0\]\.tags\[0\]\.address: hr has no address 70000/,
    ],
  ])("%s", (_, device, expected) => {
    expect(mistakesOf(use(device))).toContainEqual(expect.stringMatching(expected));
  });

  test("what the template itself says wrong is said once, at its line, however many devices are made of it", () => {
    const text = use(GOOD, GOOD.replaceAll("1", "2"), GOOD.replaceAll("1", "3")).replace(
      "type: INT16 }\n        - { path: mixer",
      "typ: INT16 }\n        - { path: mixer",
    );
    expect(mistakesOf(text)).toEqual([
      '15: templates.filler.device.tags[1].typ (device "f1"): is not a known key; did you mean type? (and 2 times more, used elsewhere)',
    ]);
  });

  test("placeholders that are none, parameters that nobody declared", () => {
    const text = (inside: string) => use(GOOD).replace("path: torque", `path: "${inside}"`);
    expect(mistakesOf(text("#{a b}"))).toEqual([
      "15: templates.filler.device.tags[1].path: #{a b} is no parameter; write #{name}, #{name+4} or #{name*100+4}",
    ]);
    expect(mistakesOf(text("#{numbr}"))).toEqual([
      '15: templates.filler.device.tags[1].path: the template has no parameter "numbr"; did you mean number?',
    ]);
    expect(mistakesOf(use(GOOD).replace("base: 0,", "bse: 0, base: 0,"))[0]).toMatch(
      /^6: templates\.filler\.defaults\.bse: is not among parameters; did you mean base\?$/,
    );
    expect(mistakesOf(use(GOOD).replace("parameters: [number", "parametrs: [number"))[0]).toMatch(
      /^5: templates\.filler\.parametrs: is not a known key; did you mean parameters\?$/,
    );
  });

  test("two devices with one path clash where the template says it, or the parameter", () => {
    const same = mistakesOf(use(GOOD, GOOD.replace("f1", "f2")));
    expect(same).toHaveLength(6 / 2); // each of three tags, its two places being one line
    expect(same[0]).toMatch(/^14: templates\.filler.*tag path "hamburg\/filling\/line-1\/speed" is used 2 times/);
  });

  test("templates without any, and hostile files", () => {
    expect(mistakesOf(`devices:\n  - { name: a, template: x }\n`)).toEqual([
      "4: devices[0].template: there are no templates; write a section templates, or driver instead of template",
    ]);
    expect(mistakesOf(`templates: 5\ndevices:\n  - { name: a, template: x }\n`)[0]).toMatch(
      /^5: .*there are no templates/,
    );
    const deep = `templates: { t: { device: { x: ${"[".repeat(100)}${"]".repeat(100)} } } }\ndevices:\n  - { name: a, template: t }\n`;
    expect(mistakesOf(deep)).toEqual(["3: templates.t.device: is nested too deeply; write it flatter"]);
    expect(
      mistakesOf(`templates: { t: { device: {} } }\ndevices:\n  - { name: a, template: constructor }\n`)[0],
    ).toMatch(/there is no template "constructor"/);
    const many = `templates: { t: { device: { tags: [${"1,".repeat(100_000)}] } } }\ndevices:\n${"  - { name: a, template: t }\n".repeat(200)}`;
    expect(mistakesOf(many)[0]).toMatch(
      /^164: devices\[159\]: templates make more than 16000000 values up to here; write fewer tags/,
    );
  });
});

describe("substitution", () => {
  const values = new Map<string, string | number | boolean>([
    ["n", 7],
    ["on", true],
    ["text", dollars("$1 $& #{n}")],
  ]);
  test.each([
    ["#{n}", 7],
    ["#{on}", true],
    ["a#{n}b#{ n + 1 }", "a7b8"],
    ["#{n-8}", -1],
    ["#{n*100-4}", 696],
    ["$#{n}", "#{n}"],
    ["x#{text}", "x$1 $& #{n}"], // a value is never looked into
    ["$n {n} $", "$n {n} $"],
  ])("%s is %s", (text, expected) => {
    expect(substitute(dollars(text), values)).toEqual({
      value: typeof expected === "string" ? dollars(expected) : expected,
    });
  });

  test("refuses what is no whole number, and texts that grow", () => {
    expect(substitute(dollars("#{on+1}"), values)).toMatchObject({ parameter: "on" });
    expect(substitute(dollars("#{big*2}"), new Map([["big", Number.MAX_SAFE_INTEGER]]))).toMatchObject({
      parameter: "big",
    });
    expect(substitute(dollars("#{x}").repeat(20), new Map([["x", "y".repeat(1000)]]))).toMatchObject({
      parameter: "x",
    });
    expect(parametersOf(dollars("#{a} $#{b} #{c*2}"))).toEqual({ names: ["a", "c"] });
    expect(parametersOf(dollars("#{}"))).toMatchObject({ mistake: expect.stringContaining("is no parameter") });
  });
});

describe("calculated tags of a template", () => {
  const OEE = `templates:
  line:
    parameters: [number, ideal]
    device:
      driver: modbus
      host: h
      path: line-#{number}
      tags: [{ path: good, address: "hr:0", type: UINT32 }, { path: total, address: "hr:2", type: UINT32 }]
    calculatedTags:
      - { path: "line-#{number}/quality", expression: good / total, inputs: { good: "line-#{number}/good", total: "line-#{number}/total" } }
      - { path: "line-#{number}/oee", expression: "q * #{ideal}", inputs: { q: "line-#{number}/quality" }, alarms: { lo: "#{ideal}" } }
`;
  const lines = (own: string, ...parameters: string[]) =>
    `${OEE}${own}devices:\n${parameters.map((each, at) => `  - { name: l${at}, template: line, parameters: { ${each} } }\n`).join("")}`;

  test("are made once per device, after those of the file", () => {
    const { calculated } = parse(
      lines(
        "calculatedTags: [{ path: both, expression: a + b, inputs: { a: line-1/oee, b: line-2/oee } }]\n",
        "number: 1, ideal: 0.5",
        "number: 2, ideal: 2",
      ),
    );
    const made = new Map(calculated.map((each) => [each.path, each]));
    expect([...made.keys()].sort()).toEqual(["both", "line-1/oee", "line-1/quality", "line-2/oee", "line-2/quality"]);
    expect(made.get("line-1/oee")!.expression.evaluate(new Map([["q", 3]]))).toBe(1.5);
    expect(made.get("line-2/oee")!.alarms).toMatchObject([{ condition: "Low", test: { limit: 2 } }]);
  });

  test("are reported where they were written, once: in the template, or where a device gives the parameter", () => {
    expect(mistakesOf(lines("", "number: 1, ideal: x", "number: 2, ideal: 1"))).toEqual([
      '15: devices[0].parameters.ideal (for templates.line.calculatedTags[1].alarms.lo): "x" is text; write a number or a map of name: value lines',
    ]);
    const wrong = lines("", "number: 1, ideal: 1", "number: 2, ideal: 1").replace("good / total", "good / sum");
    expect(mistakesOf(wrong)).toEqual([
      '12: templates.line.calculatedTags[0].expression (device "l0"): sum is no input and no function; write sum: path under inputs (and 1 times more, used elsewhere)',
      "15: devices[0].parameters.number (for templates.line.calculatedTags[0].inputs.total): is not in the expression; remove it",
      "16: devices[1].parameters.number (for templates.line.calculatedTags[0].inputs.total): is not in the expression; remove it",
    ]);
  });

  test("name no parameters that are not there", () => {
    expect(mistakesOf(lines("", "number: 1, ideal: 1").replace("#{ideal}", "#{idea}"))).toEqual([
      '13: templates.line.calculatedTags[1].expression: the template has no parameter "idea"; did you mean ideal?',
    ]);
  });
});
