import { faultSection } from "@nonreturn/hardware-sim";
import { qualityOf, StatusCode } from "@nonreturn/wire-format";
import { expect, test } from "vitest";
import { startScanning } from "../../support/scanning.ts";
import { simulatedPlant } from "../../support/simulated-plant.ts";

const TAG = { address: "hr:0", dataType: "UINT32" } as const;
const WAIT = { timeout: 40_000, interval: 20 };
const counting = { at: "hr:0", type: "UINT32", signal: { kind: "counter", start: 1, every: "1ms" } };
const device = (name: string) => ({ name, cycle: "1ms", units: [{ registers: [counting] }] });

test.each([
  ["answers nothing", { kind: "silent" }],
  ["answers too late", { kind: "slow", delay: "1h" }],
  ["answers a byte at a time", { kind: "trickle", interval: "500ms" }],
  ["refuses connections", { kind: "refused" }],
  ["breaks off inside every reply", { kind: "reset", after: 5 }],
  ["lost power without saying so", { kind: "half-open" }],
  ["answers garbage", { kind: "garbage", keep: 0 }],
])("while a device %s, two others are scanned as before", async (_, fault) => {
  const plant = await simulatedPlant(["dead", "first", "second"].map(device));
  const scanning = startScanning(
    ["dead", "first", "second"].map((name) => ({
      name,
      address: plant.addressOf(name),
      periodMs: 25,
      config: { timeout: "1s", retries: 0 },
      tags: [TAG],
    })),
  );
  for (const name of ["dead", "first", "second"]) {
    await expect.poll(() => scanning.latest(`${name}/hr:0`)?.statusCode, WAIT).toBe(StatusCode.Good);
  }
  const served = (name: string) => plant.statistics().devices.find((each) => each.device === name)!.valuesServed;

  await plant.beginFault("dead", faultSection.parse(fault));
  const atFault = { first: served("first"), second: served("second") };
  await expect.poll(() => qualityOf(scanning.latest("dead/hr:0")!.statusCode), WAIT).toBe("bad");
  // A loop that serves one device after the other would scan the others once or not at all during this one's time-out of a second.
  await expect.poll(() => served("first") - atFault.first, WAIT).toBeGreaterThan(60);
  await expect.poll(() => served("second") - atFault.second, WAIT).toBeGreaterThan(60);
  for (const name of ["first", "second"]) {
    const history = scanning.history(`${name}/hr:0`);
    const truth = plant.truth.records().filter((value) => value.device === name);
    expect(history.filter(({ statusCode }) => statusCode !== StatusCode.Good)).toEqual([]);
    // Every value served was new, so every one is reported, in order, none twice.
    expect(history.map(({ value }) => value)).toEqual(truth.slice(0, history.length).map(({ value }) => value));
    expect(scanning.stateOf(name)).toBe("connected");
  }

  await plant.endFaults("dead");
  await expect.poll(() => scanning.latest("dead/hr:0")!.statusCode, WAIT).toBe(StatusCode.Good);
});

test("during one time-out of a dead device the others are scanned many times", async () => {
  const plant = await simulatedPlant(["dead", "alive"].map(device));
  const scanning = startScanning(
    ["dead", "alive"].map((name) => ({
      name,
      address: plant.addressOf(name),
      periodMs: 20,
      config: { timeout: "2s", retries: 0 },
      tags: [TAG],
    })),
  );
  await expect.poll(() => scanning.history("dead/hr:0").length, WAIT).toBeGreaterThan(0);
  await plant.beginFault("dead", faultSection.parse({ kind: "silent" }));
  const before = scanning.history("alive/hr:0").length;
  await expect.poll(() => scanning.latest("dead/hr:0")!.statusCode, WAIT).toBe(StatusCode.BadTimeout);
  const during = scanning.history("alive/hr:0").length - before;
  expect(during).toBeGreaterThan(20); // about a hundred are due in two seconds; one after the other it would be 1
});
