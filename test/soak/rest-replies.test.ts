/** A million damaged replies to the REST driver, and a thousand reconnects. */

import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { expect, test } from "vitest";
import { judgeMutated, readMutated } from "../../packages/ot-sender/test/drivers/rest/mutated-replies.ts";
import { driverFor, json, never, startScripted, tag } from "../../packages/ot-sender/test/drivers/rest/rest-fixture.ts";
import { readSamples } from "../support/read-samples.ts";

/** A reply that ends its connection costs half a millisecond; of the million so many come over TCP. */
const OVER_TCP = 100_000;
const JUDGED = 900_000;

/** What is really held: the machine's figure of the process goes up and down with the garbage. */
function heldBytes(): number {
  setFlagsFromString("--expose-gc");
  (runInNewContext("gc") as () => void)();
  return process.memoryUsage().heapUsed + process.memoryUsage().external;
}

test("a million damaged replies: Bad samples and lost connections, never another error, and memory stays bounded", async () => {
  const before = heldBytes();
  const overTcp = await readMutated(OVER_TCP, 7);
  const judged = judgeMutated(JUDGED, 8);
  const grownBytes = heldBytes() - before;
  console.log(JSON.stringify({ overTcp, judged, grownMiB: Math.round(grownBytes / 2 ** 20) }));
  expect(overTcp.mutated).toBeGreaterThanOrEqual(OVER_TCP);
  expect(overTcp.rejections).toBeGreaterThan(500);
  for (const count of [overTcp.goodSamples, overTcp.badSamples, judged.good, judged.bad])
    expect(count).toBeGreaterThan(50_000);
  expect(grownBytes).toBeLessThan(64 * 2 ** 20);
}, 3_600_000);

test("a thousand reconnects leave no connection behind, on either side", async () => {
  const server = await startScripted(json("7"));
  const driver = driverFor(server.address);
  const plan = driver.plan([tag("/")]);
  const sockets = () => process.getActiveResourcesInfo().filter((each) => each === "TCPSocketWrap").length;
  const before = sockets();
  for (let round = 0; round < 1000; round++) {
    await driver.connect(never);
    expect(await readSamples(driver, plan, never)).toMatchObject([{ value: 7 }]);
    await driver.close();
  }
  await expect.poll(() => server.open()).toBe(0);
  await expect.poll(sockets).toBeLessThanOrEqual(before);
  await server.close();
});
