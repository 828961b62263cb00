/** The driver on a bus: late replies, echoes, noise, pauses. */

import { createLog } from "@nonreturn/station";
import { StatusCode } from "@nonreturn/wire-format";
import { describe, expect, onTestFinished, test } from "vitest";
import { z } from "zod";
import {
  goodRtuReply,
  type RtuAnswer,
  type RtuRequest,
  rtuException,
  rtuFrame,
  type ScriptedRtuDevice,
  startScriptedRtuDevice,
} from "../../../../../test/contract/driver-contract/scripted-rtu-device.ts";
import { patientClock } from "../../../../../test/support/patient-clock.ts";
import { readSamples } from "../../../../../test/support/read-samples.ts";
import type { PollingDriver } from "../../../src/drivers/driver.ts";
import { modbusRtuOverTcp } from "../../../src/drivers/modbus/index.ts";
import { byTag, connectedTo, never, scripted, tagsAt } from "./modbus-fixture.ts";

async function bus(answer?: (request: RtuRequest) => RtuAnswer): Promise<ScriptedRtuDevice> {
  const device = await startScriptedRtuDevice(answer);
  onTestFinished(() => device.close());
  return device;
}

async function connected({ address }: ScriptedRtuDevice, config: object = {}): Promise<PollingDriver> {
  const parsed = z.strictObject(modbusRtuOverTcp.deviceShape).parse({ ...address, timeout: "200ms", ...config });
  const [driver] = modbusRtuOverTcp.createChannel([{ device: "bus", config: parsed as never, timezone: "UTC" }], {
    clock: patientClock,
    log: createLog({ name: "test", level: "silent" }),
  }) as PollingDriver[];
  onTestFinished(() => driver!.close());
  await driver!.connect(never);
  return driver!;
}

const register = (request: RtuRequest, value: number) => [rtuFrame([request.unit, 3, 2, value >> 8, value & 0xff])];

describe("late replies of the request before", () => {
  /** Every value is the number of its request, so that a reply taken for another's shows. */
  async function readTwice(device: ScriptedRtuDevice, lateReply: string) {
    const driver = await connected(device, { lateReply, timeout: "100ms" });
    const plan = driver.plan(tagsAt(["hr:0"]));
    const [first] = await readSamples(driver, plan, never);
    expect(first).toMatchObject({ value: null, statusCode: StatusCode.BadTimeout });
    return (await readSamples(driver, plan, never))[0];
  }

  test("are waited for before the unit is asked again, and dropped", async () => {
    const device = await bus((request) => {
      if (request.number > 0) return register(request, request.number);
      patientClock.after(250, () => request.stream.write(register(request, 0)[0]!));
      return "silence";
    });
    expect(await readTwice(device, "30s")).toMatchObject({ value: 1, statusCode: StatusCode.Good });
    expect(device.requests).toHaveLength(2);
  });

  test("control: a reply later than lateReply allows could not be told from the next one's", async () => {
    const device = await bus((request) => (request.number === 0 ? "silence" : register(request, 0)));
    expect(await readTwice(device, "0ms")).toMatchObject({ value: 0, statusCode: StatusCode.Good });
  });

  test("without one the unit is asked again after that time", async () => {
    const device = await bus((request) => (request.number === 0 ? "silence" : register(request, request.number)));
    const begunMs = patientClock.monotonicMs();
    expect(await readTwice(device, "300ms")).toMatchObject({ value: 1 });
    expect(patientClock.monotonicMs() - begunMs).toBeGreaterThanOrEqual(395); // 100 ms and 300 ms, timers are whole milliseconds
  });

  test("of another unit are dropped, and that unit is not waited for", async () => {
    const device = await bus((request) => {
      if (request.unit === 1) return "silence";
      return [...register({ ...request, unit: 1 }, 7), ...register(request, 8)];
    });
    const driver = await connected(device, { lateReply: "60s" });
    const samples = byTag(await readSamples(driver, driver.plan(tagsAt(["u1!hr:0", "u2!hr:0"])), never));
    expect(samples.get(1)).toMatchObject({ value: null, statusCode: StatusCode.BadTimeout });
    expect(samples.get(2)).toMatchObject({ value: 8, statusCode: StatusCode.Good });
  });
});

describe("what else is on the line", () => {
  test("a line with echo is read as one without", async () => {
    const device = await bus((request) => [request.frame, ...goodRtuReply(request)]);
    const driver = await connected(device);
    const samples = await readSamples(driver, driver.plan(tagsAt(["hr:300", "ir:7", "hr:5"])), never);
    expect(samples.map(({ value }) => value)).toEqual([5, 300, 8]);
  });

  test("an echo alone is silence", async () => {
    const device = await bus((request) => [request.frame]);
    const driver = await connected(device);
    const [reading] = await driver.readRaw!(driver.plan(tagsAt(["hr:0"])), never);
    expect(reading!.sample).toMatchObject({ value: null, statusCode: StatusCode.BadTimeout });
  });

  test("a wrong checksum costs that request at once, not the time-out", async () => {
    const device = await bus((request) => {
      const [good] = goodRtuReply(request);
      if (request.number === 0) good![good!.length - 1]! ^= 1;
      return [good!];
    });
    const driver = await connected(device, { timeout: "60s" });
    const plan = driver.plan(tagsAt(["hr:4"]));
    expect((await readSamples(driver, plan, never))[0]).toMatchObject({ statusCode: StatusCode.BadDecodingError });
    expect((await readSamples(driver, plan, never))[0]).toMatchObject({ value: 4, statusCode: StatusCode.Good });
  });

  test("noise instead of a reply is a time-out that shows the bytes", async () => {
    const device = await bus(() => [Uint8Array.of(0xff, 0x00, 0xfe)]);
    const driver = await connected(device);
    const [reading] = await driver.readRaw!(driver.plan(tagsAt(["hr:0"])), never);
    expect(reading!.sample.statusCode).toBe(StatusCode.BadTimeout);
    expect(reading!.reason).toContain("3 bytes came that are no reply: FF00FE");
  });

  test("a busy device is asked again", async () => {
    const device = await bus((request) =>
      request.number < 2 ? rtuException(request, request.number === 0 ? 6 : 5) : goodRtuReply(request),
    );
    const driver = await connected(device, { busyDelay: "1ms" });
    const [sample] = await readSamples(driver, driver.plan(tagsAt(["hr:9"])), never);
    expect(sample).toMatchObject({ value: 9, statusCode: StatusCode.Good });
    expect(device.requests).toHaveLength(3);
  });
});

describe("pauses", () => {
  test("requestDelay is kept between a reply and the next request, connectDelay before the first", async () => {
    const sentMs: number[] = [];
    const device = await bus((request) => {
      sentMs.push(patientClock.monotonicMs());
      return goodRtuReply(request);
    });
    const begunMs = patientClock.monotonicMs();
    const driver = await connected(device, { requestDelay: "60ms", connectDelay: "150ms" });
    await readSamples(driver, driver.plan(tagsAt(["hr:0", "hr:1000", "hr:2000"])), never);
    expect(sentMs).toHaveLength(3);
    expect(sentMs[0]! - begunMs).toBeGreaterThanOrEqual(145);
    for (const at of [1, 2]) expect(sentMs[at]! - sentMs[at - 1]!).toBeGreaterThanOrEqual(55);
  });

  test("they are kept on Modbus TCP too", async () => {
    const device = await scripted();
    const begunMs = patientClock.monotonicMs();
    const driver = await connectedTo(device, { requestDelay: "80ms", connectDelay: "100ms" });
    await readSamples(driver, driver.plan(tagsAt(["hr:0", "hr:1000", "hr:2000"])), never);
    expect(device.requests).toHaveLength(3);
    expect(patientClock.monotonicMs() - begunMs).toBeGreaterThanOrEqual(250);
  });
});

test("a device that refuses to answer blocks is read tag by tag", async () => {
  const device = await bus((request) => (request.quantity === 1 ? goodRtuReply(request) : rtuException(request, 4)));
  const tags = tagsAt(["hr:0", "hr:1", "hr:2", "co:1", "co:2"], "UINT16").map((tag) =>
    tag.address.startsWith("co") ? { ...tag, dataType: "BOOLEAN" as const } : tag,
  );
  const blocks = await connected(device);
  const refused = await readSamples(blocks, blocks.plan(tags), never);
  expect(refused.every(({ statusCode }) => statusCode === StatusCode.BadDeviceFailure)).toBe(true); // control
  await blocks.close();
  const single = await connected(device, { coalesce: "never" });
  const plan = single.plan(tags);
  expect(plan.requests).toHaveLength(5);
  const samples = await readSamples(single, plan, never);
  expect(samples.map(({ value }) => value)).toEqual([true, false, 0, 1, 2]);
});
