/** A simulated OPC UA server and drivers that read it, for the tests of this folder and of the driver contract. */

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Plant, type PlantSettings, plantSection, startPlant } from "@nonreturn/hardware-sim";
import { createLog, type HostPort } from "@nonreturn/station";
import type { DataType } from "@nonreturn/wire-format";
import { afterAll, onTestFinished } from "vitest";
import { z } from "zod";
import { patientClock } from "../../../../../test/support/patient-clock.ts";
import type { Driver, PollingDriver, SubscribingDriver, TagAddress } from "../../../src/drivers/driver.ts";
import type { OpcuaDeviceConfig } from "../../../src/drivers/opcua/config.ts";
import { opcua } from "../../../src/drivers/opcua/index.ts";

/** Making a key takes a while: once a file. */
export const PKI = mkdtempSync(join(tmpdir(), "nonreturn-pki-"));
afterAll(() => rmSync(PKI, { recursive: true, force: true }));

export const LINE = "urn:plant:line";
export const OTHER = "urn:plant:other";

export const VARIABLES = [
  { id: "Line.Speed", namespace: LINE, type: "FLOAT64", signal: { kind: "constant", value: 12.5 } },
  { id: "Line.Running", namespace: LINE, type: "BOOLEAN", signal: { kind: "constant", value: true } },
  { id: "Line.Total", namespace: LINE, type: "UINT64", signal: { kind: "constant", value: "18446744073709551615" } },
  { id: "Line.Deficit", namespace: LINE, type: "INT64", signal: { kind: "constant", value: "-9007199254740993" } },
  { id: "Line.Order", namespace: LINE, type: "STRING", signal: { kind: "constant", value: "A-17 °C" } },
  { id: "Line.Level", namespace: LINE, type: "FLOAT32", signal: { kind: "constant", value: 0.5 } },
  { id: "Line.Small", namespace: LINE, type: "INT8", signal: { kind: "constant", value: -7 } },
  { id: "Line.Recipe", namespace: LINE, type: "INT32", count: 3, signal: { kind: "constant", value: 4 } },
  {
    id: "Line.Totals",
    namespace: LINE,
    type: "INT64",
    count: 2,
    signal: { kind: "constant", value: "9007199254740993" },
  },
  { id: "Line.Count", namespace: LINE, type: "UINT32", signal: { kind: "counter", every: "20ms" } },
  { id: "Secret", namespace: LINE, type: "FLOAT64", access: "none", signal: { kind: "constant", value: 1 } },
  { id: "Elsewhere", type: "INT16", namespace: OTHER, signal: { kind: "constant", value: 42 } },
];

/** On a free port unless `options` says otherwise. */
export async function startServer(
  options: Readonly<Record<string, unknown>> = {},
): Promise<Plant & { address: HostPort }> {
  const settings: PlantSettings = plantSection.parse({
    devices: [{ name: "server", protocol: "opcua", namespaces: [LINE, OTHER], variables: VARIABLES, ...options }],
  });
  const plant = await startPlant(settings, { seed: 1, clock: patientClock, folder: ".", truth: { keep: 1000 } });
  onTestFinished(() => plant.close());
  return Object.assign(plant, { address: plant.addressOf("server") });
}

export function configFor(address: HostPort, options: Readonly<Record<string, unknown>> = {}): OpcuaDeviceConfig {
  return z.strictObject(opcua.deviceShape).parse({
    ...address,
    security: "None",
    pkiFolder: PKI,
    timeout: "2s",
    publishingInterval: "20ms",
    samplingInterval: "20ms",
    ...options,
  }) as unknown as OpcuaDeviceConfig;
}

export function driverFor(address: HostPort, options: Readonly<Record<string, unknown>> = {}): Driver {
  const [driver] = opcua.createChannel([{ device: "test", config: configFor(address, options), timezone: "UTC" }], {
    clock: patientClock,
    log: createLog({ name: "test", level: "silent" }),
  });
  onTestFinished(() => driver!.close());
  return driver!;
}

export function pollingDriver(address: HostPort, options: Readonly<Record<string, unknown>> = {}): PollingDriver {
  return driverFor(address, { reading: "polling", ...options }) as PollingDriver;
}

export function subscribingDriver(
  address: HostPort,
  options: Readonly<Record<string, unknown>> = {},
): SubscribingDriver {
  return driverFor(address, options) as SubscribingDriver;
}

export function tag(
  tagId: number,
  address: string,
  dataType: DataType,
  options: TagAddress["options"] = {},
): TagAddress {
  return { tagId, path: `test/${tagId}`, address, dataType, options };
}
