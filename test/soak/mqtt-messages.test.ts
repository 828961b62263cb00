/** A million damaged messages to the MQTT driver, and a thousand reconnects. */
import { expect, test } from "vitest";
import { driverFor, listen, startStandIn, tag } from "../../packages/ot-sender/test/drivers/mqtt/mqtt-fixture.ts";
import { takeMutated } from "../../packages/ot-sender/test/drivers/mqtt/mutated-messages.ts";

test("a million damaged messages: samples that keep the contract, or none, and memory stays bounded", () => {
  const before = process.memoryUsage().rss;
  const result = takeMutated(1_000_000, 7);
  const grownBytes = process.memoryUsage().rss - before;
  console.log(JSON.stringify({ ...result, grownMiB: Math.round(grownBytes / 2 ** 20) }));
  expect(result.mutated).toBe(1_000_000);
  for (const count of [result.goodSamples, result.otherSamples, result.nothing]) expect(count).toBeGreaterThan(50_000);
  expect(grownBytes).toBeLessThan(256 * 2 ** 20);
}, 3_600_000);

test("a thousand reconnects leave no connection behind, on either side", async () => {
  const broker = await startStandIn();
  const driver = driverFor(broker.address);
  const tags = [tag("a")];
  const sockets = () => process.getActiveResourcesInfo().filter((each) => each === "TCPSocketWrap").length;
  const before = sockets();
  for (let round = 0; round < 1000; round++) {
    const listening = await listen(driver, tags, broker);
    await driver.close();
    await listening.ended;
  }
  await expect.poll(() => broker.open()).toBe(0);
  await expect.poll(sockets).toBeLessThanOrEqual(before);
});
