/** A million damaged replies to the EtherNet/IP driver. */
import { expect, test } from "vitest";
import { readHostile } from "../support/read-hostile.ts";

const REPLIES = 1_000_000;

test("a million damaged replies: Bad samples and lost connections, never another error, and memory stays bounded", async () => {
  const before = process.memoryUsage().rss;
  const { mutated, goodSamples, badSamples, rejections } = await readHostile(REPLIES, 0.5, 7);
  const grownBytes = process.memoryUsage().rss - before;
  console.log(
    JSON.stringify({ mutated, goodSamples, badSamples, rejections, grownMiB: Math.round(grownBytes / 2 ** 20) }),
  );
  expect(mutated).toBeGreaterThanOrEqual(REPLIES);
  expect(rejections).toBeGreaterThan(10_000);
  expect(grownBytes).toBeLessThan(256 * 2 ** 20);
}, 3_600_000);
