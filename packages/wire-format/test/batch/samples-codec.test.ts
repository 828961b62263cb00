import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { BatchKind } from "../../src/batch/batch.ts";
import { decodeBatch } from "../../src/batch/decode-batch.ts";
import { encodeBatch } from "../../src/batch/encode-batch.ts";
import type { SampleColumns } from "../../src/sample/sample-columns.ts";
import { WireError } from "../../src/wire-error.ts";
import { anyNumber, anyRows, bitsOf, columnsOf, exact, exactRow, type Row, rowsOf } from "./sample-rows.ts";

function encode(samples: SampleColumns): Uint8Array {
  return encodeBatch({ kind: "data", directoryRevision: 7, samples });
}

function decode(plain: Uint8Array): SampleColumns {
  const batch = decodeBatch(BatchKind.data, plain);
  if (batch.kind !== "data") throw new Error(batch.kind);
  expect(batch.directoryRevision).toBe(7);
  return batch.samples;
}

const row = (tagId: number, value: Row["value"], sourceTimestamp = 1000, statusCode = 0): Row => ({
  tagId,
  value,
  statusCode,
  sourceTimestamp,
});

/** Rows by tag, each tag's in order: what must survive the canonical order. */
function byTag(rows: readonly Row[]): string[] {
  const order = [...new Set(rows.map((one) => one.tagId))].sort((one, other) => one - other);
  return order.flatMap((tagId) => rows.filter((one) => one.tagId === tagId).map(exactRow));
}

describe("sample columns", () => {
  it("come back exactly, each tag's samples in order", () => {
    fc.assert(
      fc.property(anyRows, (rows) => {
        const back = rowsOf(decode(encode(columnsOf(rows))));
        expect(byTag(back)).toEqual(byTag(rows));
        expect(back.map((one) => one.sourceTimestamp)).toEqual(rows.map((one) => one.sourceTimestamp));
      }),
      { seed: 3, numRuns: 2_000 },
    );
  });

  it("encode to the same bytes again after decoding", () => {
    fc.assert(
      fc.property(anyRows, (rows) => {
        const plain = encode(columnsOf(rows));
        expect(Buffer.from(encode(decode(plain))).equals(plain)).toBe(true);
      }),
      { seed: 4, numRuns: 2_000 },
    );
  });

  it("keep every bit of every number in long columns, where predictions are at work", () => {
    fc.assert(
      fc.property(fc.array(anyNumber, { minLength: 1, maxLength: 300 }), (values) => {
        const rows = values.map((value, place) => row(place % 3, value, 1000 + Math.floor(place / 3)));
        expect(rowsOf(decode(encode(columnsOf(rows)))).map((one) => exact(one.value))).toEqual(
          rows.map((one) => exact(one.value)),
        );
      }),
      { seed: 5, numRuns: 500 },
    );
  });

  it("put the rows of one timestamp in order of tags, and repeats of a tag into a further run", () => {
    const rows = [row(5, 50), row(2, 20), row(5, 51), row(9, 90), row(2, 21), row(5, 52), row(1, 10, 999)];
    expect(rowsOf(decode(encode(columnsOf(rows)))).map((one) => one.value)).toEqual([20, 50, 90, 21, 51, 52, 10]);
  });

  it("use the first `count` rows of longer arrays only", () => {
    const samples = columnsOf([row(1, 1.5), row(2, "x")]);
    expect(rowsOf(decode(encode({ ...samples, count: 1 }))).map(exactRow)).toEqual([exactRow(row(1, 1.5))]);
  });

  it("decode every NaN as the canonical quiet NaN, and keep −0", () => {
    const signalling = new Float64Array(new BigUint64Array([0xfff4_0000_dead_beefn]).buffer)[0]!;
    const { numbers } = decode(encode(columnsOf([row(1, signalling), row(2, -0)])));
    expect(new BigUint64Array(numbers.buffer)[0]).toBe(0x7ff8_0000_0000_0000n);
    expect(bitsOf(numbers[1]!)).toBe("8000000000000000");
  });

  it("replace lone surrogates by U+FFFD, everything else in strings stays", () => {
    const values = ["\uD800", "a\uDC00b", "\uFEFF", "\0", "😀", "\uD83D\uD83D\uDE00"];
    const back = rowsOf(decode(encode(columnsOf(values.map((value, tagId) => row(tagId, value)))))).map(
      (one) => one.value,
    );
    expect(back).toEqual(["\uFFFD", "a\uFFFDb", "\uFEFF", "\0", "😀", "\uFFFD😀"]);
  });

  it("own their memory after decoding, also where the input is a Buffer", () => {
    const plain = Buffer.from(encode(columnsOf([row(1, new Uint8Array([1, 2, 3])), row(2, "text")])));
    const samples = decode(plain);
    plain.fill(0xff);
    expect(rowsOf(samples).map((one) => one.value)).toEqual([new Uint8Array([1, 2, 3]), "text"]);
    expect(samples.tagIds.length).toBe(2);
  });

  it("are refused when they exceed what the format carries", () => {
    const refused = (rows: readonly Row[]): string => {
      try {
        encode(columnsOf(rows));
        return "accepted";
      } catch (error) {
        return error instanceof WireError ? error.code : String(error);
      }
    };
    expect(refused([row(1, "x".repeat(65_536))])).toBe("accepted");
    expect(refused([row(1, "x".repeat(65_537))])).toBe("BATCH_LIMIT");
    expect(refused([row(1, new Uint8Array(65_537))])).toBe("BATCH_LIMIT");
    expect(refused([row(1, new Array<number>(16_384).fill(1))])).toBe("accepted");
    expect(refused([row(1, new Array<number>(16_385).fill(1))])).toBe("BATCH_LIMIT");
    expect(refused([row(1, 2n ** 64n - 1n), row(2, -(2n ** 63n))])).toBe("accepted");
    expect(refused([row(1, 2n ** 64n)])).toBe("BATCH_LIMIT");
    expect(refused([row(1, -(2n ** 63n) - 1n)])).toBe("BATCH_LIMIT");
    expect(refused([row(1, 1, 0.5)])).toBe("BATCH_LIMIT");
    expect(refused([row(1, 1, -1)])).toBe("BATCH_LIMIT");
    expect(refused([row(1, 1, Number.NaN)])).toBe("BATCH_LIMIT");
    expect(refused([row(1, [[1]] as unknown as number[])])).toBe("BATCH_LIMIT");
    expect(refused([row(1, [null] as unknown as number[])])).toBe("BATCH_LIMIT");
    expect(refused([row(1, [undefined] as unknown as number[])])).toBe("BATCH_LIMIT");
    expect(refused(Array.from({ length: 100 }, (_, tagId) => row(tagId, "x".repeat(65_000))))).toBe("BATCH_LIMIT");
  });

  it("may be as many as the limit, also all of one tag and one time", () => {
    const rows = Array.from({ length: 262_144 }, (_, place) => row(1, place % 100));
    const back = decode(encode(columnsOf(rows)));
    expect(back.count).toBe(262_144);
    expect(back.numbers.every((value, place) => value === place % 100)).toBe(true);
    expect(() => encode(columnsOf([...rows, row(1, 0)]))).toThrow(/samples/);
  });
});
