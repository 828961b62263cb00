import { describe, expect, it } from "vitest";
import { BackOff } from "../../src/publishers/back-off.ts";
import { LatePace } from "../../src/publishers/late-pace.ts";
import { LatencyHistogram, RecentLatency } from "../../src/publishers/latency-histogram.ts";

describe("latency histogram", () => {
  it("gives quantiles within nine percent above, for any magnitude", () => {
    for (const scale of [0.5, 30, 4000, 1_000_000]) {
      const histogram = new LatencyHistogram();
      for (let step = 1; step <= 1000; step++) histogram.record((step / 1000) * scale);
      for (const share of [0.5, 0.99]) {
        expect(histogram.quantile(share)).toBeGreaterThanOrEqual(share * scale * 0.999);
        expect(histogram.quantile(share)).toBeLessThanOrEqual(share * scale * 1.1);
      }
    }
  });

  it("knows nothing before the first record, and takes nonsense as the extremes", () => {
    const histogram = new LatencyHistogram();
    expect(histogram.quantile(0.5)).toBeUndefined();
    histogram.record(-5);
    histogram.record(Number.NaN);
    expect(histogram.quantile(1)).toBe(0.1);
    histogram.record(1e12);
    expect(histogram.quantile(1)).toBeGreaterThan(6e6);
    expect(histogram.count).toBe(3);
  });

  it("weighs a record by its samples", () => {
    const histogram = new LatencyHistogram();
    histogram.record(1, 99);
    histogram.record(1000, 1);
    expect(histogram.quantile(0.98)).toBeLessThan(1.1);
    expect(histogram.quantile(1)).toBeGreaterThan(999);
  });

  it("forgets in the recent view what is turns ago, not in the whole", () => {
    const latency = new RecentLatency(3);
    latency.record(1000);
    latency.turn();
    latency.record(1);
    latency.turn();
    expect(latency.recent(1)).toBeGreaterThan(999);
    latency.turn();
    expect(latency.recent(1)).toBeLessThan(1.1);
    expect(latency.whole.quantile(1)).toBeGreaterThan(999);
    latency.turn();
    latency.turn();
    expect(latency.recent(1)).toBeUndefined();
  });
});

describe("back-off", () => {
  it("doubles up to the longest, jittered between half and all of it, and begins anew after a success", () => {
    const waits = (random: number): number[] => {
      const backOff = new BackOff({ firstMs: 100, longestMs: 1000 }, () => random);
      return [1, 2, 3, 4, 5, 6].map(() => backOff.next());
    };
    expect(waits(0)).toEqual([50, 100, 200, 400, 500, 500]);
    expect(waits(0.999_999).map(Math.round)).toEqual([100, 200, 400, 800, 1000, 1000]);
    const backOff = new BackOff({ firstMs: 100, longestMs: 1000 }, () => 0);
    for (let failure = 0; failure < 2000; failure++) backOff.next();
    expect(backOff.next()).toBe(500);
    backOff.succeeded();
    expect(backOff.next()).toBe(50);
  });
});

describe("late pace", () => {
  it("carries less when late calls take long, more when they are quick, within bounds", () => {
    const pace = new LatePace(20_000);
    for (let turn = 0; turn < 20; turn++) pace.took(500);
    expect(pace.samples).toBe(256);
    for (let turn = 0; turn < 20; turn++) pace.took(1);
    expect(pace.samples).toBe(20_000);
    pace.took(30);
    expect(pace.samples).toBe(20_000);
  });

  it.each([
    ["live calls tell", "told"],
    ["there are only late ones", "untold"],
  ] as const)("gives a far side whose every call takes long no smaller calls than pay, where %s", (_, live) => {
    const [smallMs, msPerSample] = [60, 0.01];
    const pace = new LatePace(20_000);
    const took: number[] = [];
    for (let turn = 0; turn < 60; turn++) {
      if (live === "told") pace.liveTook(smallMs, 100);
      const durationMs = smallMs + pace.samples * msPerSample;
      if (turn >= 30) took.push(durationMs);
      pace.took(durationMs);
    }
    expect(pace.samples).toBeGreaterThanOrEqual(1024);
    expect(Math.max(...took)).toBeLessThanOrEqual(smallMs * 4);
  });

  it("is not misled by live calls that catch up, nor by a far side that hangs", () => {
    const pace = new LatePace(20_000);
    const late = (calls: number, liveMs: number): number => {
      for (let turn = 0; turn < calls; turn++) {
        pace.liveTook(liveMs, 100);
        pace.took(5 + pace.samples * 0.1);
      }
      return pace.samples;
    };
    for (let turn = 0; turn < 20; turn++) pace.liveTook(5000, 20_000);
    expect(late(20, 15)).toBeLessThanOrEqual(512);
    expect(late(100, 60_000) * 0.1).toBeLessThanOrEqual(600);
    expect(late(20, 15)).toBeLessThanOrEqual(512);
  });
});
