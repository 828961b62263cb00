/** A million mutated Modbus replies from 32 PLCs, read by the real driver over TCP beside an honest one. */
import { expect, test } from "vitest";
import { readGarbage } from "../support/hostile/garbage-plcs.ts";

test("a million mutated Modbus replies", { timeout: 3_600_000 }, async () => {
  const report = await readGarbage(70, 32, 1_000_000);
  console.log(JSON.stringify(report));
  expect(report.wrong).toEqual([]);
  expect(report.mutatedReplies).toBeGreaterThanOrEqual(1_000_000);
  expect(report.bad).toBeGreaterThan(250_000);
  expect(report.good).toBeGreaterThan(10_000); // control: good replies between the mutated ones are believed
  expect(report.honestReads).toBeGreaterThan(500);
  expect(report.recovered).toBe(32);
});
