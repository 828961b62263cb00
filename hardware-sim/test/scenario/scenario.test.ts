import { describe, expect, test } from "vitest";
import { loadScenario, parseScenario } from "../../src/scenario/scenario.ts";

const PLANT = `seed: 7
plant:
  devices:
    - name: boiler
      signals:
        level: { kind: sine, period: 10s }
      units:
        - registers:
            - { at: "hr:0", type: FLOAT32, signal: level }
            - { at: "hr:2.3", signal: { kind: square } }
  timeline:
    - { at: 1s, for: 2s, device: boiler, fault: { kind: slow, delay: 100ms } }
`;

/** What the mistakes of a scenario are called, with their lines. */
function mistakesOf(text: string): string {
  try {
    parseScenario(text, "s.yaml");
  } catch (error) {
    return (error as Error).message;
  }
  return "none";
}

const change = (from: string, to: string) => {
  expect(PLANT).toContain(from);
  return mistakesOf(PLANT.replace(from, to));
};

describe("scenario", () => {
  test("the examples in config/ are valid", () => {
    const path = (name: string) => new URL(`../../../config/${name}`, import.meta.url).pathname;
    expect(loadScenario(path("plant.yaml")).plant?.devices.map(({ name }) => name)).toEqual([
      "boiler",
      "filler",
      "packer",
      "filling",
      "gateway",
      "utilities",
    ]);
    expect(loadScenario(path("diode.yaml")).diode?.impairments.burst).toMatchObject({
      share: 0.02,
      mean: { length: 8, clock: "ms" },
    });
  });

  test("what is left out has its default", () => {
    const device = parseScenario(PLANT, "s.yaml").plant!.devices[0]!;
    expect(device).toMatchObject({
      listen: { host: "127.0.0.1", port: 0 },
      cycle: 10,
      byteOrder: "ABCD",
      maxConnections: 64,
    });
    expect(device).toMatchObject({ units: [{ unit: 1, maxRegisters: 125, unmapped: "exception" }] });
    expect(parseScenario("diode: { target: 127.0.0.1:9 }", "s.yaml").diode).toMatchObject({
      impairments: { loss: 0, truncate: 0 },
      blackouts: [],
    });
  });

  test.each([
    ["a misspelt key", "units:", "unit:", /:7:.*unit/s],
    ["a missing unit of time", "period: 10s", "period: 10", /:6:.*duration/s],
    ["a signal that is not there", "signal: level", "signal: levle", /:9:.*levle.*level/s],
    ["two values in one register", 'at: "hr:2.3"', 'at: "hr:1.3"', /:10:.*hr:1 belongs to hr:0/s],
    [
      "a value in a register of bits",
      'at: "hr:2.3", signal: { kind: square } }',
      'at: "hr:2.3", signal: { kind: square } }\n            - { at: "hr:2", signal: level }',
      /:11:.*hr:2 belongs to hr:2\.3/s,
    ],
    ["a bit that is not there", "hr:2.3", "hr:2.16", /:10:.*hr:2\.16.*no register/s],
    ["a REAL in a coil", 'at: "hr:0"', 'at: "co:0"', /:9:.*cannot hold FLOAT32/s],
    ["text in a REAL", "signal: level", "signal: { kind: text, texts: [a] }", /:9:.*type: STRING/s],
    ["a number in text", "type: FLOAT32", "type: STRING", /:9:.*STRING register cannot show a sine/s],
    ["registers beyond the last", 'at: "hr:0"', 'at: "hr:65535"', /:9:.*65536/s],
    ["a fault of an unknown device", "device: boiler", "device: boiller", /:12:.*boiller.*boiler/s],
    ["an unknown fault", "kind: slow", "kind: slwo", /:12:.*slow/s],
    ["a fault that repeats without an end", "for: 2s", "every: 2s", /:12:.*for/s],
  ])("%s is a mistake with its line", (_, from, to, expected) => {
    expect(change(from, to)).toMatch(expected);
  });

  test.each([
    [
      "a burst without a unit",
      "burst: { share: 1%, mean: 10 }",
      /mean: 10 is no burst length; write it like "10 datagrams" or "8ms"/,
    ],
    ["a burst length nobody knows", 'burst: { share: 1%, mean: "10 packets" }', /10 datagrams/],
    ["bursts too short for their share", 'burst: { share: 90%, mean: "1 datagrams" }', /longer mean/],
    ["a share as a bare number", "loss: 0.02", /2%|percent/],
    ["more than everything", "loss: 120%", /100%/],
  ])("in the diode: %s", (_, impairment, expected) => {
    expect(mistakesOf(`diode:\n  target: 127.0.0.1:9\n  impairments:\n    ${impairment}\n`)).toMatch(expected);
  });

  test("two devices with one name or one port", () => {
    const device = "{ name: a, listen: 127.0.0.1:5020, units: [{}] }";
    const text = mistakesOf(`plant:\n  devices:\n    - ${device}\n    - ${device}\n`);
    expect(text).toMatch(/two devices are called "a"/);
    expect(text).toMatch(/two devices listen on 127\.0\.0\.1:5020/);
  });

  test("a scenario without mistakes has none: the messages above are not always there", () => {
    expect(mistakesOf(PLANT)).toBe("none");
  });
});
