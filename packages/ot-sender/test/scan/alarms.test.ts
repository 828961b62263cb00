import { StatusCode } from "@nonreturn/wire-format";
import { describe, expect, it } from "vitest";
import type { CalculatedSettings } from "../../src/tag/calculated-settings.ts";
import { parseExpression } from "../../src/tag/expression.ts";
import { high } from "../alarm/alarm-fixture.ts";
import { ScriptedWorld, tag } from "./scan-fixture.ts";

const DEADBAND = { deadband: 100, alarms: [high(90, {}, 2)] };

function start(values: readonly number[], alarms = DEADBAND) {
  const world = new ScriptedWorld();
  let read = 0;
  world.script("plc").read = async (plan) => world.good(plan, values[Math.min(read++, values.length - 1)]!);
  const began = world.clock.nowUtcMicros();
  const scan = world.start([world.device("plc", "1", [tag("a", "1/a", alarms)])]);
  const changes = () =>
    world.alarmChanges.map(({ state, value, time }) => `${state} ${String(value)} @${(time - began) / 1000}`);
  return { world, scan, changes };
}

describe("alarms of a scan", () => {
  it("see what the deadband of report by exception swallows", async () => {
    const { world, scan, changes } = start([80, 91, 95, 80]);
    await world.clock.advanceAsync(3500);
    expect(world.reported.map(({ value }) => value)).toEqual([80]);
    expect(changes()).toEqual(["active 91 @1000", "inactive 80 @3000"]);
    expect(scan.alarms).toMatchObject({ configured: 1, activeCount: 0, reported: 2 });
  });

  it("see values after scaling", async () => {
    const scaling = { kind: "linear", scale: 0.1, offset: 0 } as const;
    const { world, changes } = start([910], { ...DEADBAND, ...{ scaling } });
    await world.clock.advanceAsync(10);
    expect(changes()).toEqual(["active 91 @0"]);
  });

  it("end a delay between two scans", async () => {
    const { world, changes } = start([91], { ...DEADBAND, alarms: [high(90, { onDelayMs: 250 })] });
    await world.clock.advanceAsync(299);
    expect(changes()).toEqual([]);
    await world.clock.advanceAsync(1);
    expect(changes()).toEqual(["active 91 @250"]);
  });

  it("stay active while the device cannot be reached", async () => {
    const { world, scan, changes } = start([91]);
    await world.clock.advanceAsync(100);
    world.script("plc").read = async () => {
      throw new Error("connection lost");
    };
    await world.clock.advanceAsync(20_000);
    expect(changes()).toEqual(["active 91 @0"]);
    expect(scan.alarms.active()).toMatchObject([{ value: null, statusCode: StatusCode.BadNoCommunication }]);
  });

  it("go on from the journal, and end what is disabled", async () => {
    const world = new ScriptedWorld();
    const alarms = { alarms: [high(90)] };
    const devices = [
      world.device("one", "1", [tag("a", "1/a", alarms), tag("b", "1/b", { ...alarms, enabled: false })]),
      world.device("two", "2", [tag("c", "1/c", alarms)], { enabled: false }),
    ];
    world.script("one").read = async (plan) => world.good(plan, 95);
    const before = [1, 2, 3].map((tagId) => ({ tagId, condition: "High", severity: 500, text: "", since: 5 }));
    const scan = world.start(devices, undefined, [], before);
    await world.clock.advanceAsync(5000);
    expect(world.alarmChanges.map(({ tagId, state, value }) => [tagId, state, value])).toEqual([
      [2, "inactive", null],
      [3, "inactive", null],
    ]);
    expect(scan.alarms.active()).toMatchObject([{ tagId: 1, since: 5, value: 95 }]);
  });

  it("watch calculated tags", async () => {
    const world = new ScriptedWorld();
    const expression = parseExpression("a * 2");
    if ("mistake" in expression) throw new Error(expression.mistake);
    const twice: CalculatedSettings = {
      path: "twice",
      expression,
      inputs: new Map([["a", "a"]]),
      dataType: "FLOAT64",
      enabled: true,
      unit: "",
      description: "",
      range: undefined,
      deadband: 0,
      maximumSilenceMs: 0,
      alarms: [high(90)],
    };
    world.script("plc").read = async (plan) => world.good(plan, 46);
    world.start([world.device("plc", "1", [tag("a", "1/a")])], undefined, [twice]);
    await world.clock.advanceAsync(10);
    expect(world.alarmChanges).toMatchObject([{ tagId: 2, state: "active", value: 92 }]);
  });

  it("are said again for tags whose events were lost", async () => {
    const { world, scan, changes } = start([91]);
    await world.clock.advanceAsync(100);
    scan.restateAlarms([7]);
    scan.restateAlarms([1]);
    scan.restateAlarms("all");
    expect(changes()).toEqual(Array(3).fill("active 91 @0"));
    expect(scan.alarms).toMatchObject({ activeCount: 1, reported: 3 });
  });

  it("hand on nothing after the stop", async () => {
    const { world, scan, changes } = start([91], { ...DEADBAND, alarms: [high(90, { onDelayMs: 250 })] });
    await world.clock.advanceAsync(100);
    const stopped = scan.stop();
    await world.clock.advanceAsync(5000);
    await stopped;
    expect(changes()).toEqual([]);
  });
});
