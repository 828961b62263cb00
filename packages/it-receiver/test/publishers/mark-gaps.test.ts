import { StatusCode } from "@nonreturn/wire-format";
import { expect, it } from "vitest";
import { markGaps, marksOf } from "../../src/publishers/mark-gaps.ts";

const samples = (...times: number[]) => times.map((sourceTimestamp) => ({ value: 1, statusCode: 0, sourceTimestamp }));
const marked = (times: number[], marks: number[], from = 0) =>
  [...markGaps(samples(...times), marks, from)].map(({ value, statusCode, sourceTimestamp }) => {
    expect([value, statusCode]).toEqual(statusCode === 0 ? [1, 0] : [null, StatusCode.BadDataLost]);
    return `${statusCode === 0 ? "s" : "m"}${sourceTimestamp}`;
  });

it("a mark stands where the gap begins, behind the samples of its own time, and before and behind all of them", () => {
  expect(marked([10, 20, 20, 30], [5, 20, 25, 40])).toEqual(["m5", "s10", "s20", "s20", "m20", "m25", "s30", "m40"]);
  expect(marked([], [5])).toEqual(["m5"]);
  expect(marked([10, 20], [])).toEqual(["s10", "s20"]);
  for (const from of [20, 21, 25, 26, 40, 41])
    expect(marked([], [5, 20, 25, 40], from)).toEqual([5, 20, 25, 40].filter((at) => at >= from).map((at) => `m${at}`));
});

it("what began before the range is marked at its beginning, what begins together once", () => {
  expect(marksOf([{ from: 3 }, { from: 9 }, { from: 5 }, { from: 12 }, { from: 12 }], 9)).toEqual([9, 12]);
});
