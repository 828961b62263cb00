import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { temporaryFolder } from "../../../test/support/temporary-folder.ts";
import type { HeldType, HeldValue } from "../../src/plant/held-value.ts";
import { readTruthLine, type ServedValue, Truth, writeTruthLine } from "../../src/plant/truth.ts";

const served = (value: HeldValue, type: HeldType = "FLOAT64"): ServedValue => ({
  device: "Anlage 1",
  unit: 1,
  register: "hr:7",
  name: "温度",
  type,
  time: 1_750_000_000_123_456,
  value,
});

describe("truth lines", () => {
  test.each<[HeldType, HeldValue]>([
    ["FLOAT64", 0.1],
    ["FLOAT64", -0],
    ["FLOAT64", Number.NaN],
    ["FLOAT32", Number.NEGATIVE_INFINITY],
    ["FLOAT64", Number.MIN_VALUE],
    ["UINT64", 2n ** 64n - 1n],
    ["INT64", -(2n ** 63n)],
    ["BOOLEAN", true],
    ["STRING", 'Süd "7"\n批次'],
    ["INT16", -5],
  ])("%s %s survives being written and read, bit by bit", (type, value) => {
    const line = writeTruthLine(served(value, type));
    expect(line.match(/\n/g)?.length).toBe(1);
    const read = readTruthLine(line);
    expect(Object.is(read.value, value)).toBe(true);
    expect(read).toEqual(served(value, type));
  });
});

describe("truth", () => {
  test("keeps the newest in memory, oldest first", () => {
    const truth = new Truth({ keep: 3, fileBytes: 0 });
    for (const value of [1, 2, 3, 4, 5]) truth.record(served(value));
    expect(truth.records().map(({ value }) => value)).toEqual([3, 4, 5]);
    truth.forget();
    truth.record(served(6));
    expect(truth.records().map(({ value }) => value)).toEqual([6]);
  });

  test("the file is complete after close and grows no further than its limit", () => {
    const file = join(temporaryFolder(), "truth.jsonl");
    const line = writeTruthLine(served(1));
    const truth = new Truth({ keep: 0, file, fileBytes: Buffer.byteLength(line) * 10 + 5 });
    for (let n = 0; n < 15; n++) truth.record(served(1));
    truth.close();
    expect(readFileSync(file, "utf8")).toBe(line.repeat(10));
    expect(truth.notWritten).toBe(5);
  });
});
