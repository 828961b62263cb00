import { expect, test } from "vitest";
import { Phases } from "../../src/scan/phases.ts";

test.each([1, 2, 3, 10, 64, 100, 1000])("%i phases lie evenly in a period, beginning with 0", (count) => {
  const phases = new Phases();
  const all = Array.from({ length: count }, () => phases.next());
  expect(all[0]).toBe(0);
  for (const phase of all) expect(phase >= 0 && phase < 1).toBe(true);
  const sorted = [...all.toSorted((a, b) => a - b), 1];
  const gaps = sorted.slice(1).map((phase, index) => phase - sorted[index]!);
  expect(Math.max(...gaps)).toBeLessThan(1.9 / count + 1e-9);
  expect(Math.min(...gaps)).toBeGreaterThan(0.35 / count);
});
