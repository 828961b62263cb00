import { type DataType, StatusCode } from "@nonreturn/wire-format";
import { expect, test } from "vitest";
import { fitValue } from "../../src/drivers/fit-value.ts";

const fitted = (dataType: DataType, sent: unknown) =>
  fitValue(dataType, sent, { timeFormat: "iso", toUtc: (micros) => micros });

test.each([
  ["FLOAT64", 2n ** 53n + 1n, "INT64"],
  ["FLOAT64", -(2n ** 53n) - 1n, "INT64"],
  ["FLOAT32", 2n ** 53n + 1n, "INT64"],
  ["FLOAT64", 2n ** 64n - 1n, "UINT64"],
] as const)("a %s loses digits of %s: refused, with the type that does not", (dataType, sent, better) => {
  const { statusCode, reason } = fitted(dataType, sent) as { statusCode: number; reason: string };
  expect(statusCode).toBe(StatusCode.BadTypeMismatch);
  expect(reason).toContain(String(sent));
  expect(reason).toContain(`write type: ${better}`);
  expect(fitted(better, sent)).toEqual({ value: sent }); // what it says helps
});

test("in an array, the element is named", () => {
  expect(fitted("FLOAT64", [1, 2n ** 53n + 1n])).toMatchObject({
    reason: expect.stringMatching(/^element 1: .*INT64$/),
  });
});

test.each([
  ["FLOAT64", 7n, 7], // Sparkplug sends every integer so
  ["FLOAT64", 2n ** 53n, 2 ** 53],
  ["FLOAT64", 2n ** 60n, 2 ** 60], // exactly a double
  ["FLOAT64", 10n ** 30n, 1e30], // no counter of 64 bits
  ["FLOAT64", 0.1, 0.1],
  ["FLOAT32", 0.1, Math.fround(0.1)],
  ["INT64", 2n ** 53n + 1n, 2n ** 53n + 1n],
] as const)("%s holds %s", (dataType, sent, value) => {
  expect(fitted(dataType, sent)).toEqual({ value });
});
