import { Figures } from "@nonreturn/station";
import { StatusCode } from "@nonreturn/wire-format";
import { expect, test } from "vitest";
import { startScanning } from "../../../../../test/support/scanning.ts";
import type { DriverFactory } from "../../../src/drivers/driver.ts";
import { mqtt } from "../../../src/drivers/mqtt/index.ts";
import { SCAN_FIGURES } from "../../../src/scan/scan-figures.ts";
import { startStandIn } from "./mqtt-fixture.ts";

const WAIT = { timeout: 30_000, interval: 5 };

test("what gave no value is in the metrics by reason, goes on over connections, and starts at none", async () => {
  const broker = await startStandIn();
  const metric = "spBv1.0/g/n!Speed";
  const scanning = startScanning([
    {
      name: "press",
      address: broker.address,
      driver: mqtt as DriverFactory,
      config: { maxPayloadBytes: 1000, filters: ["#"] },
      periodMs: 1000,
      tags: [
        { address: "a", dataType: "FLOAT64" },
        { address: metric, dataType: "INT32" },
      ],
    },
  ]);
  const figures = new Figures("ot", SCAN_FIGURES);
  const dropped = (reason: string): number | undefined => {
    scanning.scan.writeFigures(figures);
    return figures.get("messages_dropped_total", { channel: "press", reason });
  };
  const settled = async (value: number): Promise<void> => {
    await broker.publish("a", String(value), { retain: true });
    await expect.poll(() => scanning.latest("press/a")?.value, WAIT).toBe(value);
  };
  await settled(1);
  for (const reason of ["oversized", "unwanted", "damaged", "missed", "unborn"])
    expect(dropped(reason), reason).toBe(0);
  await broker.publish("a", "x".repeat(1001));
  await broker.publish("a", "x".repeat(1_000_000));
  await broker.publish("nobody/wants/this", "1");
  await broker.publish("spBv1.0/g/NDATA/n", Buffer.from([0xff]));
  await broker.publish("spBv1.0/g/NDATA/n", Buffer.from([0x18, 5, 0x12, 2, 0x10, 7])); // by an alias that nobody knows
  await settled(2);
  expect(
    Object.fromEntries(["oversized", "unwanted", "damaged", "unborn"].map((each) => [each, dropped(each)])),
  ).toEqual({ oversized: 2, unwanted: 1, damaged: 1, unborn: 1 });
  broker.drop();
  await expect.poll(() => scanning.latest("press/a")?.statusCode, WAIT).not.toBe(StatusCode.Good);
  await expect.poll(() => scanning.latest("press/a")?.value, WAIT).toBe(2); // retained
  await broker.publish("nobody/wants/this", "1");
  await settled(3);
  expect(dropped("unwanted")).toBe(2);
});
