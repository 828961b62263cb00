import { type Sample, SampleColumnsBuilder, sampleAt, type Value } from "@nonreturn/wire-format";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { estimateBytes, rowsOf } from "../../src/batch/sample-rows.ts";

const value: fc.Arbitrary<Value | null> = fc.oneof(
  fc.double(),
  fc.boolean(),
  fc.constant(null),
  fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
  fc.string({ maxLength: 30 }),
  fc.uint8Array({ maxLength: 30 }),
  fc.array(fc.double(), { maxLength: 5 }),
);

function columnsFrom(values: readonly (Value | null)[]) {
  const builder = new SampleColumnsBuilder();
  values.forEach((each, row) => void builder.push(row + 1, each, row % 3, 1000 + row));
  return builder.take();
}

describe("sample rows", () => {
  it("cuts columns into parts that hold every row once, in order", () => {
    fc.assert(
      fc.property(
        fc.array(value, { maxLength: 60 }),
        fc.integer({ min: 1, max: 20 }),
        fc.integer({ min: 200, max: 2000 }),
        (values, maxRows, maxBytes) => {
          const columns = columnsFrom(values);
          const rows: Sample[] = [];
          while (rows.length < columns.count) {
            const part = rowsOf(columns, rows.length, maxRows, maxBytes);
            expect(part.count).toBeGreaterThan(0);
            expect(part.count).toBeLessThanOrEqual(maxRows);
            expect(estimateBytes(part)).toBeLessThanOrEqual(maxBytes);
            for (let row = 0; row < part.count; row++) rows.push(sampleAt(part, row));
          }
          expect(rows).toEqual(values.map((_, row) => sampleAt(columns, row)));
        },
      ),
      { seed: 3 },
    );
  });

  it("gives nothing where the first row does not fit", () => {
    const columns = columnsFrom(["a long text that takes more than the room there is"]);
    expect(rowsOf(columns, 0, 10, 50).count).toBe(0);
    expect(rowsOf(columnsFrom([1, 2]), 0, 10, 7).count).toBe(0);
  });
});
