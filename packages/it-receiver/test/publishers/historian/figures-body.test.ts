import { openDatabase } from "@nonreturn/station";
import { type SampleColumns, SampleColumnsBuilder, StatusCode, WireError } from "@nonreturn/wire-format";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  decodeFigures,
  encodeFigures,
  HOURS_CODEC,
  MINUTES_CODEC,
} from "../../../src/publishers/historian/figures-body.ts";
import { hoursOf } from "../../../src/publishers/historian/join-cells.ts";
import { openHistoryReader } from "../../../src/publishers/historian/read-history.ts";
import { historianPath } from "../../../src/publishers/historian/schema.ts";
import { WholeReader, WholeWriter } from "../../../src/publishers/historian/whole-columns.ts";
import { forEachCell, type SampleCell } from "../../../src/publishers/sample-cells.ts";
import { columns, entry, sample, tag } from "../support/samples.ts";
import { historianBench } from "./historian-bench.ts";

function seconds(count: number, valueAt: (step: number) => number | null, jitterMicros = 3): SampleColumns {
  const builder = new SampleColumnsBuilder(count);
  for (let step = 0; step < count; step++) {
    const value = valueAt(step);
    const at = 1_795_420_800_000_000 + step * 1_000_000 + (step % jitterMicros);
    builder.push(1, value, value === null ? StatusCode.BadTimeout : StatusCode.Good, at);
  }
  return builder.take();
}

function cellsOf(series: SampleColumns): SampleCell[] {
  const cells: SampleCell[] = [];
  forEachCell(
    series,
    0,
    series.count,
    () => Number.POSITIVE_INFINITY,
    (cell) => void cells.push({ ...cell }),
  );
  return cells;
}

/** Equal to the bit: −0 is not 0, NaN is NaN. */
function expectExact(series: SampleColumns): number {
  const { body, ...rest } = encodeFigures(cellsOf(series), MINUTES_CODEC);
  expect(decodeFigures({ ...rest, body })).toStrictEqual(cellsOf(series));
  return body.length / cellsOf(series).length;
}

describe("body of figures", () => {
  it("gives back what was written, bit for bit, whatever the values are (property)", () => {
    const value = fc.oneof(
      fc.double(),
      fc.float(),
      fc.integer().map((whole) => whole / 100),
      fc.constantFrom(null, 0, -0, Number.NaN, Number.POSITIVE_INFINITY, Number.MAX_VALUE, -Number.MAX_VALUE, 5e-324),
    );
    fc.assert(
      fc.property(
        fc.array(value, { minLength: 60, maxLength: 400 }),
        fc.integer({ min: 1, max: 5000 }),
        (values, jitter) => {
          expectExact(seconds(values.length, (step) => values[step]!, jitter));
        },
      ),
      { seed: 20261125, numRuns: 200 },
    );
  });

  it.each([
    ["decimals", (step: number) => Math.round(2000 + ((step * 7919) % 1009)) / 100, 17],
    ["float32", (step: number) => Math.fround(20 + ((step * 7919) % 1009) / 700), 30],
    ["a constant", () => 21.5, 6],
    ["negative ones and zero", (step: number) => ((step * 7919) % 1009) - 500, 17],
  ])("is exact and small for %s", (_, valueAt, bytes) => {
    expect(expectExact(seconds(8192, valueAt, 2999))).toBeLessThan(bytes);
  });

  it("holds hours as it holds minutes", () => {
    const minutes = cellsOf(seconds(20_000, (step) => (step % 977) / 10));
    const hours = hoursOf(minutes);
    expect(hours.map(({ samples }) => samples).reduce((sum, samples) => sum + samples, 0)).toBe(20_000);
    expect(decodeFigures(encodeFigures(hours, HOURS_CODEC))).toStrictEqual(hours);
  });

  it("that is damaged is refused or read as other figures, and never anything else (property)", () => {
    const { body, ...rest } = encodeFigures(cellsOf(seconds(600, (step) => (step % 11) / 10)), MINUTES_CODEC);
    let refused = 0;
    fc.assert(
      fc.property(fc.nat(body.length - 1), fc.integer({ min: 1, max: 255 }), fc.nat(body.length), (at, flip, end) => {
        const damaged = Uint8Array.from(body.subarray(0, at < end ? body.length : end));
        if (at < damaged.length) damaged[at]! ^= flip;
        try {
          decodeFigures({ ...rest, body: damaged });
        } catch (error) {
          expect(error).toBeInstanceOf(WireError);
          refused++;
        }
      }),
      { seed: 20261125, numRuns: 500 },
    );
    expect(refused).toBeGreaterThan(100);
    expect(() => decodeFigures({ ...rest, codec: 9, body })).toThrow(WireError);
  });

  /** One without decimals and with nothing but zeros in it, but for what is changed: 360 minutes in some 90 bytes. */
  const crafted = (changes: { count?: number; steps?: number; first?: number; last?: number; samples?: number }) => {
    const { count = 360, steps = 0, first = 0, last = 0, samples = 30 } = changes;
    const out = new WholeWriter();
    out.bits(count, 16);
    out.bits(16, 6);
    const columnOf = (value: number): void => out.column(new Array<number>(count).fill(value));
    columnOf(steps);
    for (const usual of [first, last, samples]) {
      out.bits(usual, 32);
      columnOf(0);
    }
    columnOf(0);
    columnOf(0);
    for (let figure = 0; figure < 5; figure++) {
      out.bits(1, 1);
      columnOf(0);
      out.bits(0, 16);
    }
    return { codec: 1, body: out.take() };
  };

  it("holds no more cells than a unit has, whatever its bytes say: refused before a column is made", () => {
    const made = crafted({ samples: 30 });
    expect(made.body.length).toBeLessThan(100);
    expect(decodeFigures(made)).toHaveLength(360);
    for (const count of [361, 65_535]) {
      const hostile = Uint8Array.from(made.body);
      new DataView(hostile.buffer).setUint16(0, count);
      expect(() => decodeFigures({ codec: 1, body: hostile })).toThrow(`figures of ${count} cells`);
    }
  });

  it.each([
    ["minutes that go back", { steps: -1 }],
    ["minutes beyond all time", { steps: 2 ** 40 }],
    ["a time behind its minute", { last: 60_000_000 }],
    ["an end before its begin", { first: 5, last: 4 }],
    ["more samples than there can be", { samples: 2 ** 32 - 1 }],
  ])("with %s is refused", (_, changes) => {
    expect(() => decodeFigures(crafted(changes))).toThrow(WireError);
  });

  it("with a figure at a place that no cell has is refused", () => {
    const out = new WholeWriter();
    out.bits(0, 16);
    out.bits(16, 6);
    out.column([]);
    for (let column = 0; column < 3; column++) {
      out.bits(0, 32);
      out.column([]);
    }
    for (let column = 0; column < 2; column++) out.column([]);
    out.bits(1, 1);
    out.column([]);
    out.bits(1, 16); // one value beyond the foretold
    out.bits(0, 16); // at the first place of none
    out.bits(0, 53);
    out.bits(0, 11);
    expect(() => decodeFigures({ codec: 1, body: out.take() })).toThrow("place 0");
  });
});

describe("figures in the file", () => {
  it("lie in pieces that come together and go together", async () => {
    const bench = await historianBench();
    const rows = Array.from({ length: 8192 }, (_, step) =>
      sample(1, ((step * 7919) % 1009) / 7, step * 1000 + (step % 7)),
    );
    await bench.publish([entry(1, columns(...rows), [tag(1, "a")])]);
    bench.publisher.compactAll();
    expect(bench.rows("SELECT tier, cells FROM figures ORDER BY tier")).toEqual([
      { tier: 1, cells: 137 },
      { tier: 2, cells: 3 },
    ]);
    expect(bench.count("figures_rest")).toBeGreaterThan(1);
    const reader = openHistoryReader(bench.folder);
    const minutes = ({ firstAt, lastAt }: SampleCell): boolean => lastAt - firstAt < 60_000_000;
    const parts = [...reader.readParts("a", {}, minutes)];
    reader.close();
    expect(parts.flatMap((part) => (part.is === "cells" ? part.cells : []))).toStrictEqual(cellsOf(columns(...rows)));
    const database = openDatabase(historianPath(bench.folder), { durability: "normal" });
    database.exec("DELETE FROM figures");
    database.close();
    expect([bench.count("figures"), bench.count("figures_rest")]).toEqual([0, 0]);
  });
});

describe("whole columns", () => {
  it("give back what was written (property)", () => {
    const whole = fc.oneof(
      fc.integer({ min: -9, max: 9 }),
      fc.integer(),
      fc.integer({ min: -(2 ** 51) + 1, max: 2 ** 51 - 1 }),
    );
    fc.assert(
      fc.property(fc.array(fc.array(whole, { maxLength: 50 }), { maxLength: 5 }), (columns) => {
        const out = new WholeWriter();
        for (const column of columns) out.column(column);
        const input = new WholeReader(out.take());
        expect(columns.map((column) => input.column(column.length))).toEqual(
          columns.map((column) => column.map((x) => x + 0)),
        );
        input.end();
      }),
      { seed: 20261125 },
    );
  });
});
