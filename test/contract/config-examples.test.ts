/** The examples in config/ fit together: each OT station reads every one of its tags from the plant beside it. */

import { randomBytes } from "node:crypto";
import { loadScenario, startPlant } from "@nonreturn/hardware-sim";
import { createLog } from "@nonreturn/station";
import { type Sample, StatusCode, sampleAt, statusCodeName } from "@nonreturn/wire-format";
import { expect, onTestFinished, test } from "vitest";
import { loadOtConfig } from "../../packages/ot-sender/src/config/ot-station-config.ts";
import { startScan } from "../../packages/ot-sender/src/scan/start-scan.ts";
import { patientClock } from "../support/patient-clock.ts";
import { temporaryFolder } from "../support/temporary-folder.ts";

const fileOf = (name: string) => new URL(`../../config/${name}`, import.meta.url).pathname;

test.each([
  ["ot-station.yaml", "plant.yaml"],
  ["ot-station-ethernet-ip.yaml", "plant-ethernet-ip.yaml"],
  ["ot-station-s7.yaml", "plant-s7.yaml"],
  ["ot-station-templates.yaml", "plant.yaml"],
  ["ot-station-opcua.yaml", "plant-opcua.yaml"],
  ["ot-station-rest.yaml", "plant-rest.yaml"],
  ["ot-station-mqtt.yaml", "plant-mqtt.yaml"],
])("every enabled tag of config/%s is Good on config/%s", async (station, plantFile) => {
  const scenario = loadScenario(fileOf(plantFile)).plant!;
  const portOf = new Map(scenario.devices.map(({ name, listen }) => [listen.port, name]));
  const onFreePorts = scenario.devices.map((device) => ({ ...device, listen: { host: "127.0.0.1", port: 0 } }));
  const settings = { ...scenario, devices: onFreePorts, timeline: [] };
  const plant = await startPlant(settings, { seed: 1, clock: patientClock, folder: "." });
  onTestFinished(() => plant.close());

  const config = loadOtConfig(fileOf(station));
  const devices = config.devices.map((device) => {
    const driverConfig = device.driverConfig as { readonly port: number };
    const simulated = portOf.get(driverConfig.port);
    expect(
      simulated,
      `${device.name} reads port ${driverConfig.port}, where no simulated device listens`,
    ).toBeDefined();
    const pki = "pkiFolder" in driverConfig ? { pkiFolder: temporaryFolder() } : {};
    return { ...device, driverConfig: { ...driverConfig, ...plant.addressOf(simulated!), ...pki } };
  });
  const tags = [...devices.flatMap((device) => device.tags), ...config.calculated].filter(({ enabled }) => enabled);
  expect(tags.length).toBeGreaterThan(10);
  const ids = new Map(tags.map(({ path }, index) => [path, index + 1]));
  const latest = new Map<number, Sample>();
  const scan = startScan(
    { devices, calculated: config.calculated, reconnect: { firstMs: 10, longestMs: 50 } },
    {
      clock: patientClock,
      log: createLog({ name: "test", level: "silent" }),
      random: randomBytes,
      turns: { tags: 1, next: async () => undefined },
      tagIdOf: (path) => ids.get(path) ?? Number.NaN,
      onDeviceStatus: () => undefined,
      sink: {
        accept(columns) {
          for (let row = 0; row < columns.count; row++) latest.set(columns.tagIds[row]!, sampleAt(columns, row));
        },
      },
    },
  );
  onTestFinished(() => scan.stop());
  const notGood = () =>
    tags.flatMap(({ path }) => {
      const sample = latest.get(ids.get(path)!);
      return sample?.statusCode === StatusCode.Good
        ? []
        : [`${path}: ${sample === undefined ? "not reported" : statusCodeName(sample.statusCode)}`];
    });
  await expect.poll(notGood, { timeout: 30_000, interval: 50 }).toEqual([]);
});
