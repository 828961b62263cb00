import { StatusCode } from "@nonreturn/wire-format";
import { expect, test } from "vitest";
import { readSamples } from "../../../../../test/support/read-samples.ts";
import { readMutated } from "./mutated-replies.ts";
import { driverOn, never, spoiler, startCpu, tagsAt, tampering } from "./s7-fixture.ts";

test("50,000 spoilt replies: nothing is thrown, and every kind of outcome is among them", () => {
  const counts = readMutated(50_000, 1);
  for (const [kind, count] of Object.entries(counts)) expect(count, kind).toBeGreaterThan(100);
});

test("spoilt replies over TCP: every read settles, and a good connection reads good values again", async () => {
  const plant = await startCpu();
  const spoil = spoiler(2);
  const proxy = await tampering(plant, (frame) => spoil(frame));
  const driver = driverOn(proxy.address, { timeout: "10ms" });
  const tags = tagsAt(["DB1,INT0", "DB1,DINT100", "DB1,REAL900"]);
  let connected = false;
  let lost = 0;
  let silentReads = 0;
  while (proxy.replies() < 200) {
    if (!connected) await driver.connect(never);
    connected = true;
    try {
      // A new plan each time: it would learn from spoilt replies that addresses are refused, and ask no more.
      const samples = await readSamples(driver, driver.plan(tags), never);
      expect(samples).toHaveLength(3);
      silentReads = samples.every(({ statusCode }) => statusCode === StatusCode.BadTimeout) ? silentReads + 1 : 0;
      if (silentReads < 3) continue; // then the station connects anew, and so does this test
    } catch (error) {
      expect(error).toMatchObject({ code: "CONNECTION_LOST" });
      lost++;
    }
    connected = false;
    silentReads = 0;
    await driver.close();
  }
  expect(lost).toBeGreaterThan(0);
  await driver.close();
  const healthy = driverOn(plant.addressOf("cpu"));
  await healthy.connect(never);
  expect((await readSamples(healthy, healthy.plan(tagsAt(["DB1,INT0"])), never))[0]).toMatchObject({ value: 257 });
});
