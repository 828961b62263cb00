/** Arbitrary sample columns for the codec's properties, and their exact comparison: numbers by their 64 bits, never by ===. */
import fc from "fast-check";
import type { Value } from "../../src/sample/sample.ts";
import { type SampleColumns, SampleColumnsBuilder, sampleAt } from "../../src/sample/sample-columns.ts";

/** Any 64 bits as a double: subnormals, NaN payloads and all. fc.double alone favours the well-behaved. */
const anyBits = fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }).map((bits) => {
  const view = new DataView(new ArrayBuffer(8));
  view.setBigUint64(0, bits);
  return view.getFloat64(0);
});
const anyFloatBits = fc.integer({ min: 0, max: 0xffffffff }).map((bits) => {
  const view = new DataView(new ArrayBuffer(4));
  view.setUint32(0, bits);
  return view.getFloat32(0);
});
const decimal = fc
  .tuple(
    fc.oneof(fc.integer({ min: -99_999, max: 99_999 }), fc.integer(), fc.maxSafeInteger()),
    fc.integer({ min: 1, max: 17 }),
  )
  .map(([mantissa, exponent]) => Number(`${mantissa}e-${exponent}`));

export const anyNumber = fc.oneof(
  anyBits,
  anyFloatBits,
  fc.double(),
  fc.integer(),
  fc.maxSafeInteger(),
  decimal,
  decimal.map(Math.fround),
  fc.constantFrom(
    0,
    -0,
    Number.NaN,
    Infinity,
    -Infinity,
    5e-324,
    2 ** 27,
    -(2 ** 27),
    2 ** 31,
    -(2 ** 31),
    2 ** 53,
    -(2 ** 53),
  ),
);

/** Well-formed strings of all scripts, with what trips text code: NUL, byte order mark, combining marks, characters beyond 16 bits. */
const anyString = fc.oneof(
  fc.string({ unit: "binary", maxLength: 40 }),
  fc.constantFrom("", "\0", "\uFEFFstart", "Pumpe 7 Ä/€", "温度センサー", "ضغط", "🏭🔥", "e\u0301", "a".repeat(300)),
);

const anyBigint = fc.bigInt({ min: -(2n ** 63n), max: 2n ** 64n - 1n });
const anyBytes = fc.uint8Array({ maxLength: 40 });

const anyValue: fc.Arbitrary<Value | null> = fc.oneof(
  { weight: 1, arbitrary: fc.constant(null) },
  { weight: 2, arbitrary: fc.boolean() },
  { weight: 6, arbitrary: anyNumber },
  { weight: 2, arbitrary: anyBigint },
  { weight: 2, arbitrary: anyString },
  { weight: 1, arbitrary: anyBytes },
  {
    weight: 1,
    arbitrary: fc.oneof(
      fc.array(anyNumber, { maxLength: 8 }),
      fc.array(fc.boolean(), { maxLength: 8 }),
      fc.array(anyBigint, { maxLength: 8 }),
      fc.array(anyString, { maxLength: 8 }),
      fc.array(anyBytes, { maxLength: 8 }),
    ),
  },
);

export interface Row {
  readonly tagId: number;
  readonly value: Value | null;
  readonly statusCode: number;
  readonly sourceTimestamp: number;
}

/** Few tags and few timestamps, so that scans, repeats of a tag and steps back in time all occur. */
const anyRow: fc.Arbitrary<Row> = fc.record({
  tagId: fc.oneof(
    { weight: 8, arbitrary: fc.integer({ min: 0, max: 12 }) },
    { weight: 1, arbitrary: fc.integer({ min: 0, max: 0xffffffff }) },
  ),
  value: anyValue,
  statusCode: fc.oneof(
    { weight: 6, arbitrary: fc.constant(0) },
    { weight: 2, arbitrary: fc.constantFrom(0x800a0000, 0x40900000) },
    { weight: 1, arbitrary: fc.integer({ min: 0, max: 0xffffffff }) },
  ),
  sourceTimestamp: fc.oneof(
    { weight: 8, arbitrary: fc.integer({ min: 0, max: 3 }).map((step) => 1_790_000_000_000_000 + step) },
    { weight: 1, arbitrary: fc.maxSafeNat() },
  ),
});

export const anyRows = fc.array(anyRow, { maxLength: 60 });

export function columnsOf(rows: readonly Row[]): SampleColumns {
  const builder = new SampleColumnsBuilder();
  for (const row of rows) builder.push(row.tagId, row.value, row.statusCode, row.sourceTimestamp);
  return builder.take();
}

export function rowsOf(columns: SampleColumns): Row[] {
  return Array.from({ length: columns.count }, (_, row) => sampleAt(columns, row));
}

/** A value as text in which two values are equal only if every bit is. All NaN are one: the format keeps no payload. */
export function exact(value: Value | null): string {
  if (typeof value === "number") return Number.isNaN(value) ? "number NaN" : `number ${bitsOf(value)}`;
  if (value instanceof Uint8Array) return `bytes ${Buffer.from(value).toString("hex")}`;
  if (Array.isArray(value)) return `[${value.map((element) => exact(element as Value)).join(", ")}]`;
  return `${typeof value} ${String(value)}`;
}

export function bitsOf(value: number): string {
  const view = new DataView(new ArrayBuffer(8));
  view.setFloat64(0, value);
  return view.getBigUint64(0).toString(16).padStart(16, "0");
}

export function exactRow(row: Row): string {
  return `${row.tagId} ${row.sourceTimestamp} ${row.statusCode} ${exact(row.value)}`;
}
