import { expect, test } from "vitest";
import { readMutatedChunks } from "./mutated-chunks.ts";

test("10,000 mutated replies: nothing is thrown, and every kind of outcome is among them", () => {
  const { mutated, wrong, ...outcomes } = readMutatedChunks(10_000, 1);
  expect(mutated).toBe(10_000);
  expect(wrong).toBe(0);
  for (const [kind, count] of Object.entries(outcomes)) expect(count, kind).toBeGreaterThan(300);
});
