import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { blackout } from "../../../src/diode/impairments/blackout.ts";
import { latency, reordering } from "../../../src/diode/impairments/delay.ts";
import type { Passing } from "../../../src/diode/impairments/impairment.ts";
import { rateLimit } from "../../../src/diode/impairments/rate-limit.ts";
import { seededRandom } from "../../../src/random/seeded-random.ts";

const arrivals = fc.array(fc.double({ min: 0, max: 10, noNaN: true }), { minLength: 1, maxLength: 100 }).map((gaps) => {
  let atMs = 0;
  return gaps.map((gap) => (atMs += gap));
});

describe("latency", () => {
  test("delays by fixed … fixed + jitter where nothing is ahead, and never changes the order", () => {
    fc.assert(
      fc.property(arrivals, fc.nat(100), fc.nat(50), fc.nat(), (times, fixed, jitter, seed) => {
        const impairment = latency(fixed, jitter, seededRandom(seed, "latency"));
        let lastMs = Number.NEGATIVE_INFINITY;
        for (const atMs of times) {
          const out = impairment.pass({ bytes: new Uint8Array(1), atMs }) as Passing;
          expect(out.atMs).toBeGreaterThanOrEqual(Math.max(lastMs, atMs + fixed));
          expect(out.atMs).toBeLessThanOrEqual(Math.max(lastMs, atMs + fixed + jitter));
          lastMs = out.atMs;
        }
      }),
      { seed: 5, numRuns: 200 },
    );
  });
});

describe("reordering", () => {
  test("holds back within the window and really lets later datagrams overtake", () => {
    const impairment = reordering(0.1, 20, seededRandom(6, "reorder"));
    const out = Array.from(
      { length: 5000 },
      (_, n) => (impairment.pass({ bytes: new Uint8Array(1), atMs: n }) as Passing).atMs,
    );
    expect(out.every((atMs, n) => atMs >= n && atMs <= n + 20)).toBe(true);
    const overtaken = out.filter((atMs, n) => out.slice(n + 1, n + 21).some((later) => later < atMs)).length;
    expect(overtaken).toBeGreaterThan(400); // 10 % are held back, 19 of 20 of them by more than the spacing
    expect(overtaken).toBeLessThan(550);
  });

  test("a share of 0 changes nothing", () => {
    const impairment = reordering(0, 20, seededRandom(6, "reorder"));
    const datagram = { bytes: new Uint8Array(1), atMs: 1 };
    expect(impairment.pass(datagram)).toBe(datagram);
  });
});

describe("rate limit", () => {
  test("what passes never exceeds the rate over any stretch, and waits no longer than the queue takes to drain", () => {
    fc.assert(
      fc.property(
        arrivals,
        fc.integer({ min: 1, max: 20 }),
        fc.integer({ min: 0, max: 5000 }),
        (times, kbit, queueBytes) => {
          const impairment = rateLimit({ bitsPerSecond: kbit * 8000, queueBytes, overheadBytes: 0 });
          const bytes = new Uint8Array(100);
          const bytesPerMs = kbit;
          let lastMs = Number.NEGATIVE_INFINITY;
          for (const atMs of times) {
            const out = impairment.pass({ bytes, atMs });
            if (out === "rate-limit") {
              expect(lastMs).toBeGreaterThan(atMs); // never dropped when the wire is free
              continue;
            }
            const { atMs: outMs } = out as Passing;
            expect(outMs - Math.max(lastMs, atMs)).toBeCloseTo(100 / bytesPerMs, 6);
            expect(outMs - atMs).toBeLessThanOrEqual(Math.max(queueBytes, 100) / bytesPerMs + 1e-6);
            lastMs = outMs;
          }
        },
      ),
      { seed: 7, numRuns: 300 },
    );
  });

  test("twice the rate loses half, once the queue is full", () => {
    const impairment = rateLimit({ bitsPerSecond: 8_000_000, queueBytes: 10_000, overheadBytes: 0 });
    const dropped = Array.from({ length: 10_000 }, (_, n) =>
      impairment.pass({ bytes: new Uint8Array(1000), atMs: n / 2 }),
    ).filter((outcome) => outcome === "rate-limit").length;
    expect(dropped).toBeGreaterThan(4980);
    expect(dropped).toBeLessThanOrEqual(5000);
  });

  test("counts the overhead of each datagram", () => {
    const impairment = rateLimit({ bitsPerSecond: 8000, queueBytes: 1000, overheadBytes: 66 });
    expect((impairment.pass({ bytes: new Uint8Array(34), atMs: 0 }) as Passing).atMs).toBeCloseTo(100);
  });
});

describe("blackout", () => {
  const dark = (times: readonly number[], impairment: ReturnType<typeof blackout>) =>
    times.filter((atMs) => impairment.pass({ bytes: new Uint8Array(1), atMs }) === "blackout");

  test("follows its schedule from the start, ends excluded", () => {
    const once = blackout([{ atMs: 10, forMs: 5 }], 1000);
    expect(dark([1000, 1009.9, 1010, 1014.9, 1015, 1110], once)).toEqual([1010, 1014.9]);
    const again = blackout([{ atMs: 10, forMs: 5, everyMs: 20 }], 0);
    expect(dark([9, 10, 15, 29, 30, 34, 35, 50], again)).toEqual([10, 30, 34, 50]);
  });

  test("begins on command and ends by itself, or on command", () => {
    const asked = blackout([], 0);
    asked.begin(100, 50);
    expect(dark([100, 149, 150], asked)).toEqual([100, 149]);
    asked.begin(200, 1000);
    asked.begin(210, 0);
    expect(dark([210, 300], asked)).toEqual([]);
  });
});
