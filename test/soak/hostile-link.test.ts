/** A million hostile datagrams by UDP, as fast as the station takes them, beside valid ones. */
import { expect, test } from "vitest";
import { floodStation } from "../support/hostile/flood-station.ts";

/** Of a whole process, its allocator's rests included. */
const FLAT_BYTES = 48 * 1024 * 1024;

test("a million hostile datagrams by UDP", { timeout: 3_600_000 }, async () => {
  const findings = await floodStation(55, 100_000, 1_000_000);
  console.log(JSON.stringify(findings));
  expect(findings.kernelDrops).toBe(0);
  expect(findings.counted).toEqual(findings.expected);
  expect(findings.storedBlocks).toBe(findings.validBlocks);
  expect(findings.grownBytes).toBeLessThan(FLAT_BYTES);
  expect(findings.logLines).toBeLessThan(2000);
  expect(findings.verify).toBe(0);
});
