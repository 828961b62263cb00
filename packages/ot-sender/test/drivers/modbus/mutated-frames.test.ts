import { StatusCode } from "@nonreturn/wire-format";
import { expect, test } from "vitest";
import { readMutatedFrames } from "./mutated-frames.ts";

test("5,000 mutated replies on a serial line: nothing is thrown, and no value that did not come whole", async () => {
  const { mutated, good, undetected, bad, wrong, timersLeft } = await readMutatedFrames(5000, 1);
  expect(wrong).toEqual([]);
  expect(mutated).toBe(5000);
  expect(good).toBeGreaterThan(1000); // control: those not mutated, and those with noise or others' frames before
  expect(good).toBeLessThan(4000);
  expect(undetected).toBeLessThan(5);
  for (const kind of ["BadTimeout", "BadDecodingError"] as const) expect(bad[StatusCode[kind]]).toBeGreaterThan(100);
  expect(timersLeft).toBe(0);
});
