/** What every polling driver must do, whatever it speaks. Each driver's own test gives it devices and calls this.
 *  fixture → [driver contract] → vitest */

import type { HostPort } from "@nonreturn/station";
import { qualityOf, StatusCode, type Value } from "@nonreturn/wire-format";
import { describe, expect, onTestFinished, test } from "vitest";
import type { PollingDriver, TagAddress } from "../../../packages/ot-sender/src/drivers/driver.ts";
import { readSamples } from "../../support/read-samples.ts";

/** A device the fixture started. */
export interface ContractDevice {
  readonly address: HostPort;
  /** Connections open now. */
  open(): number;
  close(): Promise<void>;
}

export interface DriverFixture {
  create(address: HostPort): PollingDriver;
  /** A device that answers every good tag. */
  startDevice(): Promise<ContractDevice>;
  /** A device that answers, until `lose` ends its connections while a request is waiting. */
  startFaultyDevice(fault: DeviceFault): Promise<ContractDevice>;
  /** Tags of the device, and the values it has. */
  readonly good: readonly { readonly tag: TagAddress; readonly value: Value }[];
  /** Addresses well written, which the device refuses. */
  readonly refusedByDevice: readonly TagAddress[];
  /** Addresses that are none. */
  readonly garbage: readonly TagAddress[];
}

/** close: the connection ends instead of the reply. silent: no reply ever. garbage: bytes that are no reply, once, then good replies. */
export type DeviceFault = "close" | "reset" | "silent" | "garbage";

export function describeDriverContract(name: string, fixture: DriverFixture): void {
  const never = new AbortController().signal;

  async function connected(device: ContractDevice): Promise<PollingDriver> {
    const driver = driverFor(device.address);
    await driver.connect(never);
    return driver;
  }
  function driverFor(address: HostPort): PollingDriver {
    const driver = fixture.create(address);
    onTestFinished(() => driver.close());
    return driver;
  }
  async function started(device: Promise<ContractDevice>): Promise<ContractDevice> {
    const running = await device;
    onTestFinished(() => running.close());
    return running;
  }
  const goodTags = fixture.good.map(({ tag }) => tag);
  const expected = new Map(fixture.good.map(({ tag, value }) => [tag.tagId, value]));

  describe(`driver contract: ${name}`, () => {
    test("has no way to write", () => {
      const driver: object = driverFor({ host: "127.0.0.1", port: 1 });
      for (let place: object | null = driver; place !== null; place = Object.getPrototypeOf(place)) {
        const names = Object.getOwnPropertyNames(place);
        expect(names.filter((each) => /write|set|force|preset/i.test(each) && !each.startsWith("__"))).toEqual([]);
      }
    });

    test("plans garbage without throwing, and says what is wrong with each", () => {
      const driver = driverFor({ host: "127.0.0.1", port: 1 });
      const plan = driver.plan([...fixture.garbage, ...goodTags]);
      expect(plan.refused.map(({ tagId }) => tagId).sort()).toEqual(fixture.garbage.map(({ tagId }) => tagId).sort());
      for (const { statusCode, reason } of plan.refused) {
        expect(qualityOf(statusCode)).toBe("bad");
        expect(reason).not.toBe("");
      }
      expect(driver.plan([]).tagIds).toEqual([]);
    });

    test("reads one sample per planned tag in the plan's order, refused ones included", async () => {
      const device = await started(fixture.startDevice());
      const driver = await connected(device);
      const plan = driver.plan([...fixture.garbage, ...goodTags]);
      expect([...plan.tagIds].sort((a, b) => a - b)).toEqual(
        [...fixture.garbage, ...goodTags].map(({ tagId }) => tagId).sort((a, b) => a - b),
      );
      const samples = await readSamples(driver, plan, never);
      expect(samples.map(({ tagId }) => tagId)).toEqual(plan.tagIds);
      for (const sample of samples) {
        const value = expected.get(sample.tagId);
        expect(Number.isSafeInteger(sample.sourceTimestamp)).toBe(true);
        if (value === undefined) expect(sample).toMatchObject({ value: null });
        else expect(sample).toMatchObject({ value, statusCode: StatusCode.Good });
      }
    });

    test("a tag that the device refuses spoils no other, in this read or the next", async () => {
      const device = await started(fixture.startDevice());
      const driver = await connected(device);
      const plan = driver.plan([...goodTags, ...fixture.refusedByDevice]);
      const refused = new Set(fixture.refusedByDevice.map(({ tagId }) => tagId));
      for (let scan = 0; scan < 3; scan++) {
        for (const sample of await readSamples(driver, plan, never)) {
          if (refused.has(sample.tagId)) {
            expect(qualityOf(sample.statusCode)).toBe("bad");
            expect(sample.value).toBeNull();
          } else expect(sample).toMatchObject({ value: expected.get(sample.tagId), statusCode: StatusCode.Good });
        }
      }
    });

    test("a plan with nothing but garbage reads as Bad samples", async () => {
      const device = await started(fixture.startDevice());
      const driver = await connected(device);
      const samples = await readSamples(driver, driver.plan(fixture.garbage), never);
      expect(samples).toHaveLength(fixture.garbage.length);
      expect(samples.every(({ statusCode, value }) => qualityOf(statusCode) === "bad" && value === null)).toBe(true);
    });

    test.each([
      "close",
      "reset",
    ] as const)("a connection lost by %s while reading rejects, and reconnecting helps", async (fault) => {
      const device = await started(fixture.startFaultyDevice(fault));
      const driver = await connected(device);
      const plan = driver.plan(goodTags);
      await expect(readSamples(driver, plan, never)).rejects.toMatchObject({ code: "CONNECTION_LOST" });
      await expect(readSamples(driver, plan, never)).rejects.toMatchObject({ code: "CONNECTION_LOST" });
      await driver.close();
      const healthy = await started(fixture.startDevice());
      const other = await connected(healthy);
      expect(await readSamples(other, other.plan(goodTags), never)).toHaveLength(goodTags.length);
    });

    test("a silent device costs Bad samples, not a rejection", async () => {
      const device = await started(fixture.startFaultyDevice("silent"));
      const driver = await connected(device);
      const samples = await readSamples(driver, driver.plan(goodTags), never);
      expect(samples).toHaveLength(goodTags.length);
      expect(samples.every(({ statusCode }) => statusCode === StatusCode.BadTimeout)).toBe(true);
    });

    test("garbage in a reply costs that reply's tags for one read, and nothing else", async () => {
      const device = await started(fixture.startFaultyDevice("garbage"));
      const driver = await connected(device);
      const plan = driver.plan(goodTags);
      const first = await readSamples(driver, plan, never);
      expect(first.some(({ statusCode }) => qualityOf(statusCode) === "bad")).toBe(true);
      for (const { tagId, value, statusCode } of first)
        if (statusCode === StatusCode.Good) expect(value).toEqual(expected.get(tagId));
      for (const sample of await readSamples(driver, plan, never))
        expect(sample).toMatchObject({ value: expected.get(sample.tagId), statusCode: StatusCode.Good });
    });

    test("gives up connecting when the signal aborts, before and while", async () => {
      const driver = driverFor({ host: "192.0.2.1", port: 9 }); // TEST-NET-1: nobody answers
      await expect(driver.connect(AbortSignal.abort())).rejects.toMatchObject({ code: "DEVICE_UNREACHABLE" });
      const stop = new AbortController();
      const connecting = driver.connect(stop.signal);
      stop.abort();
      await expect(connecting).rejects.toMatchObject({ code: "DEVICE_UNREACHABLE" });
      await driver.close();
    });

    test("a refused connection rejects with a StationError, and close afterwards is harmless", async () => {
      const gone = await fixture.startDevice();
      await gone.close();
      const driver = driverFor(gone.address);
      await expect(driver.connect(never)).rejects.toMatchObject({ name: "StationError", code: "DEVICE_UNREACHABLE" });
      await driver.close();
      await driver.close();
    });

    test("close is idempotent, and reading after it rejects", async () => {
      const device = await started(fixture.startDevice());
      const driver = await connected(device);
      const plan = driver.plan(goodTags);
      await driver.close();
      await driver.close();
      await expect(readSamples(driver, plan, never)).rejects.toMatchObject({ code: "CONNECTION_LOST" });
    });

    test("closing while a request waits rejects the read", async () => {
      const device = await started(fixture.startFaultyDevice("silent"));
      const driver = await connected(device);
      const reading = readSamples(driver, driver.plan(goodTags), never);
      const rejected = expect(reading).rejects.toMatchObject({ code: "CONNECTION_LOST" });
      await driver.close();
      await rejected;
    });

    test("a hundred reconnects leave no socket behind, on either side", async () => {
      const device = await started(fixture.startDevice());
      const sockets = () => process.getActiveResourcesInfo().filter((each) => each === "TCPSocketWrap").length;
      const before = sockets();
      const driver = driverFor(device.address);
      const plan = driver.plan(goodTags);
      for (let round = 0; round < 100; round++) {
        await driver.connect(never);
        await readSamples(driver, plan, never);
        await driver.close();
      }
      await expect.poll(() => device.open()).toBe(0);
      await expect.poll(sockets).toBeLessThanOrEqual(before);
    });
  });
}
