/** One bad address never spoils a block read. */

import { StatusCode } from "@nonreturn/wire-format";
import { describe, expect, test } from "vitest";
import {
  exceptionReply,
  goodReply,
  type ScriptedRequest,
} from "../../../../../test/contract/driver-contract/scripted-device.ts";
import { readSamples } from "../../../../../test/support/read-samples.ts";
import { byTag, connectedTo, never, scripted, shiftedClock, tagsAt } from "./modbus-fixture.ts";

const touching =
  (illegal: ReadonlySet<number>, code = 2) =>
  (request: ScriptedRequest) => {
    for (const address of illegal)
      if (address >= request.start && address < request.start + request.quantity) return exceptionReply(request, code);
    return goodReply(request);
  };

const range = (first: number, last: number) =>
  Array.from({ length: last - first + 1 }, (_, index) => `hr:${first + index}`);

describe("bad addresses", () => {
  test.each([
    2, 3,
  ])("exception %i: one bad register of 125 is found in 15 requests, and costs none afterwards", async (code) => {
    const device = await scripted(touching(new Set([77]), code));
    const driver = await connectedTo(device);
    const plan = driver.plan(tagsAt(range(0, 124)));
    const first = byTag(await readSamples(driver, plan, never));
    expect(device.requests.length).toBeLessThanOrEqual(15);
    for (let address = 0; address <= 124; address++) {
      const sample = first.get(address + 1);
      if (address === 77)
        expect(sample).toMatchObject({
          value: null,
          statusCode: code === 2 ? StatusCode.BadNodeIdUnknown : StatusCode.BadOutOfRange,
        });
      else expect(sample).toMatchObject({ value: address, statusCode: StatusCode.Good });
    }
    device.requests.length = 0;
    const second = byTag(await readSamples(driver, plan, never));
    expect(second.get(78)).toMatchObject({ value: null });
    expect(second.get(77)).toMatchObject({ value: 76, statusCode: StatusCode.Good });
    expect(device.requests.length).toBeLessThanOrEqual(7);
    expect(device.requests.every(({ start, quantity }) => start > 77 || start + quantity <= 77)).toBe(true);
  });

  test("an illegal register between tags costs no tag: the block is cut at the gap", async () => {
    const device = await scripted(touching(new Set([5])));
    const driver = await connectedTo(device);
    const plan = driver.plan(tagsAt([...range(0, 3), ...range(8, 11)]));
    const samples = await readSamples(driver, plan, never);
    expect(samples.every(({ statusCode }) => statusCode === StatusCode.Good)).toBe(true);
    expect(device.requests).toHaveLength(3);
    await readSamples(driver, plan, never);
    expect(device.requests.slice(3).map(({ start, quantity }) => [start, quantity])).toEqual([
      [0, 4],
      [8, 4],
    ]);
  });

  test("a refused address is asked again after badAddressRetry, and the block is whole again once it answers", async () => {
    const clock = shiftedClock();
    const illegal = new Set([3]);
    const device = await scripted(touching(illegal));
    const driver = await connectedTo(device, { badAddressRetry: "60s" }, clock);
    const plan = driver.plan(tagsAt(range(0, 7)));
    await readSamples(driver, plan, never);

    clock.shift(59_000);
    device.requests.length = 0;
    await readSamples(driver, plan, never);
    expect(device.requests.some(({ start, quantity }) => start <= 3 && start + quantity > 3)).toBe(false);

    clock.shift(1_000);
    device.requests.length = 0;
    await readSamples(driver, plan, never);
    expect(device.requests.filter(({ start, quantity }) => start === 3 && quantity === 1)).toHaveLength(1);

    illegal.clear();
    clock.shift(60_000);
    expect(byTag(await readSamples(driver, plan, never)).get(4)).toMatchObject({
      value: 3,
      statusCode: StatusCode.Good,
    });
    device.requests.length = 0;
    expect((await readSamples(driver, plan, never)).every(({ statusCode }) => statusCode === StatusCode.Good)).toBe(
      true,
    );
    expect(device.requests.map(({ start, quantity }) => [start, quantity])).toEqual([[0, 8]]);
  });

  test("a device that refuses everything is asked little, and is read whole again when it comes round", async () => {
    const clock = shiftedClock();
    let running = false;
    const device = await scripted((request) => (running ? goodReply(request) : exceptionReply(request, 2)));
    const driver = await connectedTo(device, { badAddressRetry: "60s" }, clock);
    const plan = driver.plan(tagsAt(range(0, 63)));
    for (let scan = 0; scan < 10; scan++) await readSamples(driver, plan, never);
    // 64 tags are 127 blocks in all, found 17 and more per read; then nothing is asked.
    expect(device.requests.length).toBeLessThanOrEqual(130);
    device.requests.length = 0;
    await readSamples(driver, plan, never);
    expect(device.requests).toHaveLength(0);
    running = true;
    clock.shift(61_000);
    await readSamples(driver, plan, never);
    expect(device.requests).toHaveLength(1);
    const samples = await readSamples(driver, plan, never);
    expect(samples.every(({ statusCode }) => statusCode === StatusCode.Good)).toBe(true);
  });

  test("when only part of a wholly refused block comes back, that part is found", async () => {
    const clock = shiftedClock();
    const illegal = new Set(Array.from({ length: 8 }, (_, address) => address));
    const device = await scripted(touching(illegal));
    const driver = await connectedTo(device, { badAddressRetry: "1s" }, clock);
    const plan = driver.plan(tagsAt(range(0, 7)));
    await readSamples(driver, plan, never);
    for (let address = 0; address < 6; address++) illegal.delete(address);
    for (let scan = 0; scan < 20; scan++) {
      clock.shift(1_000);
      await readSamples(driver, plan, never);
    }
    const samples = byTag(await readSamples(driver, plan, never));
    const good = [...samples.values()]
      .filter(({ statusCode }) => statusCode === StatusCode.Good)
      .map(({ tagId }) => tagId);
    expect(good.sort()).toEqual([1, 2, 3, 4, 5, 6]);
  });

  test("halving is spread over reads: no read asks more than its budget", async () => {
    const illegal = new Set(Array.from({ length: 60 }, (_, index) => index * 2));
    const device = await scripted(touching(illegal));
    const driver = await connectedTo(device);
    const plan = driver.plan(tagsAt(range(0, 119)));
    let most = 0;
    for (let scan = 0; scan < 12; scan++) {
      device.requests.length = 0;
      await readSamples(driver, plan, never);
      most = Math.max(most, device.requests.length);
    }
    expect(most).toBeLessThanOrEqual(2 * 120 + 16);
    const samples = byTag(await readSamples(driver, plan, never));
    for (let address = 0; address < 120; address++)
      expect(samples.get(address + 1)?.statusCode === StatusCode.Good, `hr:${address}`).toBe(address % 2 === 1);
  });

  test("bits of one illegal register are refused together", async () => {
    const device = await scripted(touching(new Set([4])));
    const driver = await connectedTo(device);
    const bits = Array.from({ length: 16 }, (_, bit) => `hr:4.${bit}`);
    const samples = await readSamples(driver, driver.plan(tagsAt(bits, "BOOLEAN")), never);
    expect(samples.every(({ statusCode }) => statusCode === StatusCode.BadNodeIdUnknown)).toBe(true);
    expect(device.requests).toHaveLength(1);
  });

  test("a device that allows fewer registers per request than configured is still read", async () => {
    const device = await scripted((request) =>
      request.quantity > 32 ? exceptionReply(request, 3) : goodReply(request),
    );
    const driver = await connectedTo(device);
    const plan = driver.plan(tagsAt(range(0, 124)));
    const samples = await readSamples(driver, plan, never);
    expect(samples.every(({ statusCode }) => statusCode === StatusCode.Good)).toBe(true);
    device.requests.length = 0;
    await readSamples(driver, plan, never);
    expect(device.requests).toHaveLength(4);
  });
});
