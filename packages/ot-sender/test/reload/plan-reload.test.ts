import { inflateSync } from "node:zlib";
import { createLog, systemClock } from "@nonreturn/station";
import { describe, expect, test } from "vitest";
import { decodeTags } from "../../src/journal/configured-tags.ts";
import { keepText, planReload } from "../../src/reload/plan-reload.ts";
import { CARRIED, type ReloadPlan, scanChangeOf } from "../../src/reload/reload-plan.ts";
import { atOnce } from "../../src/scan/in-turns.ts";

const FILE = `station: { name: s, dataFolder: data }
link: { destination: "192.0.2.9:47000", rate: 10Mbit, secondPass: { after: 2s } }
scanClasses: { fast: 100ms, normal: 1s }
calculatedTags:
  - { path: sum, expression: a + b, inputs: { a: boiler/level, b: pump/speed } }
devices:
  - name: boiler
    driver: modbus
    host: 192.0.2.1
    path: boiler
    tags:
      - { path: level, address: "hr:0", type: INT16, unit: m }
      - { path: flow, address: "hr:1", type: INT16 }
  - name: pump
    driver: modbus
    host: 192.0.2.2
    path: pump
    tags:
      - { path: speed, address: "hr:0", type: INT16, alarms: { hi: 900 } }
  - name: gateway-1
    driver: modbus
    host: 192.0.2.3
    unit: 1
    tags: [{ path: one, address: "hr:0", type: INT16 }]
  - name: gateway-2
    driver: modbus
    host: 192.0.2.3
    unit: 2
    tags: [{ path: two, address: "hr:0", type: INT16 }]
`;
const log = createLog({ name: "test", level: "silent" });
const surroundings = { clock: systemClock, log, collectGarbage: () => undefined };

function plan(...edits: readonly (readonly [string, string])[]): ReloadPlan {
  let after = FILE;
  for (const [before, written] of edits) {
    expect(after).toContain(before);
    after = after.replace(before, written);
  }
  return planReload(keepText(FILE), after, "ot.yaml", surroundings);
}
/** All lines but the sum. */
const shown = ({ lines }: ReloadPlan): readonly string[] => lines.slice(0, -1);
const openedBy = ({ channels }: ReloadPlan): readonly string[] =>
  channels.flatMap(({ devices }) => devices.map(({ name }) => name));
function carried({ report, tags }: ReloadPlan): Record<string, string> {
  const paths = decodeTags(tags).map(({ path }) => path);
  return Object.fromEntries(Array.from(report.at, (at, row) => [paths[at], CARRIED[report.carried[row]!]!]));
}

describe("what a changed file means for the running station", () => {
  test("the same, written otherwise: nothing", () => {
    const same = plan([
      "scanClasses: { fast: 100ms, normal: 1s }",
      "scanClasses: { normal: 1000ms, fast: 100ms } # periods",
    ]);
    expect(same.lines).toEqual([
      "devices 0 added, 0 removed, 0 changed, 4 unchanged; tags 0 added, 0 removed, 0 changed, 6 unchanged; connections 0 opened, 3 go on",
    ]);
    expect(openedBy(same)).toEqual([]);
    expect(new Set(Object.values(carried(same)))).toEqual(new Set(["all"]));
    expect(inflateSync(same.text).toString()).toContain("# periods");
  });

  test("what only report, directory or alarms look at touches no connection", () => {
    const changed = plan(
      ["type: INT16, unit: m", "type: INT16, unit: mm, deadband: 2, description: of the drum"],
      ["hi: 900", "hi: 800"],
    );
    expect(shown(changed)).toEqual([
      '~ tag "boiler/level": unit "m" → "mm", description "" → "of the drum", deadband 0 → 2',
      expect.stringMatching(/^~ tag "pump\/speed": alarms\.High \{.*"limit":900.*→ \{.*"limit":800/),
    ]);
    expect(openedBy(changed)).toEqual([]);
    expect(carried(changed)).toMatchObject({ "boiler/level": "read", "boiler/flow": "all", "pump/speed": "all" });
    const [, alarmed] = [...scanChangeOf(changed, Uint32Array.of(11, 12, 13, 14, 15, 16)).alarmed];
    expect(alarmed).toMatchObject({ path: "pump/speed", tagId: 13, alarms: [{ test: { limit: 800 } }] });
  });

  test("another address: its connection is opened anew, its neighbour's values hold", () => {
    const changed = plan(['{ path: level, address: "hr:0"', '{ path: level, address: "hr:4"']);
    expect(shown(changed)).toEqual([
      '~ device "boiler": its connection is opened anew',
      '~ tag "boiler/level": address "hr:0" → "hr:4"',
    ]);
    expect(openedBy(changed)).toEqual(["boiler"]);
    expect(carried(changed)).toMatchObject({ "boiler/level": "nothing", "boiler/flow": "all" });
  });

  test("devices that share a connection are opened anew together", () => {
    const changed = plan(["unit: 2", "unit: 3"]);
    expect(shown(changed)).toEqual([
      '~ device "gateway-1": its connection is opened anew',
      '~ device "gateway-2": unit 2 → 3; its connection is opened anew',
    ]);
    expect(changed.keptChannels.size).toBe(2);
    expect(openedBy(changed)).toEqual(["gateway-1", "gateway-2"]);
  });

  test("devices and tags that come and go, are disabled, renamed, moved", () => {
    const changed = plan(
      [
        '      - { path: flow, address: "hr:1", type: INT16 }\n',
        '      - { path: rate, formerPath: flow, address: "hr:1", type: INT16 }\n',
      ],
      [
        "  - name: gateway-1\n    driver: modbus\n    host: 192.0.2.3\n    unit: 1\n",
        "  - name: gateway-9\n    driver: modbus\n    host: 192.0.2.3\n    unit: 1\n",
      ],
      ["    name: pump\n".trim(), "name: pump\n    enabled: false"],
      ["  - { path: sum, expression: a + b,", "  - { path: sum, expression: a - b,"],
    );
    expect(shown(changed)).toEqual([
      '+ device "gateway-9": modbus, 1 tag',
      '- device "gateway-1": 1 tag',
      '~ device "boiler": its connection is opened anew',
      '~ device "pump": enabled true → false; its connection is closed',
      '~ device "gateway-2": its connection is opened anew',
      '~ tag "boiler/rate": renamed from "boiler/flow", keeps its id',
      '~ tag "one": device "gateway-1" → "gateway-9"',
      '~ tag "sum": expression "a + b" → "a - b"',
    ]);
    expect(changed.removedDevices).toEqual(["gateway-1"]);
    expect(changed.otherDevices).toEqual([
      { name: "boiler", enabled: true },
      { name: "pump", enabled: false },
      { name: "gateway-9", enabled: true },
      { name: "gateway-2", enabled: true },
    ]);
    expect(carried(changed)).toEqual({
      "boiler/level": "all",
      "boiler/rate": "read",
      one: "nothing",
      two: "all",
      sum: "nothing",
    });
  });

  test("a default that many tags follow counts as a change of each, and touches what is read by it", () => {
    const changed = plan(
      ["normal: 1s", "normal: 2s"],
      ["calculatedTags:", "report: { maximumSilence: 30s }\ncalculatedTags:"],
    );
    expect(changed.counts).toMatchObject({ devicesChanged: 4, tagsChanged: 6, connectionsOpened: 3 });
    expect(changed.lines).toContain('~ tag "two": scanClass 1s → 2s, maximumSilence 1min → 30s');
    expect(new Set(Object.values(carried(changed)))).toEqual(new Set(["all"]));
  });

  test("names the keys that only a start reads", () => {
    const changed = plan(
      ["name: s,", "name: t,"],
      ["after: 2s", "after: 3s"],
      ["scanClasses:", "journal: { retention: 1d }\nscanClasses:"],
      ["192.0.2.9:47000", "192.0.2.9:47001"],
    );
    expect(changed.restartKeys).toEqual([
      "station.name",
      "link.destination",
      "link.secondPass.after",
      "journal.retention",
    ]);
  });

  test("a mistake is the one that a start would report", () => {
    expect(() => plan(["type: INT16, unit: m", "type: INT61, unit: m"])).toThrow(
      /CONFIG_INVALID[\s\S]*ot\.yaml:12:\d+: devices\[0\]\.tags\[0\]\.type/,
    );
  });

  test("a difference of thousands is shown in part, and counted whole", () => {
    const many = Array.from(
      { length: 3000 },
      (_, index) => `      - { path: t${index}, address: "hr:${index}", type: INT16 }\n`,
    );
    const changed = plan(['      - { path: flow, address: "hr:1", type: INT16 }\n', many.join("")]);
    expect(changed.lines).toHaveLength(1 + 500 + 1 + 1);
    expect(changed.lines.at(-2)).toBe("  … and 2501 more lines about tags");
    expect(changed.counts).toMatchObject({ tagsAdded: 3000, tagsRemoved: 1 });
  });

  test("survives the way between threads", () => {
    const changed = plan(["unit: 2", "unit: 3"], ["a + b", "a * b"]);
    const change = scanChangeOf(structuredClone(changed), Uint32Array.of(1, 2, 3, 4, 5, 6));
    const [gateway] = change.channels;
    expect(gateway).toMatchObject({ name: "modbus 192.0.2.3:502", devices: ["gateway-1", "gateway-2"] });
    const { devices, tagIdOf } = atOnce(gateway!.load());
    expect(devices.map(({ driver }) => driver.name)).toEqual(["modbus", "modbus"]);
    expect(devices[1]?.tags).toMatchObject([{ path: "two", address: "hr:0", scanPeriodMs: 1000, range: undefined }]);
    expect(tagIdOf("two")).toBe(5);
    const [calculated] = [...change.calculated];
    expect(calculated).toMatchObject({
      tagId: 6,
      inputs: new Map([
        ["a", 1],
        ["b", 3],
      ]),
    });
    expect(
      calculated?.expression.evaluate(
        new Map([
          ["a", 6],
          ["b", 7],
        ]),
      ),
    ).toBe(42);
    expect(() => tagIdOf("boiler/flow")).toThrow(RangeError); // of another channel
  });
});
