import { expect, test } from "vitest";
import { takeMutated } from "./mutated-messages.ts";

test("20,000 damaged messages: samples that keep the contract, or none; nothing is thrown", () => {
  const { mutated, goodSamples, otherSamples, nothing } = takeMutated(20_000, 7);
  expect(mutated).toBe(20_000);
  for (const count of [goodSamples, otherSamples, nothing]) expect(count).toBeGreaterThan(1000);
});

test("control: undamaged messages give Good samples, and others only after a death", () => {
  const { goodSamples, otherSamples, nothing } = takeMutated(900, 7, 0);
  expect(goodSamples).toBeGreaterThan(1500);
  expect(otherSamples).toBeLessThan(400);
  expect(nothing).toBeLessThan(100);
});
