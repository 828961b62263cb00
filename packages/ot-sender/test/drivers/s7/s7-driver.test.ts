import { faultSection } from "@nonreturn/hardware-sim";
import { StatusCode } from "@nonreturn/wire-format";
import { describe, expect, test } from "vitest";
import { readSamples } from "../../../../../test/support/read-samples.ts";
import { driverOn, never, startCpu, tagsAt, tampering } from "./s7-fixture.ts";

const echoed = (start: number) => start + 257;

describe("requests", () => {
  test("a thousand neighbouring words take as few requests as the granted PDU allows, all values right", async () => {
    for (const pdu of [240, 480, 960]) {
      const plant = await startCpu({ pdu });
      const driver = driverOn(plant.addressOf("cpu"));
      await driver.connect(never);
      const plan = driver.plan(tagsAt(Array.from({ length: 500 }, (_, n) => `DB1,INT${n * 2}`)));
      const samples = await readSamples(driver, plan, never);
      expect(samples.map(({ value }) => value)).toEqual(Array.from({ length: 500 }, (_, n) => echoed(n * 2)));
      // 1000 bytes, of which a reply with one item carries pdu − 18.
      expect(plant.statistics().devices[0]!.requests).toBe(Math.ceil(1000 / (pdu - 18)));
      expect(plan.requests).toHaveLength(Math.ceil(1000 / (pdu - 18)));
    }
  });

  test("scattered tags share requests: twenty ranges in each, as far as the PDU carries them", async () => {
    const plant = await startCpu({ pdu: 960 });
    const driver = driverOn(plant.addressOf("cpu"));
    await driver.connect(never);
    const plan = driver.plan(tagsAt(Array.from({ length: 40 }, (_, n) => `DB1,INT${n * 24}`)));
    const samples = await readSamples(driver, plan, never);
    expect(samples.map(({ value }) => value)).toEqual(Array.from({ length: 40 }, (_, n) => echoed(n * 24)));
    expect(plant.statistics().devices[0]!.requests).toBe(2);
  });

  test("what the CPU grants is kept to: no refusal for size, whatever the mixture", async () => {
    const plant = await startCpu({ pdu: 112, jobs: 1 });
    const driver = driverOn(plant.addressOf("cpu"));
    await driver.connect(never);
    const addresses = ["DB1,BYTE0.300", "DB1,INT400", "DB1,X402.3", "DB1,BYTE451", "DB1,LREAL500", "DB1,CHAR600.5"];
    const samples = await readSamples(driver, driver.plan(tagsAt(addresses)), never);
    expect(samples.every(({ statusCode }) => statusCode === StatusCode.Good)).toBe(true);
    expect(plant.statistics().devices[0]!.exceptions).toEqual({});
  });
});

describe("a CPU that refuses", () => {
  test.each([
    ["access-denied", StatusCode.BadNotReadable],
    ["out-of-range", StatusCode.BadOutOfRange],
    ["no-such-block", StatusCode.BadNodeIdUnknown],
  ])("%s: the reason says what an S7-1200 or 1500 needs", async (code, statusCode) => {
    const plant = await startCpu();
    await plant.beginFault("cpu", faultSection.parse({ kind: "item-refused", code, range: "DB1.100-101" }));
    const driver = driverOn(plant.addressOf("cpu"));
    await driver.connect(never);
    const readings = await driver.readRaw!(driver.plan(tagsAt(["DB1,INT98", "DB1,INT100", "DB1,INT102"])), never);
    expect(readings.map(({ sample }) => sample.value)).toEqual([echoed(98), null, echoed(102)]);
    expect(readings[1]).toMatchObject({
      sample: { statusCode },
      reason: expect.stringContaining("optimized access off, PUT/GET on"),
    });
  });

  test("every job: the same, and nothing is halved", async () => {
    const plant = await startCpu();
    await plant.beginFault("cpu", faultSection.parse({ kind: "job-refused" }));
    const driver = driverOn(plant.addressOf("cpu"));
    await driver.connect(never);
    const [reading] = await driver.readRaw!(driver.plan(tagsAt(["DB1,INT0", "DB1,INT2"])), never);
    expect(reading!.reason).toContain("optimized access off, PUT/GET on");
    expect(plant.statistics().devices[0]!.requests).toBe(1);
  });

  test("one bad address among 500 tags costs only itself, and is back when it answers", async () => {
    const plant = await startCpu();
    const end = await plant.beginFault(
      "cpu",
      faultSection.parse({ kind: "item-refused", code: "out-of-range", range: "DB1.500-501" }),
    );
    const driver = driverOn(plant.addressOf("cpu"), { badAddressRetry: "1s" });
    await driver.connect(never);
    const plan = driver.plan(tagsAt(Array.from({ length: 500 }, (_, n) => `DB1,INT${n * 2}`)));
    const bad = async () =>
      (await readSamples(driver, plan, never)).filter(({ statusCode }) => statusCode !== 0).map(({ tagId }) => tagId);
    expect(await bad()).toEqual([251]);
    expect(await bad()).toEqual([251]);
    end();
    await expect.poll(bad, { timeout: 30_000, interval: 100 }).toEqual([]);
  });
});

describe("connecting", () => {
  test("a wrong slot is refused, and the advice names rack and slot", async () => {
    const plant = await startCpu({ slot: 1 });
    const driver = driverOn(plant.addressOf("cpu"), { slot: 2 });
    await expect(driver.connect(never)).rejects.toMatchObject({
      code: "DEVICE_UNREACHABLE",
      what: expect.stringContaining("TSAP"),
      action: expect.stringContaining("slot 1"),
    });
    const right = driverOn(plant.addressOf("cpu"), { remoteTsap: "03.01" });
    await right.connect(never);
  });

  test("a CPU that accepts and says nothing is given up in time", async () => {
    const plant = await startCpu();
    await plant.beginFault("cpu", faultSection.parse({ kind: "silent" }));
    const driver = driverOn(plant.addressOf("cpu"), { connectTimeout: "50ms" });
    await expect(driver.connect(never)).rejects.toMatchObject({
      code: "DEVICE_UNREACHABLE",
      what: expect.stringContaining("no answer to the connection request within 50 ms"),
    });
  });

  test.each(["slow", "reset", "garbage", "refused"])("through %s and back", async (kind) => {
    const plant = await startCpu();
    const driver = driverOn(plant.addressOf("cpu"));
    await driver.connect(never);
    const plan = driver.plan(tagsAt(["DB1,INT10"]));
    const fault = kind === "slow" ? { kind, delay: "400ms" } : { kind };
    const end = await plant.beginFault("cpu", faultSection.parse(fault));
    const outcome = await readSamples(driver, plan, never).then(
      ([sample]) => sample!.statusCode !== StatusCode.Good,
      (error: { code: string }) => error.code === "CONNECTION_LOST",
    );
    expect(outcome).toBe(true);
    end();
    const again = async () => {
      await driver.close();
      await driver.connect(never);
      return (await readSamples(driver, plan, never))[0]!.value;
    };
    await expect.poll(() => again().catch(() => undefined), { timeout: 30_000 }).toBe(echoed(10));
  });

  test("a PDU in several TPDUs is joined, pieces of a segment too", async () => {
    const plant = await startCpu();
    const proxy = await tampering(plant, (frame) => {
      const pdu = frame.subarray(7);
      const part = (bytes: Buffer, end: number) =>
        Buffer.concat([Buffer.from([3, 0, 0, 7 + bytes.length, 2, 0xf0, end]), bytes]);
      return Buffer.concat([part(pdu.subarray(0, 5), 0), part(pdu.subarray(5, 6), 0), part(pdu.subarray(6), 0x80)]);
    });
    const driver = driverOn(proxy.address);
    await driver.connect(never);
    expect((await readSamples(driver, driver.plan(tagsAt(["DB1,INT10"])), never))[0]).toMatchObject({
      value: echoed(10),
    });
  });
});
