/** Devices and drivers for the Modbus driver's tests. */

import { type Clock, createLog, type HostPort } from "@nonreturn/station";
import type { DataType, Sample } from "@nonreturn/wire-format";
import { onTestFinished } from "vitest";
import { z } from "zod";
import {
  goodReply,
  type ScriptedAnswer,
  type ScriptedDevice,
  type ScriptedRequest,
  startScriptedDevice,
} from "../../../../../test/contract/driver-contract/scripted-device.ts";
import { patientClock } from "../../../../../test/support/patient-clock.ts";
import type { PollingDriver, TagAddress } from "../../../src/drivers/driver.ts";
import { modbus } from "../../../src/drivers/modbus/index.ts";

export const never = new AbortController().signal;

export async function scripted(
  answer: (request: ScriptedRequest) => ScriptedAnswer = goodReply,
): Promise<ScriptedDevice> {
  const device = await startScriptedDevice(answer);
  onTestFinished(() => device.close());
  return device;
}

/** One driver per entry, all on one connection. */
export function driversOn(
  address: HostPort,
  configs: readonly Record<string, unknown>[],
  clock: Clock = patientClock,
): PollingDriver[] {
  const drivers = modbus.createChannel(
    configs.map((config, index) => ({
      device: `device-${index + 1}`,
      config: z.strictObject(modbus.deviceShape).parse({ ...address, timeout: "200ms", ...config }) as never,
      timezone: "UTC",
    })),
    { clock, log: createLog({ name: "test", level: "silent" }) },
  ) as PollingDriver[];
  onTestFinished(async () => {
    for (const driver of drivers) await driver.close();
  });
  return drivers;
}

export async function connectedTo(
  device: { readonly address: HostPort },
  config: Record<string, unknown> = {},
  clock?: Clock,
): Promise<PollingDriver> {
  const [driver] = driversOn(device.address, [config], clock);
  await driver!.connect(never);
  return driver!;
}

/** Tags with ids from 1. */
export function tagsAt(addresses: readonly string[], dataType: DataType = "UINT16"): TagAddress[] {
  return addresses.map((address, index) => ({
    tagId: index + 1,
    path: `t/${index + 1}`,
    address,
    dataType,
    options: {},
  }));
}

export function byTag(samples: readonly Sample[]): Map<number, Sample> {
  return new Map(samples.map((sample) => [sample.tagId, sample]));
}

/** A clock as the drivers' here have, with hours that can be added to it. */
export function shiftedClock(): Clock & { shift(ms: number): void } {
  let offset = 0;
  return {
    ...patientClock,
    monotonicMs: () => patientClock.monotonicMs() + offset,
    shift(ms) {
      offset += ms;
    },
  };
}
