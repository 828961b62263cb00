/** The driver on a simulated plant: what it reads is what the plant says it served, and what goes wrong there has a name here. */

import { faultSection, plantSection } from "@nonreturn/hardware-sim";
import { StatusCode, statusCodeName } from "@nonreturn/wire-format";
import { describe, expect, test } from "vitest";
import { readSamples } from "../../../../../test/support/read-samples.ts";
import { simulatedPlant } from "../../../../../test/support/simulated-plant.ts";
import { connectedTo, never, readAll, tagsAt } from "./ethernet-ip-fixture.ts";

const walk = { kind: "random-walk", start: 40, step: 3, every: "1ms", min: -100, max: 100 };
const DEVICE = {
  name: "plc",
  protocol: "ethernet-ip",
  cycle: "1ms",
  signals: { shared: walk },
  types: [
    {
      name: "Motor",
      members: [
        { name: "Speed", type: "REAL" },
        { name: "Running", type: "BOOL" },
        { name: "Trips", type: "LINT" },
      ],
    },
  ],
  tags: [
    { name: "A", type: "REAL", signal: "shared" },
    { name: "B", type: "INT", scale: 0.1, signal: "shared" },
    { name: "Many", type: "DINT", dimensions: [50], scale: 0.01, signal: walk },
    { name: "Flags", type: "BOOL", dimensions: [64], signal: { kind: "square", dwellLow: "3ms", dwellHigh: "4ms" } },
    { name: "Total", type: "LINT", signal: { kind: "counter", start: "9007199254740993", every: "1ms" } },
    { name: "Text", type: "STRING", signal: { kind: "text", texts: ["Los-{n:4}", "Süd"], every: "2ms" } },
    {
      name: "Motor",
      program: "Main",
      type: "Motor",
      dimensions: [3],
      members: { Speed: walk, Trips: { kind: "counter", every: "1ms" } },
    },
  ],
};
const TAGS = [
  "A FLOAT32",
  "B INT16",
  "Many[0] INT32",
  "Many[49] INT32",
  "Flags[37] BOOLEAN",
  "Total INT64",
  "Text STRING",
  "Program:Main.Motor[2].Speed FLOAT32",
  "Program:Main.Motor[2].Running BOOLEAN",
  "Program:Main.Motor[1].Trips INT64",
];

async function plantAndDriver(config = {}) {
  const plant = await simulatedPlant([DEVICE]);
  const driver = await connectedTo({ address: plant.addressOf("plc") }, { timeout: "150ms", ...config });
  return { plant, driver };
}

describe("values", () => {
  test("what is read is what was served, of one instant", async () => {
    const { plant, driver } = await plantAndDriver();
    const tags = tagsAt(...TAGS);
    for (let round = 0; round < 20; round++) {
      plant.truth.forget();
      const samples = await readAll(driver, tags);
      const served = new Map(plant.truth.records().map(({ register, value }) => [register, value]));
      for (const { tagId, address } of tags)
        expect([address, samples.get(tagId)?.value]).toEqual([address, served.get(address)]);
      expect(served.get("B")).toBe(Math.round((served.get("A") as number) * 10));
    }
    expect(new Set(plant.truth.records().map(({ register }) => register)).size).toBeGreaterThan(TAGS.length - 1);
    expect(plant.statistics()).toMatchObject({ writesRefused: 0, devices: [{ open: 1, exceptions: {} }] });
  });
});

describe("faults", () => {
  const statusesOf = async (driver: Awaited<ReturnType<typeof plantAndDriver>>["driver"], ...tags: string[]) =>
    [...(await readAll(driver, tagsAt(...tags))).values()].map(({ statusCode }) => statusCodeName(statusCode));

  test("a controller that is being loaded is Bad with its reason, and recovers with the next scan", async () => {
    const { plant, driver } = await plantAndDriver();
    await plant.beginFault("plc", faultSection.parse({ kind: "cip-status", status: 0x10 }));
    const plan = driver.plan(tagsAt("A FLOAT32"));
    expect(await driver.readRaw(plan, never)).toMatchObject([
      {
        sample: { statusCode: StatusCode.BadInvalidState },
        reason: expect.stringContaining("program is being loaded"),
      },
    ]);
    await plant.endFaults("plc");
    expect(await readSamples(driver, plan, never)).toMatchObject([{ statusCode: StatusCode.Good }]);
    expect(plant.statistics().devices[0]?.exceptions).toEqual({ 16: 1 });
  });

  test("a fault of some tags is a fault of those", async () => {
    const { plant, driver } = await plantAndDriver();
    await plant.beginFault("plc", faultSection.parse({ kind: "cip-status", status: 5, tags: "Program:Main" }));
    expect(await statusesOf(driver, "A FLOAT32", "Program:Main.Motor[0].Speed FLOAT32")).toEqual([
      "Good",
      "BadNodeIdUnknown",
    ]);
  });

  test.each([
    ["silent", {}, "BadTimeout"],
    ["cip-silent", {}, "BadTimeout"],
    ["slow", { delay: "500ms" }, "BadTimeout"],
    ["cip-slow", { delay: "500ms" }, "BadTimeout"],
    ["garbage", {}, "BadDecodingError"],
    ["trickle", { interval: "20ms" }, "BadDecodingError"],
  ])("%s", async (kind, more, status) => {
    const { plant, driver } = await plantAndDriver();
    await plant.beginFault("plc", faultSection.parse({ kind, ...more }));
    expect(await statusesOf(driver, "A FLOAT32")).toEqual([status]);
  });

  test.each([
    ["reset", { after: 30 }],
    ["refused", {}],
  ])("%s loses the connection", async (kind, more) => {
    const { plant, driver } = await plantAndDriver();
    await plant.beginFault("plc", faultSection.parse({ kind, ...more }));
    await expect(readSamples(driver, driver.plan(tagsAt("A FLOAT32")), never)).rejects.toMatchObject({
      code: "CONNECTION_LOST",
    });
    await driver.close();
    await plant.endFaults("plc");
    await driver.connect(never);
    expect(await statusesOf(driver, "A FLOAT32")).toEqual(["Good"]);
  });

  test("a Modbus fault is none of a controller", async () => {
    const { plant } = await plantAndDriver();
    const fault = faultSection.parse({ kind: "exception", exception: "busy" });
    await expect(plant.beginFault("plc", fault)).rejects.toMatchObject({ code: "SIM_NO_SUCH_FAULT" });
  });
});

describe("mistakes of a scenario", () => {
  test.each([
    [{ tags: [{ name: "A", type: "Nope" }] }, "there is no type Nope"],
    [{ tags: [{ name: "A" }, { name: "a" }] }, "there are two tags a"],
    [{ tags: [{ name: "A", type: "BOOL", dimensions: [33] }] }, "a multiple of 32"],
    [{ tags: [{ name: "A", type: "LINT", dimensions: [1_000_000] }] }, "write smaller dimensions"],
    [{ tags: [{ name: "A", type: "Motor", signal: walk }] }, "write their signals under `members`"],
    [{ tags: [{ name: "A", type: "Motor", members: { Sped: walk } }] }, "Motor has no member Sped; write one of Speed"],
    [{ tags: [{ name: "A", type: "STRING", signal: walk }] }, "write a text signal"],
    [{ tags: [{ name: "A", signal: "nobody" }] }, 'the device has no signal "nobody"'],
    [{ family: "micro800", types: [], tags: [{ name: "A", program: "Main" }] }, "shows no program tags"],
    [{ types: [...DEVICE.types, ...DEVICE.types], tags: [] }, "there are two types Motor"],
    [{ types: [{ name: "X", members: [{ name: "a", type: "Later" }] }], tags: [] }, "there is no type Later"],
  ])("%j", (more, message) => {
    const parsed = plantSection.safeParse({ devices: [{ ...DEVICE, ...more }] });
    expect(parsed.error?.issues.map((issue) => issue.message).join("; ")).toContain(message);
  });
});
