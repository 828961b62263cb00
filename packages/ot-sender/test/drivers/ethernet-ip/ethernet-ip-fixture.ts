/** Drivers and tags for the EtherNet/IP driver's tests. */

import { type Clock, createLog, type HostPort } from "@nonreturn/station";
import type { DataType, Sample } from "@nonreturn/wire-format";
import { onTestFinished } from "vitest";
import { z } from "zod";
import { patientClock } from "../../../../../test/support/patient-clock.ts";
import { readSamples } from "../../../../../test/support/read-samples.ts";
import {
  type SimulatedController,
  type SimulatedControllerOptions,
  startSimulatedController,
} from "../../../../../test/support/simulated-controller.ts";
import type { PollingDriver, TagAddress } from "../../../src/drivers/driver.ts";
import type { EthernetIpDeviceConfig } from "../../../src/drivers/ethernet-ip/config.ts";
import type { EthernetIpDriver } from "../../../src/drivers/ethernet-ip/ethernet-ip-driver.ts";
import { ethernetIp } from "../../../src/drivers/ethernet-ip/index.ts";

export const never = new AbortController().signal;
export const hex = (text: string) => Buffer.from(text.replaceAll(/\s/g, ""), "hex");

export function configOf(config: Record<string, unknown> = {}): EthernetIpDeviceConfig {
  return z.strictObject(ethernetIp.deviceShape).parse({ host: "127.0.0.1", ...config }) as EthernetIpDeviceConfig;
}

export async function controller(options?: SimulatedControllerOptions): Promise<SimulatedController> {
  const started = await startSimulatedController(options);
  onTestFinished(() => started.close());
  return started;
}

export function driverOn(
  address: HostPort,
  config: Record<string, unknown> = {},
  clock: Clock = patientClock,
): EthernetIpDriver {
  const [driver] = ethernetIp.createChannel(
    [{ device: "plc", config: configOf({ ...address, timeout: "300ms", ...config }), timezone: "UTC" }],
    { clock, log: createLog({ name: "test", level: "silent" }) },
  );
  onTestFinished(() => driver!.close());
  return driver as EthernetIpDriver;
}

export async function connectedTo(
  device: { readonly address: HostPort },
  config: Record<string, unknown> = {},
  clock?: Clock,
): Promise<EthernetIpDriver> {
  const driver = driverOn(device.address, config, clock);
  await driver.connect(never);
  return driver;
}

/** Tags with ids from 1: "Echo[3] INT32". */
export function tagsAt(...texts: readonly string[]): TagAddress[] {
  return texts.map((text, index) => {
    const at = text.lastIndexOf(" ");
    const dataType = text.slice(at + 1) as DataType;
    return { tagId: index + 1, path: `t/${index + 1}`, address: text.slice(0, at), dataType, options: {} };
  });
}

export async function readAll(driver: PollingDriver, tags: readonly TagAddress[]): Promise<Map<number, Sample>> {
  const samples = await readSamples(driver, driver.plan(tags), never);
  return new Map(samples.map((sample) => [sample.tagId, sample]));
}
