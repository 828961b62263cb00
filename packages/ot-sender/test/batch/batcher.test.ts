import { type SampleColumns, SampleColumnsBuilder, sampleAt } from "@nonreturn/wire-format";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { manualClock } from "../../../../test/support/manual-clock.ts";
import { columnsOf } from "../../../../test/support/station-keys.ts";
import { Batcher, type BatcherSettings } from "../../src/batch/batcher.ts";
import { estimateBytes } from "../../src/batch/sample-rows.ts";

const SETTINGS: BatcherSettings = { maxAgeMs: 50, lingerMs: 5, maxSamples: 1000, maxBytes: 64_000 };

function start(overrides: Partial<BatcherSettings> = {}) {
  const clock = manualClock();
  const batches: { readonly atMs: number; readonly samples: SampleColumns }[] = [];
  const batcher = new Batcher({ ...SETTINGS, ...overrides }, clock, (samples) =>
    batches.push({ atMs: clock.monotonicMs(), samples }),
  );
  return { clock, batcher, batches };
}

describe("batcher", () => {
  it("closes when the scan that opened it is complete and others had time to join", () => {
    const { clock, batcher, batches } = start();
    batcher.accept(columnsOf(3), { channel: "a", complete: false });
    clock.advance(20);
    batcher.accept(columnsOf(2), { channel: "a", complete: true });
    clock.advance(1);
    expect(batches.map(({ atMs, samples }) => [atMs, samples.count])).toEqual([[20, 5]]);
    batcher.accept(columnsOf(3), { channel: "a", complete: true });
    clock.advance(3);
    batcher.accept(columnsOf(4), { channel: "b", complete: true });
    clock.advance(100);
    expect(batches.map(({ atMs, samples }) => [atMs, samples.count])).toEqual([
      [20, 5],
      [26, 7],
    ]);
  });

  it("does not close because another channel's scan is complete, but at its age", () => {
    const { clock, batcher, batches } = start();
    batcher.accept(columnsOf(3), { channel: "slow", complete: false });
    clock.advance(10);
    batcher.accept(columnsOf(3), { channel: "fast", complete: true });
    clock.advance(39);
    expect(batches).toEqual([]);
    clock.advance(1);
    expect(batches.map(({ samples }) => samples.count)).toEqual([6]);
    expect(batcher.count).toBe(0);
    expect(clock.waiting).toBe(0);
  });

  it("closes at once when it is full, and splits what is too much", () => {
    const { batcher, batches } = start();
    batcher.accept(columnsOf(2500), { channel: "a", complete: false });
    expect(batches.map(({ samples }) => samples.count)).toEqual([1000, 1000]);
    expect(batcher.count).toBe(500);
  });

  it("lets a value larger than a batch travel alone", () => {
    const { batcher, batches } = start({ maxBytes: 1000 });
    const builder = new SampleColumnsBuilder();
    builder.push(1, 1, 0, 10);
    builder.push(2, "x".repeat(5000), 0, 10);
    builder.push(3, 3, 0, 10);
    batcher.accept(builder.take(), { channel: "a", complete: false });
    batcher.close();
    expect(batches.map(({ samples }) => [...samples.tagIds])).toEqual([[1], [2], [3]]);
  });

  it("closes on demand, and an empty one not at all", () => {
    const { clock, batcher, batches } = start();
    batcher.close();
    batcher.accept(columnsOf(0), { channel: "a", complete: true });
    clock.advance(1000);
    expect(batches).toEqual([]);
    batcher.accept(columnsOf(1), { channel: "a", complete: false });
    batcher.close();
    expect(batches).toHaveLength(1);
    expect(clock.waiting).toBe(0);
  });

  it("loses, repeats and reorders nothing, keeps to its bounds, and makes no sample wait longer than its age", () => {
    const part = fc.record({
      rows: fc.nat(40),
      texts: fc.nat(3),
      channel: fc.constantFrom("a", "b", "c"),
      complete: fc.boolean(),
      waitMs: fc.nat(30),
    });
    fc.assert(
      fc.property(fc.array(part, { maxLength: 40 }), fc.integer({ min: 1, max: 60 }), (parts, maxSamples) => {
        const maxBytes = 400;
        const { clock, batcher, batches } = start({ maxSamples, maxBytes });
        const accepted: { readonly tagId: number; readonly value: unknown; readonly atMs: number }[] = [];
        for (const { rows, texts, channel, complete, waitMs } of parts) {
          const builder = new SampleColumnsBuilder();
          for (let row = 0; row < rows + texts; row++) {
            const tagId = 1 + (accepted.length % 7);
            const value = row < rows ? accepted.length : `text ${accepted.length}`;
            builder.push(tagId, value, 0, 1_000_000 + accepted.length);
            accepted.push({ tagId, value, atMs: clock.monotonicMs() });
          }
          batcher.accept(builder.take(), { channel, complete });
          clock.advance(waitMs);
        }
        clock.advance(SETTINGS.maxAgeMs);
        const given = batches.flatMap(({ samples, atMs }) => {
          expect(samples.count).toBeLessThanOrEqual(maxSamples);
          expect(estimateBytes(samples)).toBeLessThanOrEqual(maxBytes);
          return Array.from({ length: samples.count }, (_, row) => ({ ...sampleAt(samples, row), atMs }));
        });
        expect(given.map(({ tagId, value }) => [tagId, value])).toEqual(
          accepted.map(({ tagId, value }) => [tagId, value]),
        );
        given.forEach(({ atMs }, at) => {
          expect(atMs - accepted[at]!.atMs).toBeLessThanOrEqual(SETTINGS.maxAgeMs);
        });
      }),
      { seed: 4 },
    );
  });
});
