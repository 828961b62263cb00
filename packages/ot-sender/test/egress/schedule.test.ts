import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { OutgoingSymbol } from "../../src/egress/protect-block.ts";
import { Schedule, symbolDelays } from "../../src/egress/schedule.ts";

const symbol = (index: number, sequence = 1): OutgoingSymbol => ({
  block: { stream: 1, sealingEpoch: 1, sequence, bytes: new Uint8Array(1) },
  protection: { sourceSymbols: 1, totalSymbols: 4, symbolBytes: 16 },
  totalSymbols: 4,
  index,
  symbol: new Uint8Array(16),
  flags: 0,
});

describe("symbol delays", () => {
  it("sends the source symbols of a small block at once and its repair symbols evenly over the spread", () => {
    expect([...symbolDelays(1, 4, 42)]).toEqual([0, 14, 28, 42]);
    expect([...symbolDelays(2, 6, 40)]).toEqual([0, 0, 10, 20, 30, 40]);
  });

  it("spreads all symbols of a large block, source and repair alike", () => {
    expect([...symbolDelays(4, 5, 40)]).toEqual([0, 8, 16, 24, 32]);
  });

  it("gives every symbol a time within the spread, ascending, and no two of a large block the same", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 200 }),
        fc.nat(55),
        fc.integer({ min: 1, max: 500 }),
        (sourceSymbols, repairs, spreadMs) => {
          const delays = [...symbolDelays(sourceSymbols, sourceSymbols + repairs, spreadMs)];
          expect(delays).toHaveLength(sourceSymbols + repairs);
          for (const delay of delays) {
            expect(delay).toBeGreaterThanOrEqual(0);
            expect(delay).toBeLessThanOrEqual(spreadMs);
          }
          expect([...delays].sort((a, b) => a - b)).toEqual(delays);
          if (repairs < sourceSymbols) {
            expect(new Set(delays).size).toBe(delays.length);
            const gaps = delays.slice(1).map((delay, at) => delay - delays[at]!);
            for (const gap of gaps) expect(gap).toBeCloseTo(spreadMs / delays.length, 6);
          } else expect(delays.slice(0, sourceSymbols)).toEqual(new Array(sourceSymbols).fill(0));
        },
      ),
      { seed: 6 },
    );
  });
});

describe("schedule", () => {
  it("hands out each symbol exactly once, when it is due, in the order of time and entry", () => {
    fc.assert(
      fc.property(fc.array(fc.record({ dueMs: fc.nat(100), lookMs: fc.nat(100) }), { maxLength: 80 }), (entries) => {
        const schedule = new Schedule();
        const waiting: { dueMs: number; index: number }[] = [];
        entries.forEach(({ dueMs, lookMs }, index) => {
          schedule.add(symbol(index), 1, dueMs);
          waiting.push({ dueMs, index });
          waiting.sort((a, b) => a.dueMs - b.dueMs || a.index - b.index);
          expect(schedule.nextDueMs).toBe(waiting[0]!.dueMs);
          for (let due = schedule.take(lookMs); due !== undefined; due = schedule.take(lookMs)) {
            expect(waiting[0]!.dueMs).toBeLessThanOrEqual(lookMs);
            expect(due.symbol.index).toBe(waiting.shift()!.index);
          }
          if (waiting.length > 0) expect(waiting[0]!.dueMs).toBeGreaterThan(lookMs);
          expect(schedule.count).toBe(waiting.length);
          expect(schedule.bytes).toBe(waiting.length * 16);
        });
      }),
      { seed: 7 },
    );
  });

  it("interleaves blocks that are on their way at the same time", () => {
    const schedule = new Schedule();
    for (const sequence of [1, 2, 3]) {
      symbolDelays(10, 12, 40).forEach((delay, index) => {
        schedule.add(symbol(index, sequence), 1, delay + sequence);
      });
    }
    const order: number[] = [];
    for (let due = schedule.take(1000); due !== undefined; due = schedule.take(1000))
      order.push(due.symbol.block.sequence);
    // A burst over any three neighbours hits each block at most once.
    for (let at = 2; at < order.length - 2; at++) expect(new Set(order.slice(at - 2, at + 1)).size).toBe(3);
  });
});
