/** A real IT station whose port is flooded beside valid traffic. The same with a million datagrams: test/soak. */
import { expect, test } from "vitest";
import { floodStation } from "../support/hostile/flood-station.ts";

test("hostile datagrams at full rate cost no valid block, and each is counted under its own reason", async () => {
  const findings = await floodStation(5, 2000, 10_000);
  expect(findings.kernelDrops).toBe(0); // what the kernel drops the station cannot count
  expect(findings.counted).toEqual(findings.expected);
  expect(Object.keys(findings.expected).length).toBe(21);
  expect(findings.storedBlocks).toBe(findings.validBlocks);
  expect(findings.validBlocks).toBe(120);
  expect(findings.logLines).toBeLessThan(200);
  expect(findings.verify).toBe(0);
});
