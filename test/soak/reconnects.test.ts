/** A thousand reconnects of each driver that has no soak of its own: none leaves a connection behind, on either side. S7, REST and MQTT have theirs. */

import { join } from "node:path";
import { createLog, systemClock } from "@nonreturn/station";
import { StatusCode } from "@nonreturn/wire-format";
import { expect, test } from "vitest";
import { stringify } from "yaml";
import { parseOtConfig } from "../../packages/ot-sender/src/config/ot-station-config.ts";
import { mixedPlant } from "../support/line/mixed-plant.ts";
import { readSamples } from "../support/read-samples.ts";
import { simulatedPlant } from "../support/simulated-plant.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";

const RECONNECTS = 1000;
const WAIT = { timeout: 30_000, interval: 1 };
const never = new AbortController().signal;

test.each(["modbus", "modbus-rtu-tcp", "ethernet-ip", "opcua"])("%s", async (name) => {
  const { scenario, devicesAt } = mixedPlant(1);
  const written = devicesAt(() => 1).findIndex((device) => "driver" in device && device.driver === name);
  const simulated = (scenario as { readonly devices: readonly { readonly name: string }[] }).devices[written]!;
  const plant = await simulatedPlant([simulated]);
  const polling = name === "opcua" ? { reading: "polling" } : {};
  const text = stringify({
    station: { name: "s", dataFolder: "data" },
    link: { destination: "192.0.2.2:47000", rate: "100Mbit" },
    devices: [{ ...devicesAt(() => plant.addressOf(simulated.name).port)[written], ...polling }],
  });
  const device = parseOtConfig(text, join(temporaryFolder(), "ot.yaml")).devices[0]!;
  const [driver] = device.driver.createChannel(
    [{ device: device.name, config: device.driverConfig, timezone: "UTC" }],
    { clock: systemClock, log: createLog({ name: "test", level: "silent" }) },
  );
  if (driver?.kind !== "polling") throw new Error(`${name} is not polled`);
  const tags = device.tags.map((tag, at) => ({ ...tag, tagId: at + 1, options: tag.driverOptions }));
  const plan = driver.plan(tags);
  const open = () => plant.statistics().devices[0]!;
  const sockets = () => process.getActiveResourcesInfo().filter((each) => each === "TCPSocketWrap").length;
  const before = sockets();
  for (let round = 0; round < RECONNECTS; round++) {
    await driver.connect(never);
    const samples = await readSamples(driver, plan, never);
    expect(samples.filter(({ statusCode }) => statusCode !== StatusCode.Good)).toEqual([]);
    expect(open().open).toBeGreaterThan(0);
    await driver.close();
    await expect.poll(() => open().open, WAIT).toBe(0);
  }
  expect(open().accepted).toBeGreaterThanOrEqual(RECONNECTS);
  expect(open().tooMany).toBe(0);
  await expect.poll(sockets, WAIT).toBeLessThanOrEqual(before);
});
