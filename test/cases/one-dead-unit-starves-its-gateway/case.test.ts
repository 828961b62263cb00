import { faultSection } from "@nonreturn/hardware-sim";
import { systemClock } from "@nonreturn/station";
import { StatusCode } from "@nonreturn/wire-format";
import { expect, test } from "vitest";
import type { DriverFactory } from "../../../packages/ot-sender/src/drivers/driver.ts";
import { modbus, modbusRtuOverTcp } from "../../../packages/ot-sender/src/drivers/modbus/index.ts";
import { startScanning } from "../../support/scanning.ts";
import { simulatedPlant } from "../../support/simulated-plant.ts";

const WAIT = { timeout: 40_000, interval: 10 };
/** Longer than a busy machine stands still: only a dead unit misses it. */
const TIMEOUT_MS = 400;
const counting = { at: "hr:0", type: "UINT32", signal: { kind: "counter", start: 1, every: "1ms" } };

async function start(line: "gateway" | "serial line" = "gateway") {
  const units = [1, 2, 3].map((unit) => ({ unit, registers: [counting] }));
  const framing = line === "gateway" ? "mbap" : "rtu";
  const plant = await simulatedPlant([{ name: "gateway", framing, cycle: "1ms", units }]);
  const tags = [1, 2, 3].map((unit) => ({ address: `u${unit}!hr:0`, dataType: "UINT32" as const }));
  const config = { timeout: `${TIMEOUT_MS}ms`, retries: 0 };
  const driver = (line === "gateway" ? modbus : modbusRtuOverTcp) as DriverFactory;
  const scanning = startScanning([
    { name: "gateway", address: plant.addressOf("gateway"), driver, periodMs: 20, config, tags },
  ]);
  for (const { address } of tags) {
    await expect.poll(() => scanning.latest(`gateway/${address}`)?.statusCode, WAIT).toBe(StatusCode.Good);
  }
  const unanswered = () => plant.statistics().devices[0]!.leftUnanswered;
  const servedBy = (unit: number) => plant.truth.records().filter((value) => value.unit === unit).length;
  return { plant, scanning, unanswered, servedBy };
}

test.each([
  "gateway",
  "serial line",
] as const)("on a %s a silent unit costs its neighbours at most a twentieth of the time", async (line) => {
  const { plant, scanning, unanswered, servedBy } = await start(line);
  await plant.beginFault("gateway", faultSection.parse({ kind: "unit-silent", unit: 2 }));
  await expect.poll(() => scanning.latest("gateway/u2!hr:0")!.statusCode, WAIT).toBe(StatusCode.BadTimeout);

  const firstAsked = unanswered();
  const startMs = systemClock.monotonicMs();
  const servedBefore = [servedBy(1), servedBy(3)];
  await expect.poll(unanswered, WAIT).toBeGreaterThanOrEqual(firstAsked + 2);
  const asked = unanswered() - firstAsked;
  const elapsedMs = systemClock.monotonicMs() - startMs;
  // The time between two attempts is at least 19 time-outs; a slow machine only makes it longer.
  expect((asked * TIMEOUT_MS) / (elapsedMs + TIMEOUT_MS)).toBeLessThan(0.06);
  // In the same time its neighbours were asked again and again: dozens of times each, not twice.
  expect(servedBy(1) - servedBefore[0]!).toBeGreaterThan(20);
  expect(servedBy(3) - servedBefore[1]!).toBeGreaterThan(20);
  for (const unit of [1, 3]) {
    const history = scanning.history(`gateway/u${unit}!hr:0`);
    expect(history.every(({ statusCode }) => statusCode === StatusCode.Good)).toBe(true);
  }
});

test("a silent unit is back by itself when it answers again", async () => {
  const { plant, scanning } = await start();
  const end = await plant.beginFault("gateway", faultSection.parse({ kind: "unit-silent", unit: 2 }));
  await expect.poll(() => scanning.latest("gateway/u2!hr:0")!.statusCode, WAIT).toBe(StatusCode.BadTimeout);
  end();
  await expect.poll(() => scanning.latest("gateway/u2!hr:0")!.statusCode, WAIT).toBe(StatusCode.Good);
});

test("a gateway that says its target does not respond is believed, tag by tag", async () => {
  const { plant, scanning } = await start();
  const fault = { kind: "exception", exception: "gateway-target", unit: 3 };
  await plant.beginFault("gateway", faultSection.parse(fault));
  await expect.poll(() => scanning.latest("gateway/u3!hr:0")!.statusCode, WAIT).toBe(StatusCode.BadNoCommunication);
  const before = scanning.history("gateway/u1!hr:0").length;
  await expect.poll(() => scanning.history("gateway/u1!hr:0").length, WAIT).toBeGreaterThan(before + 20);
  expect(scanning.latest("gateway/u1!hr:0")!.statusCode).toBe(StatusCode.Good);
  expect(scanning.latest("gateway/u3!hr:0")).toMatchObject({ value: null, statusCode: StatusCode.BadNoCommunication });
});
