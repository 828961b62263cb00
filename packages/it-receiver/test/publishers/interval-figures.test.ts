import { SampleColumnsBuilder, StatusCode, type Value } from "@nonreturn/wire-format";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { IntervalAggregator } from "../../src/publishers/interval-figures.ts";
import { numberOf } from "../../src/publishers/sample-cells.ts";
import { columns, sample, T0 } from "./support/samples.ts";

/** One sample; undefined for one that does not count. */
function push(aggregator: IntervalAggregator, value: Value | null | undefined, sourceTimestamp: number): void {
  const builder = new SampleColumnsBuilder(1);
  builder.pushSample({ tagId: 0, value: value ?? null, statusCode: 0, sourceTimestamp });
  aggregator.pushRows(builder.take(), 0, 1);
}

describe("figures by interval", () => {
  it("weigh each value by how long it held, the one before the range included", () => {
    const aggregator = new IntervalAggregator(100, 130, 10, 5);
    push(aggregator, 10, 104); // 5 held for 4
    push(aggregator, 20, 112); // 10 held for 6 and 2
    push(aggregator, undefined, 118); // 20 held for 6
    const [first, second, third] = aggregator.finish(1000);
    expect(first).toEqual({
      start: 100,
      samples: 1,
      unusable: 0,
      min: 10,
      max: 10,
      avg: 10,
      timeWeighted: (5 * 4 + 10 * 6) / 10,
      coverage: 1,
    });
    expect(second).toMatchObject({ samples: 1, unusable: 1, timeWeighted: (10 * 2 + 20 * 6) / 8, coverage: 0.8 });
    expect(third).toMatchObject({ samples: 0, min: null, avg: null, timeWeighted: null, coverage: 0 });
  });

  it("hold nothing beyond now, and know a last interval that is shorter", () => {
    const aggregator = new IntervalAggregator(0, 25, 10, 4);
    const figures = aggregator.finish(22);
    expect(figures.map(({ coverage }) => coverage)).toEqual([1, 1, 0.4]);
    expect(figures.map(({ timeWeighted }) => timeWeighted)).toEqual([4, 4, 4]);
  });

  it("do not overflow", () => {
    const aggregator = new IntervalAggregator(0, 10, 10, undefined);
    for (let at = 0; at < 10; at++) push(aggregator, Number.MAX_VALUE, at);
    const [figures] = aggregator.finish(10);
    expect(figures?.avg).toBeCloseTo(Number.MAX_VALUE, -300);
    expect(Number.isFinite(figures?.timeWeighted)).toBe(true);
  });

  it("count only good and uncertain finite numbers and booleans", () => {
    expect(numberOf(3, StatusCode.Good)).toBe(3);
    expect(numberOf(3, StatusCode.UncertainSubNormal)).toBe(3);
    expect(numberOf(3, StatusCode.BadTimeout)).toBeUndefined();
    expect(numberOf(true, 0)).toBe(1);
    expect(numberOf(7n, 0)).toBe(7);
    for (const value of [null, Number.NaN, Number.POSITIVE_INFINITY, "3", [3]])
      expect(numberOf(value, 0)).toBeUndefined();
  });

  it("are the same from rows as from samples", () => {
    const values = [1, -0, true, 7n, "x", null, Number.NaN, [1], 2.5];
    const rows = columns(...values.map((value, index) => sample(1, value, index, index === 0 ? StatusCode.Bad : 0)));
    const [byRows, byPush] = [0, 1].map(() => new IntervalAggregator(T0, T0 + 9000, 2000, undefined));
    byRows!.pushRows(rows, 0, 4);
    byRows!.pushRows(rows, 4, rows.count);
    values.forEach((value, index) => {
      push(byPush!, index === 0 ? undefined : value, T0 + index * 1000);
    });
    expect(byRows!.finish(T0 + 9000)).toEqual(byPush!.finish(T0 + 9000));
  });

  it("are what a sum over every microsecond says (property)", () => {
    const sample = fc.record({ at: fc.nat(59), value: fc.option(fc.integer({ min: -9, max: 9 }), { nil: undefined }) });
    fc.assert(
      fc.property(
        fc.array(sample, { maxLength: 12 }),
        fc.integer({ min: 1, max: 60 }),
        fc.option(fc.integer({ min: -9, max: 9 }), { nil: undefined }),
        (given, interval, held) => {
          const samples = given.sort((a, b) => a.at - b.at);
          const aggregator = new IntervalAggregator(0, 60, interval, held);
          for (const { value, at } of samples) push(aggregator, value, at);
          const figures = aggregator.finish(60);
          figures.forEach((figure, index) => {
            const end = Math.min(60, (index + 1) * interval);
            const within = samples.filter(({ at }) => at >= index * interval && at < end);
            const counted = within.flatMap(({ value }) => (value === undefined ? [] : [value]));
            const holding: number[] = [];
            for (let at = index * interval; at < end; at++) {
              const last = samples.findLast((one) => one.at <= at);
              const value = last === undefined ? held : last.value;
              if (value !== undefined) holding.push(value);
            }
            const mean = (numbers: number[]) => numbers.reduce((sum, one) => sum + one, 0) / numbers.length;
            expect(figure.samples).toBe(counted.length);
            expect(figure.unusable).toBe(within.length - counted.length);
            expect(figure.min).toBe(counted.length === 0 ? null : Math.min(...counted));
            expect(figure.max).toBe(counted.length === 0 ? null : Math.max(...counted));
            if (counted.length > 0) expect(figure.avg).toBeCloseTo(mean(counted), 9);
            expect(figure.coverage).toBeCloseTo(holding.length / (end - index * interval), 9);
            if (holding.length > 0) expect(figure.timeWeighted).toBeCloseTo(mean(holding), 9);
            else expect(figure.timeWeighted).toBeNull();
          });
        },
      ),
      { seed: 20261125, numRuns: 1000 },
    );
  });
});
