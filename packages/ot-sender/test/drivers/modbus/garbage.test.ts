/** PLCs that send garbage. The same with a million mutated replies: test/soak. */
import { expect, test } from "vitest";
import { readGarbage } from "../../../../../test/support/hostile/garbage-plcs.ts";

test("mutated replies cost a PLC's own tags a Bad status, and nothing else", async () => {
  const report = await readGarbage(7, 8, 12_000);
  expect(report.wrong).toEqual([]);
  expect(report.mutatedReplies).toBeGreaterThan(10_000);
  expect(report.bad).toBeGreaterThan(report.mutatedReplies / 4);
  expect(report.good).toBeGreaterThan(500); // control: good replies between the mutated ones are believed
  expect(report.honestReads).toBeGreaterThan(20);
  expect(report.recovered).toBe(8);
});
