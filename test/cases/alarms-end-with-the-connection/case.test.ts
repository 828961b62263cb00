import { faultSection } from "@nonreturn/hardware-sim";
import { StatusCode } from "@nonreturn/wire-format";
import { expect, test } from "vitest";
import type { AlarmSettings, CarriedAlarm } from "../../../packages/ot-sender/src/alarm/alarm-settings.ts";
import { startScanning } from "../../support/scanning.ts";
import { simulatedPlant } from "../../support/simulated-plant.ts";

const HIGH: AlarmSettings = {
  condition: "High",
  test: { kind: "above", limit: 100, deadband: 0 },
  severity: 500,
  text: "too high",
  onDelayMs: 0,
  offDelayMs: 0,
};
/** Active when the station ended. */
const BEFORE: CarriedAlarm = { tagId: 1, condition: "High", severity: 500, text: "too high", since: 1000 };
/** Below and above 100 in turn, for 200 ms each: by less than the deadband. */
const TURNING = { kind: "setpoint", values: [99, 101], every: "200ms" };

async function start(signal: object, before: readonly CarriedAlarm[] = []) {
  const registers = [{ at: "hr:0", type: "INT16", signal }];
  const plant = await simulatedPlant([{ name: "plc", units: [{ unit: 1, registers }] }]);
  const tags = [{ address: "hr:0", dataType: "INT16", deadband: 50, alarms: [HIGH] }] as const;
  const device = {
    name: "plc",
    address: plant.addressOf("plc"),
    config: { timeout: "100ms", retries: 0 },
    periodMs: 20,
    tags,
  };
  const scanning = startScanning([device], before);
  const states = () => scanning.alarmChanges.map(({ state }) => state);
  const nothingRead = () => scanning.latest("plc/hr:0")?.statusCode !== StatusCode.Good;
  return { plant, scanning, states, nothingRead };
}
const patiently = { timeout: 30_000, interval: 10 };

test.each([
  "silent",
  "refused",
  "reset",
])("a device that is %s: what is active stays active, and ends with a value", async (kind) => {
  const { plant, scanning, states, nothingRead } = await start({ kind: "constant", value: 140 });
  await expect.poll(states, patiently).toEqual(["active"]);
  await plant.beginFault("plc", faultSection.parse({ kind }));
  await expect.poll(nothingRead, patiently).toBe(true);
  const readUntil = scanning.scan.report.samplesRead;
  expect(scanning.scan.alarms.active()).toMatchObject([{ condition: "High", value: null }]);
  await plant.endFaults("plc");
  await expect.poll(() => scanning.scan.report.samplesRead, patiently).toBeGreaterThan(readUntil + 5);
  await expect.poll(nothingRead, patiently).toBe(false);
  expect(states()).toEqual(["active"]); // neither ended nor reported again
});

test("a restart: still active says nothing, ended meanwhile says so with its value", async () => {
  const still = await start({ kind: "constant", value: 140 }, [BEFORE]);
  const ended = await start({ kind: "constant", value: 60 }, [BEFORE]);
  await expect.poll(ended.states, patiently).toEqual(["inactive"]);
  expect(ended.scanning.alarmChanges[0]).toMatchObject({ value: 60, condition: "High" });
  await expect.poll(() => still.scanning.scan.report.samplesRead, patiently).toBeGreaterThan(10);
  expect(still.states()).toEqual([]);
  expect(still.scanning.scan.alarms.active()).toMatchObject([{ since: 1000, value: 140 }]);
});

test("a value that moves by less than the deadband: reported once, judged every time", async () => {
  const { scanning, states } = await start(TURNING);
  await expect.poll(() => states().length, patiently).toBeGreaterThan(4);
  for (const [at, { state, value }] of scanning.alarmChanges.entries()) {
    expect(state).toBe(at % 2 === 0 ? "active" : "inactive");
    expect(value).toBe(state === "active" ? 101 : 99);
  }
  expect(scanning.history("plc/hr:0")).toHaveLength(1);
});
