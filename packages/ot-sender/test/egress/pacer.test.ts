import type { Clock } from "@nonreturn/station";
import { describe, expect, it } from "vitest";
import { type ManualClock, manualClock } from "../../../../test/support/manual-clock.ts";
import { seededBytes } from "../../../../test/support/station-keys.ts";
import { Lanes } from "../../src/egress/lanes.ts";
import { FRAME_OVERHEAD_BYTES, Pacer } from "../../src/egress/pacer.ts";
import type { OutgoingSymbol } from "../../src/egress/protect-block.ts";
import { Schedule } from "../../src/egress/schedule.ts";
import { TokenBucket } from "../../src/egress/token-bucket.ts";

const DATAGRAM_BYTES = 1472;
const WIRE_BITS = (DATAGRAM_BYTES + FRAME_OVERHEAD_BYTES) * 8;

/** Timers as an operating system gives them: whole milliseconds, at least one, and up to `latenessMs` late. */
function coarse(clock: ManualClock, latenessMs: number): Clock {
  const random = seededBytes(11);
  return {
    nowUtcMicros: () => clock.nowUtcMicros(),
    monotonicMs: () => clock.monotonicMs(),
    after: (delayMs, callback) =>
      clock.after(Math.max(1, Math.trunc(delayMs)) + (random(1)[0]! / 255) * latenessMs, callback),
    every: (periodMs, callback) => clock.every(periodMs, callback),
  };
}

const symbol: OutgoingSymbol = {
  block: { stream: 1, sealingEpoch: 1, sequence: 1, bytes: new Uint8Array(1) },
  protection: { sourceSymbols: 1, totalSymbols: 4, symbolBytes: 1408 },
  totalSymbols: 4,
  index: 0,
  symbol: new Uint8Array(1408),
  flags: 0,
};

function start(linkRate: number, latenessMs = 2) {
  const clock = manualClock();
  const schedule = new Schedule();
  const sent: { readonly atMs: number; readonly lane: number }[] = [];
  const flushes: number[] = [];
  const idle = { more: 0 };
  const pacer = new Pacer(
    { linkRate },
    schedule,
    new Lanes(),
    coarse(clock, latenessMs),
    (_, lane) => {
      sent.push({ atMs: clock.monotonicMs(), lane });
      return DATAGRAM_BYTES;
    },
    () => void flushes.push(sent.length),
    () => {
      if (idle.more === 0) return false;
      idle.more--;
      schedule.add(symbol, 5, clock.monotonicMs());
      return true;
    },
    (callback) => void clock.after(0.01, callback),
  );
  return { clock, schedule, pacer, sent, flushes, idle };
}

describe("pacer", () => {
  it.each([
    1, 3, 10, 50, 100, 300, 900,
  ])("keeps to %i Mbit/s within 5 %% although timers are coarse and late", (mbit) => {
    const { clock, pacer, sent, idle } = start(mbit * 1e6);
    idle.more = Number.POSITIVE_INFINITY;
    pacer.wake();
    const seconds = mbit < 10 ? 20 : 1;
    clock.advance(200);
    const before = sent.length;
    clock.advance(seconds * 1000);
    const rate = ((sent.length - before) * WIRE_BITS) / seconds;
    expect(rate / (mbit * 1e6)).toBeGreaterThan(0.95);
    expect(rate / (mbit * 1e6)).toBeLessThan(1.05);
  });

  it("never sends more than a short burst at once", () => {
    const mbit = 100;
    const { clock, pacer, sent, idle } = start(mbit * 1e6);
    clock.advance(60_000); // a long silence saves up no more
    idle.more = Number.POSITIVE_INFINITY;
    pacer.wake();
    clock.advance(500);
    for (const windowMs of [1, 10, 50]) {
      for (let from = 60_000; from < 60_450; from += 7) {
        const bits = sent.filter(({ atMs }) => atMs >= from && atMs < from + windowMs).length * WIRE_BITS;
        // 4 ms of burst, and one datagram that may overdraw
        expect(bits).toBeLessThanOrEqual(mbit * 1e3 * (windowMs + 4) + 2 * WIRE_BITS);
      }
    }
  });

  it("sends by priority as soon as there is room", () => {
    const { clock, schedule, pacer, sent } = start(1e6);
    for (const lane of [6, 5, 4, 2, 1, 1, 0, 6]) schedule.add(symbol, lane, 0);
    pacer.wake();
    clock.advance(1000);
    expect(sent.map(({ lane }) => lane)).toEqual([0, 1, 1, 2, 4, 5, 6, 6]);
  });

  it("lets what is urgent pass what waits already", () => {
    const { clock, schedule, pacer, sent } = start(1e6);
    for (let count = 0; count < 50; count++) schedule.add(symbol, 6, 0);
    pacer.wake();
    clock.advance(100);
    const before = sent.length;
    expect(before).toBeLessThan(20);
    schedule.add(symbol, 0, clock.monotonicMs());
    pacer.wake();
    clock.advance(30);
    expect(sent[before]!.lane).toBe(0);
  });

  it("sleeps until the next symbol is due, and not at all when there is none", () => {
    const { clock, schedule, pacer, sent } = start(100e6, 0);
    pacer.wake();
    expect(clock.waiting).toBe(0);
    schedule.add(symbol, 1, 500);
    pacer.wake();
    schedule.add(symbol, 1, 100);
    pacer.wake();
    clock.advance(1000);
    expect(sent.map(({ atMs }) => atMs)).toEqual([100, 500]);
    expect(clock.waiting).toBe(0);
  });

  it("is silent once closed", () => {
    const { clock, schedule, pacer, sent, idle } = start(1e6);
    idle.more = 1000;
    pacer.wake();
    const before = sent.length;
    pacer.close();
    schedule.add(symbol, 0, 0);
    pacer.wake();
    clock.advance(10_000);
    expect(sent).toHaveLength(before);
  });
});

describe("token bucket", () => {
  it("says how long to wait, overdraws by one at most, and saves up no more than a burst", () => {
    const bucket = new TokenBucket(8000, 100, 0); // a byte per millisecond
    expect(bucket.hasRoom(0)).toBe(true);
    bucket.spend(150);
    expect(bucket.hasRoom(0)).toBe(false);
    expect(bucket.waitMs(0)).toBe(51);
    expect(bucket.hasRoom(50)).toBe(false);
    expect(bucket.hasRoom(51)).toBe(true);
    bucket.spend(1);
    expect(bucket.waitMs(51)).toBe(1);
    expect(bucket.waitMs(1_000_000)).toBe(0);
    bucket.spend(100);
    expect(bucket.hasRoom(1_000_000)).toBe(false);
    expect(bucket.hasRoom(500)).toBe(false); // a clock never goes back, but if it does nothing is gained
  });
});
