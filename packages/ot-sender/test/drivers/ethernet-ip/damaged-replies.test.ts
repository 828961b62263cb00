/** Replies damaged at random. A million of them: test/soak. */
import { expect, test } from "vitest";
import { readHostile } from "../../../../../test/support/read-hostile.ts";

test("5,000 damaged replies: Bad samples and lost connections, never another error", async () => {
  const { mutated, goodSamples, badSamples, rejections, connects } = await readHostile(5000, 0.3, 1);
  expect(mutated).toBeGreaterThanOrEqual(5000);
  // All of it happened: reads among damage succeed, tags go Bad, connections are lost and made anew.
  expect(goodSamples).toBeGreaterThan(1000);
  expect(badSamples).toBeGreaterThan(1000);
  expect(rejections).toBeGreaterThan(20);
  expect(connects).toBeGreaterThan(20);
});

test("the same controller undamaged answers everything but the tag it has not", async () => {
  const { mutated, goodSamples, badSamples, rejections } = await readHostile(1000, 0, 1);
  expect({ mutated, rejections }).toEqual({ mutated: 0, rejections: 0 });
  expect(goodSamples).toBe(badSamples * 10);
});
