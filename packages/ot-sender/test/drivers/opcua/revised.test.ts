import { type AddressInfo, connect, createServer } from "node:net";
import { type Sample, StatusCode } from "@nonreturn/wire-format";
import { expect, onTestFinished, test } from "vitest";
import { mistakeInRevised } from "../../../src/drivers/opcua/revised.ts";
import { LINE, startServer, subscribingDriver, tag } from "./opcua-fixture.ts";

const revised = (intervalMs: number, keepAlives: number, lifetime: number) => ({
  revisedPublishingInterval: intervalMs,
  revisedMaxKeepAliveCount: keepAlives,
  revisedLifetimeCount: lifetime,
});

test.each([
  [500, 10, 60],
  [1, 5000, 30_000],
  [3_600_000, 3, 18],
  [100, 0, 100], // some leave the count out
])("an interval of %s ms, %s keep-alives and a lifetime of %s are taken", (...counts) => {
  expect(mistakeInRevised(revised(...counts))).toBeUndefined();
});

test.each([
  [-500, 10, 60, /publishing interval to -500 ms/],
  [0, 10, 60, /publishing interval to 0 ms/],
  [1e-300, 10, 60, /publishing interval/],
  [1e300, 10, 60, /publishing interval/],
  [Number.NaN, 10, 60, /publishing interval to NaN/],
  [Number.POSITIVE_INFINITY, 10, 60, /publishing interval to Infinity/],
  [500, 0xffff_ffff, 0xffff_ffff, /keep-alive to 4294967295 intervals/],
  [500, 10, 9, /lifetime to 9, the keep-alive to 10/],
])("an interval of %s ms, %s keep-alives and a lifetime of %s are refused", (intervalMs, keepAlives, lifetime, reason) => {
  expect(mistakeInRevised(revised(intervalMs, keepAlives, lifetime))).toMatch(reason);
});

/** Of CreateSubscriptionResponse, i=790, behind 24 bytes of chunk, security and sequence headers. */
const CREATED = Buffer.from([0x01, 0x00, 0x16, 0x03]);
/** The revised interval stands before two UInt32, the last of the message. */
const INTERVAL_FROM_END = 16;

/** Between driver and server; the server's revised interval becomes another. */
async function startRevising(port: number, intervalMs: number | undefined): Promise<number> {
  const listener = createServer((near) => {
    const far = connect(port, "127.0.0.1");
    near.on("data", (bytes) => far.write(bytes));
    far.on("data", (bytes) => {
      if (intervalMs !== undefined && bytes.subarray(24, 28).equals(CREATED))
        bytes.writeDoubleLE(intervalMs, bytes.readUInt32LE(4) - INTERVAL_FROM_END);
      near.write(bytes);
    });
    for (const socket of [near, far])
      socket
        .on("error", () => undefined)
        .on("close", () => {
          near.destroy();
          far.destroy();
        });
  });
  await new Promise<void>((listening) => listener.listen(0, "127.0.0.1", listening));
  onTestFinished(() => void listener.close());
  return (listener.address() as AddressInfo).port;
}

test.each([
  -1,
  Number.NaN,
  1e300,
])("a subscription whose interval became %s is refused with that reason", async (interval) => {
  const { address } = await startServer();
  const driver = subscribingDriver({ host: "127.0.0.1", port: await startRevising(address.port, interval) });
  await driver.connect(new AbortController().signal);
  const plan = driver.plan([tag(1, `nsu=${LINE};s=Line.Speed`, "FLOAT64")]);
  await expect(driver.subscribe(plan, () => undefined, new AbortController().signal)).rejects.toMatchObject({
    code: "CONNECTION_LOST",
    what: `the server revised the publishing interval to ${interval} ms`,
  });
});

test.each([
  ["as the server says", undefined],
  ["longer than the session's time-out", 120_000],
])("a subscription with an interval %s is taken", async (_, interval) => {
  const { address } = await startServer();
  const driver = subscribingDriver({ host: "127.0.0.1", port: await startRevising(address.port, interval) });
  const stop = new AbortController();
  await driver.connect(stop.signal);
  const samples: Sample[] = [];
  const ended = driver
    .subscribe(
      driver.plan([tag(1, `nsu=${LINE};s=Line.Speed`, "FLOAT64")]),
      (some) => samples.push(...some),
      stop.signal,
    )
    .catch((error: unknown) => error);
  const outcome = await Promise.race([
    ended,
    expect.poll(() => samples.length, { timeout: 30_000 }).toBeGreaterThan(0),
  ]);
  expect(outcome).not.toBeInstanceOf(Error);
  expect(samples[0]).toMatchObject({ value: 12.5, statusCode: StatusCode.Good });
  stop.abort();
  await ended;
});

test("a driver that is closed while its subscription begins ends quietly", async () => {
  const { address } = await startServer();
  for (const waitMs of [0, 1, 2, 4, 8, 16]) {
    const driver = subscribingDriver(address);
    await driver.connect(new AbortController().signal);
    const plan = driver.plan([tag(1, `nsu=${LINE};s=Line.Speed`, "FLOAT64")]);
    const ended = expect(driver.subscribe(plan, () => undefined, new AbortController().signal)).rejects.toMatchObject({
      code: "CONNECTION_LOST",
    });
    await new Promise((done) => setTimeout(done, waitMs));
    await driver.close();
    await ended;
  }
});
