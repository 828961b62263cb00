import { expect, test } from "vitest";
import { plannedScans } from "../../src/scan/planned-scans.ts";
import { log, ScriptedWorld, tag } from "./scan-fixture.ts";

test("devices in the order of the file, units by name with numbers as numbers, the fastest scan class first", () => {
  const world = new ScriptedWorld();
  const shared = [
    tag("c", "unit 10/c", { scanPeriodMs: 1000 }),
    tag("a", "unit 2/a", { scanPeriodMs: 10_000 }),
    tag("b", "unit 2/b", { scanPeriodMs: 100 }),
    tag("d", "unit 10/d", { scanPeriodMs: 1000 }),
    tag("off", "unit 1/off", { enabled: false }),
  ];
  // The first and the last share a channel, and are planned together.
  const devices = [
    world.device("zebra", "x", shared),
    world.device("broker", "y", [tag("m", "topic/m")], { kind: "subscribing" }),
    world.device("ant", "x", [tag("e", "unit 1/e", { scanPeriodMs: 20 })]),
    world.device("resting", "x", [tag("f", "unit 1/f")], { enabled: false }),
  ];
  const scans = plannedScans(devices, { clock: world.clock, log });
  expect(scans.map(({ device, unit, tags, reading }) => [device, unit, tags, reading])).toEqual([
    ["zebra", "unit 2", 1, { periodMs: 100, requests: 1 }],
    ["zebra", "unit 2", 1, { periodMs: 10_000, requests: 1 }],
    ["zebra", "unit 10", 2, { periodMs: 1000, requests: 1 }],
    ["broker", "topic", 1, "as it comes"],
    ["ant", "unit 1", 1, { periodMs: 20, requests: 1 }],
  ]);
});
