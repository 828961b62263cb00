import { StatusCode } from "@nonreturn/wire-format";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type HistoryReader, openHistoryReader } from "../../../src/publishers/historian/read-history.ts";
import { IntervalAggregator, type IntervalFigures } from "../../../src/publishers/interval-figures.ts";
import type { SampleCell } from "../../../src/publishers/sample-cells.ts";
import type { Lane } from "../../../src/record/store.ts";
import { columns, entry, sample, T0, tag } from "../support/samples.ts";
import { historianBench } from "./historian-bench.ts";

const TAGS = [tag(1, "a")];
const MINUTE = 60_000_000;

/** What the samples say (never), or what the figures say wherever they fit. */
function intervals(reader: HistoryReader, from: number, to: number, each: number, figures: "never" | "where they fit") {
  const aggregator = new IntervalAggregator(from, to, each, undefined);
  let cells = 0;
  const fits = figures === "never" ? () => false : aggregator.fits;
  for (const part of reader.readParts("a", { from, to }, fits as (cell: SampleCell) => boolean)) {
    if (part.is === "rows") aggregator.pushRows(part.series, part.first, part.end);
    else for (const cell of part.cells) aggregator.pushCell(cell);
    if (part.is === "cells") cells += part.cells.length;
  }
  return { figures: aggregator.finish(to), cells };
}

/** A sample every seven seconds and odd values, some Bad or no number; `late` ones are published in the other lane. */
function samplesOf(seed: number, seconds: number, late: (step: number) => boolean) {
  const lanes: Record<Lane, ReturnType<typeof sample>[]> = { live: [], late: [] };
  for (let step = 0; step < seconds * 10; step += 7) {
    const noise = ((step * 7919 + seed * 104_729) % 1009) / 7;
    const status = step % 997 === seed % 997 ? StatusCode.BadTimeout : StatusCode.Good;
    const value = status !== StatusCode.Good ? null : step % 611 === 0 ? Number.NaN : noise * 10 ** (seed % 9);
    lanes[late(step) ? "late" : "live"].push(sample(1, value, step * 1000 + (step % 7), status));
  }
  return lanes;
}

/** Sums that are added up in another order differ in their last digits. */
function expectAlike(got: readonly IntervalFigures[], expected: readonly IntervalFigures[]): void {
  expect(got).toEqual(
    expected.map(({ avg, timeWeighted, min, max, ...rest }) => {
      const near = (value: number | null) =>
        value === null
          ? null
          : expect.closeTo(value, 8 - Math.ceil(Math.log10(Math.max(Math.abs(min ?? 0), Math.abs(max ?? 0), 1))));
      return { ...rest, min, max, avg: near(avg), timeWeighted: near(timeWeighted) };
    }),
  );
}

async function filled(seed: number, seconds: number, late: (step: number) => boolean) {
  const bench = await historianBench();
  const lanes = samplesOf(seed, seconds, late);
  let position = 0;
  for (const lane of ["live", "late"] as const)
    for (let first = 0; first < lanes[lane].length; first += 5000)
      await bench.publish([entry(++position, columns(...lanes[lane].slice(first, first + 5000)), TAGS, lane)]);
  bench.publisher.compactAll();
  return bench;
}

describe("figures", () => {
  it("give exactly what the samples give, whatever was healed and however the range is cut (property)", async () => {
    let usedCells = 0;
    const range = fc.record({
      from: fc.oneof(
        fc.nat(600).map((minute) => minute * MINUTE),
        fc.nat(600 * MINUTE),
      ),
      minutes: fc.integer({ min: 1, max: 900 }),
      each: fc.oneof(
        fc.constantFrom(1, 2, 7, 30, 60, 120, 180).map((minutes) => minutes * MINUTE),
        fc.integer({ min: 10_000_000, max: MINUTE * 9 }),
      ),
    });
    for (const [seed, hole] of [
      [1, 0],
      [2, 6000],
      [3, 9000],
      [5, 20_000],
    ] as const) {
      const bench = await filled(seed, 3600, (step) => hole > 0 && step >= hole && step < hole + 3000);
      expect(bench.count("figures")).toBeGreaterThan(1);
      const reader = openHistoryReader(bench.folder);
      fc.assert(
        fc.property(range, ({ from, minutes, each }) => {
          const begin = T0 + from;
          const end = begin + minutes * MINUTE;
          const expected = intervals(reader, begin, end, each, "never");
          const got = intervals(reader, begin, end, each, "where they fit");
          expect(expected.cells).toBe(0);
          expectAlike(got.figures, expected.figures);
          usedCells += got.cells;
        }),
        { seed: 20261125 + seed, numRuns: 40 },
      );
      reader.close();
    }
    expect(usedCells).toBeGreaterThan(200);
  });

  it("follow what is healed later", async () => {
    const bench = await filled(1, 3600, (step) => step >= 6000 && step < 9000);
    const whole = await filled(1, 3600, () => false);
    const ask = ({ folder }: { folder: string }): IntervalFigures[] => {
      const reader = openHistoryReader(folder);
      const { figures } = intervals(reader, T0, T0 + 60 * MINUTE, 5 * MINUTE, "where they fit");
      reader.close();
      return figures;
    };
    expectAlike(ask(bench), ask(whole));
  });
});
