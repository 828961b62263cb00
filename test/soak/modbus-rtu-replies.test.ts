/** A million mutated replies on a serial line, through the whole driver. */
import { expect, test } from "vitest";
import { readMutatedFrames } from "../../packages/ot-sender/test/drivers/modbus/mutated-frames.ts";

const REPLIES = 1_000_000;

test("a million mutated Modbus RTU replies: nothing is thrown, no value that did not come whole, memory stays bounded", async () => {
  const before = process.memoryUsage().rss;
  const report = await readMutatedFrames(REPLIES, 7);
  const grownBytes = process.memoryUsage().rss - before;
  console.log(JSON.stringify({ ...report, grownMiB: Math.round(grownBytes / 2 ** 20) }));
  expect(report.wrong).toEqual([]);
  expect(report.mutated).toBe(REPLIES);
  expect(report.good).toBeGreaterThan(200_000);
  // A checksum of 16 bits lets one in 65,536 frames of noise pass.
  expect(report.undetected).toBeLessThan(100);
  expect(report.timersLeft).toBe(0);
  // What V8 has not collected yet takes some 500 MiB; what is alive stays at 30 MB. A leak of 1 kB per reply would be a gigabyte.
  expect(grownBytes).toBeLessThan(768 * 2 ** 20);
}, 3_600_000);
