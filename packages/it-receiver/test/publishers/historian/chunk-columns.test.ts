import {
  compress,
  encodeBatch,
  type SampleColumns,
  SampleColumnsBuilder,
  ValueKind,
  WireError,
} from "@nonreturn/wire-format";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { decodeChunk, encodeChunk } from "../../../src/publishers/historian/chunk.ts";
import { decodeColumns, encodeColumns } from "../../../src/publishers/historian/chunk-columns.ts";
import { T0 } from "../support/samples.ts";

type Row = { readonly value: number | boolean | null; readonly statusCode: number; readonly step: number };

function seriesOf(rows: readonly Row[]): SampleColumns {
  const builder = new SampleColumnsBuilder();
  let at = T0;
  for (const { value, statusCode, step } of rows) {
    at += step;
    builder.pushSample({ tagId: 0, value, statusCode, sourceTimestamp: at });
  }
  return builder.take();
}

const tenths = fc.integer({ min: -99_999, max: 99_999 }).map((mantissa) => mantissa / 10);
const single = fc.float({ noNaN: false }).map(Math.fround);
const status = fc.constantFrom(0, 0x40000000, 0x80000000, 0xffffffff);
const step = fc.oneof(fc.constant(1_000_000), fc.nat(3_000_000_000), fc.constant(0));
const rowsOf = (value: fc.Arbitrary<Row["value"]>) =>
  fc.array(fc.record({ value, statusCode: status, step }), { minLength: 1, maxLength: 200 });
const rows = fc.oneof(
  rowsOf(tenths),
  rowsOf(single),
  rowsOf(fc.double()),
  rowsOf(fc.boolean()),
  rowsOf(fc.oneof({ weight: 40, arbitrary: tenths }, fc.double(), fc.constant(null), fc.boolean())),
);

/** Bits, so that -0 and NaN are what they were. */
function bitsOf({ timestamps, statusCodes, kinds, numbers, others }: SampleColumns) {
  const bits = [...new BigUint64Array(numbers.slice().buffer)];
  return { timestamps: [...timestamps], statusCodes: [...statusCodes], kinds: [...kinds], bits, others };
}

describe("columns of a chunk", () => {
  it("hold any numbers, booleans and absent values exactly (property)", () => {
    fc.assert(
      fc.property(rows, (given) => {
        const series = seriesOf(given);
        expect(bitsOf(decodeColumns(encodeColumns(series)!))).toEqual(bitsOf(series));
        expect(bitsOf(decodeChunk(encodeChunk(series)))).toEqual(bitsOf(series));
      }),
      { seed: 20261125, numRuns: 500 },
    );
  });

  it("leave what they do not hold to a batch of the wire", () => {
    const builder = new SampleColumnsBuilder();
    for (const value of ["text", 7n, [1, 2]])
      builder.pushSample({ tagId: 0, value, statusCode: 0, sourceTimestamp: T0 });
    const series = builder.take();
    expect(encodeColumns(series)).toBeUndefined();
    expect(bitsOf(decodeChunk(encodeChunk(series)))).toEqual(bitsOf(series));
    const longAgo = seriesOf([0, 2 ** 52].map((far) => ({ value: 1, statusCode: 0, step: far })));
    expect(encodeColumns(longAgo)).toBeUndefined();
  });

  it("take less than two bytes a sample where a sensor's last digits move", () => {
    const walk = Array.from({ length: 8192 }, (_, row) => ({
      value: Math.round(250_000 + 3000 * Math.sin(row / 100) + ((row * 7919) % 61)) / 10_000,
      statusCode: 0,
      step: 1_000_000,
    }));
    const series = seriesOf(walk);
    expect(encodeChunk(series).body.length / walk.length).toBeLessThan(2);
    const onTheWire = compress(encodeBatch({ kind: "data", directoryRevision: 0, samples: series }));
    expect(onTheWire.bytes.length / walk.length).toBeGreaterThan(2);
  });

  it("damaged ones are refused, never half read (property)", () => {
    fc.assert(
      fc.property(rows, fc.nat(), fc.nat(255), (given, place, byte) => {
        const bytes = encodeColumns(seriesOf(given))!;
        const count = given.length;
        for (const damaged of [bytes.slice(0, place % bytes.length), withByte(bytes, place % bytes.length, byte)]) {
          try {
            const series = decodeColumns(damaged);
            expect(series.timestamps.length).toBe(series.count);
            expect([...series.kinds].every((kind) => kind <= ValueKind.number)).toBe(true);
            if (damaged.length < bytes.length) expect.unreachable(`cut to ${damaged.length} of ${count} rows`);
          } catch (error) {
            if (!(error instanceof WireError)) throw error;
          }
        }
      }),
      { seed: 20261125, numRuns: 500 },
    );
  });
});

function withByte(bytes: Uint8Array, place: number, byte: number): Uint8Array {
  const damaged = bytes.slice();
  damaged[place] = byte;
  return damaged;
}
