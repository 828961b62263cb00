import { StatusCode } from "@nonreturn/wire-format";
import { expect, test } from "vitest";
import type { CalculatedSettings } from "../../src/tag/calculated-settings.ts";
import { parseExpression } from "../../src/tag/expression.ts";
import { ScriptedWorld, tag } from "./scan-fixture.ts";

function sum(path: string, inputs: Record<string, string>): CalculatedSettings {
  const expression = parseExpression(Object.keys(inputs).join(" + "));
  if ("mistake" in expression) throw new Error(expression.mistake);
  return {
    path,
    expression,
    inputs: new Map(Object.entries(inputs)),
    dataType: "FLOAT64",
    enabled: true,
    unit: "",
    description: "",
    range: undefined,
    deadband: 0,
    maximumSilenceMs: 0,
  };
}

test("a calculated tag follows devices on two channels, and is Bad as soon as one of them is", async () => {
  const world = new ScriptedWorld();
  const devices = [world.device("one", "1", [tag("a", "1/a")]), world.device("two", "2", [tag("b", "1/b")])];
  world.script("one").read = async (plan) => world.good(plan, 3);
  world.script("two").read = async (plan) => world.good(plan, 4);
  const scan = world.start(devices, undefined, [
    sum("both", { a: "a", b: "b" }),
    { ...sum("off", { a: "a" }), enabled: false },
  ]);
  const both = () =>
    world.reported.filter(({ tagId }) => tagId === 3).map(({ value, statusCode }) => [value, statusCode]);
  await world.clock.advanceAsync(3000);
  expect(both().at(-1)).toEqual([7, StatusCode.Good]);
  expect(world.reported.some(({ tagId }) => tagId === 4)).toBe(false);
  const readSoFar = scan.report.samplesRead;
  world.script("two").read = async () => {
    throw new Error("connection lost");
  };
  await world.clock.advanceAsync(3000);
  expect(both().at(-1)).toEqual([null, expect.any(Number)]);
  expect(both().at(-1)![1]).not.toBe(StatusCode.Good);
  expect(world.reported.filter(({ tagId }) => tagId === 1)).toHaveLength(1); // the healthy one is as it was
  expect(scan.report.samplesRead).toBeGreaterThan(readSoFar); // and is still read
});
