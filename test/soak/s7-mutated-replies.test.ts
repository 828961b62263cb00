/** A million spoilt replies of an S7 CPU, and a thousand reconnects: nothing thrown, no connection left. */

import { expect, test } from "vitest";
import { readMutated } from "../../packages/ot-sender/test/drivers/s7/mutated-replies.ts";
import { driverOn, never, startCpu, tagsAt } from "../../packages/ot-sender/test/drivers/s7/s7-fixture.ts";
import { readSamples } from "../support/read-samples.ts";

test("a million spoilt replies: nothing is thrown, and every kind of outcome is among them", () => {
  const counts = readMutated(1_000_000, 7);
  for (const [kind, count] of Object.entries(counts)) expect(count, kind).toBeGreaterThan(1000);
});

test("a thousand reconnects leave no connection behind, on either side", async () => {
  const plant = await startCpu({ maxConnections: 2 });
  const driver = driverOn(plant.addressOf("cpu"));
  const plan = driver.plan(tagsAt(["DB1,INT10"]));
  const sockets = () => process.getActiveResourcesInfo().filter((each) => each === "TCPSocketWrap").length;
  const before = sockets();
  const open = () => plant.statistics().devices[0]!;
  for (let round = 0; round < 1000; round++) {
    await driver.connect(never);
    expect((await readSamples(driver, plan, never))[0]).toMatchObject({ value: 267 });
    await driver.close();
    // The CPU has two places only: the one just left must be free before the next but one comes.
    await expect.poll(() => open().open, { interval: 1 }).toBe(0);
  }
  expect(open()).toMatchObject({ accepted: 1000, tooMany: 0, openPeak: 1 });
  await expect.poll(sockets).toBeLessThanOrEqual(before);
});
