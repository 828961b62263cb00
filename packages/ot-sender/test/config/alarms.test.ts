import { ConfigError } from "@nonreturn/station";
import { describe, expect, it, test } from "vitest";
import { parseOtConfig } from "../../src/config/ot-station-config.ts";
import { alarmCountMistake } from "../../src/config/resolve-alarms.ts";

const text = (tag: string, calculated = "") => `station: { name: s, dataFolder: d }
link: { destination: "192.0.2.2:47000", rate: 100Mbit }
devices:
  - name: plc
    driver: modbus
    host: h
    tags:
      - { path: n, address: "hr:0", type: UINT32 }
      - { path: t, ${tag} }
calculatedTags: [${calculated}]
`;
const ANALOGUE = `address: "hr:2", type: INT16, scale: 0.1, unit: °C, range: [0, 200]`;

function alarmsOf(tag: string) {
  return parseOtConfig(text(tag), "ot.yaml").devices[0]!.tags[1]!.alarms;
}

function mistakesOf(tag: string, calculated = ""): string[] {
  try {
    parseOtConfig(text(tag, calculated), "ot.yaml");
  } catch (error) {
    if (error instanceof ConfigError) return error.mistakes.map((each) => `${each.line}: ${each.path}: ${each.text}`);
    throw error;
  }
  return [];
}

test("limits alone get severities and texts of their own", () => {
  const common = { onDelayMs: 0, offDelayMs: 0 };
  expect(alarmsOf(`${ANALOGUE}, alarms: { loLo: 5, hi: 90, hiHi: 95, lo: 10 }`)).toEqual([
    {
      condition: "HighHigh",
      test: { kind: "above", limit: 95, deadband: 0 },
      severity: 800,
      text: "above 95 °C",
      ...common,
    },
    {
      condition: "High",
      test: { kind: "above", limit: 90, deadband: 0 },
      severity: 500,
      text: "above 90 °C",
      ...common,
    },
    {
      condition: "Low",
      test: { kind: "below", limit: 10, deadband: 0 },
      severity: 500,
      text: "below 10 °C",
      ...common,
    },
    {
      condition: "LowLow",
      test: { kind: "below", limit: 5, deadband: 0 },
      severity: 800,
      text: "below 5 °C",
      ...common,
    },
  ]);
  expect(alarmsOf(ANALOGUE)).toBeUndefined();
});

test("an alarm's own keys win over those of the tag's alarms", () => {
  const alarms = alarmsOf(
    `${ANALOGUE}, alarms: { deadband: 1%, delay: 5s, offDelay: 1min, hi: 90, hiHi: { limit: 95, deadband: 0.5, delay: 0ms, severity: 1000, text: stop } }`,
  );
  expect(alarms).toMatchObject([
    { test: { limit: 95, deadband: 0.5 }, severity: 1000, text: "stop", onDelayMs: 0, offDelayMs: 60_000 },
    { test: { limit: 90, deadband: 2 }, severity: 500, onDelayMs: 5000, offDelayMs: 60_000 },
  ]);
});

test("discrete alarms compare with one value or several", () => {
  expect(alarmsOf(`address: "co:1", alarms: { discrete: true }`)).toMatchObject([
    { condition: "Discrete", test: { kind: "equals", values: [true] }, text: "is true", severity: 500 },
  ]);
  expect(alarmsOf(`address: "hr:1", type: INT16, alarms: { discrete: { when: [3, 4] } }`)).toMatchObject([
    { test: { values: [3, 4] }, text: "is one of 3, 4" },
  ]);
  expect(
    alarmsOf(`address: "hr:1", type: STRING, length: 8, alarms: { discrete: { when: FAULT, delay: 1s } }`),
  ).toMatchObject([{ test: { values: ["FAULT"] }, onDelayMs: 1000 }]);
});

test("rates are counted per second", () => {
  expect(
    alarmsOf(
      `${ANALOGUE}, alarms: { deadband: 5, rateOfChange: { limit: 30, per: minute, window: 20s, deadband: 6 } }`,
    ),
  ).toEqual([
    {
      condition: "RateOfChange",
      test: { kind: "rate", direction: "both", limit: 0.5, deadband: 0.1, windowMs: 20_000 },
      severity: 400,
      text: "changes by more than 30 °C per minute",
      onDelayMs: 0,
      offDelayMs: 0,
    },
  ]);
  // The tag's deadband is one of values: it says nothing about a rate.
  expect(
    alarmsOf(`${ANALOGUE}, alarms: { deadband: 5, rateOfChange: { limit: 2, direction: falling } }`),
  ).toMatchObject([
    { test: { direction: "falling", deadband: 0, windowMs: 10_000 }, text: "falls by more than 2 °C per second" },
  ]);
});

test("calculated tags and templates have alarms too", () => {
  const calculated = `{ path: c, expression: "n * 2", inputs: { n: n }, unit: t, alarms: { hi: 4 } }`;
  const config = parseOtConfig(text(ANALOGUE, calculated), "ot.yaml");
  expect(config.calculated[0]!.alarms).toMatchObject([{ condition: "High", text: "above 4 t" }]);
  const template = parseOtConfig(
    `station: { name: s, dataFolder: d }
link: { destination: "192.0.2.2:47000", rate: 100Mbit }
templates:
  tank:
    parameters: [limit]
    device: { driver: modbus, host: h, path: "\${name}", tags: [{ path: l, address: "ir:0", type: INT16, alarms: { hi: "\${limit}" } }] }
devices: [{ name: a, template: tank, parameters: { limit: 7 } }, { name: b, template: tank, parameters: { limit: 8 } }]
`,
    "ot.yaml",
  );
  expect(template.devices.map(({ tags }) => tags[0]!.alarms)).toMatchObject([
    [{ test: { limit: 7 } }],
    [{ test: { limit: 8 } }],
  ]);
});

describe("mistakes", () => {
  const at = (key: string) => `9: devices[0].tags[1].alarms${key}: `;
  it.each([
    ["{}", "", "there is none; write for example hi: 90, or remove alarms"],
    ["{ hi: 90, hiHi: 90 }", ".hiHi", "90 is not above hi, 90; they ascend: loLo, lo, hi, hiHi"],
    ["{ lo: 9, hi: 8 }", ".hi", "8 is not above lo, 9; they ascend: loLo, lo, hi, hiHi"],
    ["{ discrete: true }", ".discrete", "a FLOAT64 is never true; write when: 3"],
    [
      "{ rateOfChange: { limit: 1, window: 1s } }",
      ".rateOfChange.window",
      "1s is less than two scans of 1s; write 2s or more",
    ],
    [
      "{ rateOfChange: { limit: 1, deadband: 1 } }",
      ".rateOfChange.deadband",
      "1 is not below the limit 1, so that the alarm would hardly end; write less",
    ],
    [
      "{ rateOfChange: { limit: 0 } }",
      ".rateOfChange.limit",
      "a rate is above 0; write direction: falling for falling values",
    ],
  ])("%s", (alarms, key, mistake) => {
    expect(mistakesOf(`${ANALOGUE}, alarms: ${alarms}`)).toEqual([at(key) + mistake]);
  });

  it("a limit that a clamped value never passes", () => {
    expect(mistakesOf(`${ANALOGUE}, outsideRange: clamp, alarms: { hi: 199, hiHi: 200 }`)).toEqual([
      `${at(".hiHi")}outsideRange: clamp keeps the value from ever being above 200; write a limit within the range`,
    ]);
  });

  it("what does not fit the type", () => {
    expect(mistakesOf(`address: "co:1", alarms: { hi: 1 }`)).toEqual([
      `${at(".hi")}a BOOLEAN has no limits; write discrete, or correct type`,
    ]);
    expect(mistakesOf(`address: "hr:1", type: STRING, length: 4, alarms: { rateOfChange: { limit: 1 } }`)).toEqual([
      `${at(".rateOfChange")}a STRING has no rate; remove it, or correct type`,
    ]);
  });

  it("a percentage without a range, in a calculated tag", () => {
    const calculated = `{ path: c, expression: n, inputs: { n: n }, alarms: { hi: 4, deadband: 1% } }`;
    expect(mistakesOf(ANALOGUE, calculated)).toEqual([
      "10: calculatedTags[0].alarms.deadband: a percentage is of the range, and there is none; write range: [0, 100]",
    ]);
  });

  it("more alarms than the station keeps", () => {
    const tags = (count: number) =>
      Array.from({ length: count }, () => ({ alarms: { hi: { limit: 1 }, lo: { limit: 0 }, delay: 5 } }));
    expect(alarmCountMistake([...tags(99_999), {}, { alarms: { discrete: { when: true } } }])).toBeUndefined();
    expect(alarmCountMistake(tags(100_001))).toBe(
      "have 200002 alarms together; write at most 200000, or use another station",
    );
  });
});
