import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { RateOfChange } from "../../src/alarm/rate-of-change.ts";

const T = 1_795_420_800_000_000;
const S = 1_000_000;

describe("rate of change", () => {
  it("is not known until a whole window was seen, then that of a ramp whatever the scan", () => {
    for (const periodMs of [10, 100, 1000, 4999, 5000]) {
      const rate = new RateOfChange(10_000);
      let known = 0;
      for (let at = 0; at <= 60_000; at += periodMs) {
        const perSecond = rate.note(20 + (at / 1000) * 3, T + at * 1000);
        if (at < 10_000) expect(perSecond).toBeUndefined();
        else {
          known++;
          expect(perSecond).toBeCloseTo(3, 9);
        }
      }
      expect(known).toBeGreaterThan(9);
    }
  });

  it("takes a value that only changes are known of for as long as it held", () => {
    const rate = new RateOfChange(10_000);
    rate.note(5, T);
    expect(rate.note(15, T + 3600 * S)).toBe(1); // ten units within the window, not within the hour
    expect(rate.note(15, T + 3605 * S)).toBe(1);
    expect(rate.note(15, T + 3611 * S)).toBe(0);
  });

  it("begins anew when time falls, and takes the later of two values of one instant", () => {
    const rate = new RateOfChange(1000);
    rate.note(0, T);
    expect(rate.note(1, T + S)).toBe(1);
    expect(rate.note(2, T + S)).toBe(2);
    expect(rate.note(3, T - S)).toBeUndefined();
    expect(rate.note(4, T)).toBe(1);
    rate.forget();
    expect(rate.note(9, T + S)).toBeUndefined();
  });

  it("keeps few points: the rate is that of two samples a window apart, to a 32nd of it", () => {
    fc.assert(
      fc.property(
        fc.array(fc.record({ stepMs: fc.integer({ min: 1, max: 700 }), value: fc.integer({ min: -50, max: 50 }) }), {
          minLength: 60,
          maxLength: 200,
        }),
        (steps) => {
          const rate = new RateOfChange(2000);
          const seen: { time: number; value: number }[] = [];
          let time = T;
          for (const { stepMs, value } of steps) {
            time += stepMs * 1000;
            seen.push({ time, value });
            const perSecond = rate.note(value, time);
            if (perSecond === undefined) continue;
            // Some sample about a window ago explains it.
            const explains = seen.filter((each) => time - each.time >= 2 * S && time - each.time < 2.8 * S);
            expect(explains.map((each) => (value - each.value) / ((time - each.time) / S))).toContain(perSecond);
          }
        },
      ),
      { numRuns: 200, seed: 4 },
    );
  });
});
