import { expect, test } from "vitest";
import { judgeMutated, readMutated } from "./mutated-replies.ts";

test("2,000 damaged replies: Bad samples and lost connections, never another error", async () => {
  const { mutated, goodSamples, badSamples, rejections } = await readMutated(2000, 7);
  expect(mutated).toBeGreaterThanOrEqual(2000);
  expect(goodSamples).toBeGreaterThan(2000);
  expect(badSamples).toBeGreaterThan(500);
  expect(rejections).toBeGreaterThan(10);
});

test("control: without damage every sample but the one of null is Good", async () => {
  const { goodSamples, badSamples, rejections } = await readMutated(100, 7, 0);
  expect({ goodSamples, badSamples, rejections }).toEqual({ goodSamples: 400, badSamples: 100, rejections: 0 });
});

test("10,000 damaged bodies, statuses and headers: a value or a reason, nothing thrown", () => {
  const { good, bad } = judgeMutated(10_000, 7);
  expect(good).toBeGreaterThan(1000);
  expect(bad).toBeGreaterThan(1000);
});
