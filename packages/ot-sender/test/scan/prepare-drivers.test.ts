import { expect, test } from "vitest";
import type { DriverFactory } from "../../src/drivers/driver.ts";
import { prepareDrivers } from "../../src/scan/prepare-drivers.ts";
import { ScriptedWorld } from "./scan-fixture.ts";

test("each driver of an enabled device once, the others not; one that cannot load keeps nobody", async () => {
  const world = new ScriptedWorld();
  const prepared: string[] = [];
  const named = (name: string, prepare?: () => Promise<unknown>): DriverFactory => ({
    ...(world.factory as DriverFactory),
    name,
    prepare: async () => {
      prepared.push(name);
      await prepare?.();
    },
  });
  const [large, other, unused] = [
    named("large"),
    named("other", () => Promise.reject(new Error("gone"))),
    named("unused"),
  ];
  await prepareDrivers([
    { driver: large, enabled: true },
    { driver: world.factory as DriverFactory, enabled: true }, // has nothing to prepare
    { driver: other, enabled: true },
    { driver: large, enabled: true },
    { driver: unused, enabled: false },
  ]);
  expect(prepared).toEqual(["large", "other"]);
});
