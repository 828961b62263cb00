import { describe, expect, test } from "vitest";
import { BackOff } from "../../src/scan/back-off.ts";
import { Lateness } from "../../src/scan/lateness.ts";

describe("back-off", () => {
  test("doubles up to the longest, between half and the whole of each step", () => {
    const longest = new BackOff({ firstMs: 100, longestMs: 1000 }, (bytes) => new Uint8Array(bytes).fill(0xff));
    const shortest = new BackOff({ firstMs: 100, longestMs: 1000 }, (bytes) => new Uint8Array(bytes));
    for (const whole of [100, 200, 400, 800, 1000, 1000]) {
      const long = longest.nextMs();
      expect(long).toBeLessThanOrEqual(whole);
      expect(long).toBeGreaterThan(whole * 0.99);
      expect(shortest.nextMs()).toBe(whole / 2);
    }
    shortest.reset();
    expect(shortest.nextMs()).toBe(50);
  });

  test("many failures do not overflow", () => {
    const backOff = new BackOff({ firstMs: 1, longestMs: 30_000 }, (bytes) => new Uint8Array(bytes));
    for (let failure = 0; failure < 5000; failure++) expect(backOff.nextMs()).toBeLessThanOrEqual(30_000);
    expect(backOff.nextMs()).toBe(15_000);
  });
});

describe("lateness", () => {
  test("counts by class", () => {
    const lateness = new Lateness();
    for (const each of [0, 1, 1.5, 40, 99_999]) lateness.observe(each);
    expect(lateness.count).toBe(5);
    expect(
      lateness.cumulative().filter(({ leMs }) => [1, 2, 50, 10_000, Number.POSITIVE_INFINITY].includes(leMs)),
    ).toEqual([
      { leMs: 1, count: 2 },
      { leMs: 2, count: 3 },
      { leMs: 50, count: 4 },
      { leMs: 10_000, count: 4 },
      { leMs: Number.POSITIVE_INFINITY, count: 5 },
    ]);
    expect(lateness.quantileMs(0.5)).toBe(2);
    expect(lateness.quantileMs(1)).toBe(Number.POSITIVE_INFINITY);
    expect(new Lateness().quantileMs(0.5)).toBe(0);
  });
});
