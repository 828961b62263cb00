import { type Sample, StatusCode, type Value } from "@nonreturn/wire-format";
import { describe, expect, test } from "vitest";
import { applyTagOf } from "../../src/tag/apply-tag.ts";
import { publishedType, type TagSettings, tagDefinition } from "../../src/tag/tag-settings.ts";

const TAG: TagSettings = {
  path: "a/b",
  address: "hr:0",
  dataType: "INT16",
  driverOptions: {},
  enabled: true,
  scanClass: "normal",
  scanPeriodMs: 1000,
  unit: "°C",
  description: "",
  range: undefined,
  scaling: undefined,
  outsideRange: "keep",
  deadband: 0,
  maximumSilenceMs: 60_000,
};
const sample = (value: Value | null, statusCode: number = StatusCode.Good): Sample => ({
  tagId: 1,
  value,
  statusCode,
  sourceTimestamp: 1_000_001,
});
const scaled: TagSettings = { ...TAG, scaling: { kind: "linear", scale: 0.1, offset: 0 } };
const clamped: TagSettings = { ...TAG, range: { low: 0, high: 100 }, outsideRange: "clamp" };

describe("apply tag", () => {
  test("without scaling and clamping nothing is touched", () => {
    expect(applyTagOf(TAG)).toBeUndefined();
    expect(applyTagOf({ ...TAG, range: { low: 0, high: 1 } })).toBeUndefined();
  });

  test("a Bad sample has no value to scale, and time and id are kept", () => {
    const bad = sample(null, StatusCode.BadTimeout);
    expect(applyTagOf(scaled)!(bad)).toBe(bad);
    expect(applyTagOf(scaled)!(sample(234))).toEqual({ ...sample(23.4) });
  });

  test("numbers, bigints and each element are scaled; text is not", () => {
    const apply = applyTagOf(scaled)!;
    expect(apply(sample(50n)).value).toBe(5);
    expect(apply(sample([1, 2, 3])).value).toEqual([0.1, 0.2, 0.3]);
    expect(apply(sample("x")).value).toBe("x");
  });

  test("a value outside the range becomes the end and Uncertain; inside, and NaN, nothing happens", () => {
    const apply = applyTagOf(clamped)!;
    expect(apply(sample(101))).toMatchObject({ value: 100, statusCode: StatusCode.UncertainEngineeringUnitsExceeded });
    expect(apply(sample(-5n))).toMatchObject({ value: 0n, statusCode: StatusCode.UncertainEngineeringUnitsExceeded });
    expect(apply(sample(100))).toEqual(sample(100));
    expect(apply(sample(Number.NaN))).toEqual(sample(Number.NaN));
    expect(apply(sample([1, 200]))).toMatchObject({
      value: [1, 100],
      statusCode: StatusCode.UncertainEngineeringUnitsExceeded,
    });
    expect(apply(sample([1, 2]))).toEqual(sample([1, 2]));
  });

  test("a status that is worse already is kept", () => {
    expect(applyTagOf(clamped)!(sample(101, StatusCode.UncertainSensorNotAccurate))).toMatchObject({
      value: 100,
      statusCode: StatusCode.UncertainSensorNotAccurate,
    });
  });

  test("the directory says what is published: a scaled INT16 is a FLOAT64", () => {
    expect(publishedType(TAG)).toBe("INT16");
    expect(tagDefinition({ ...scaled, range: { low: 0, high: 9 } }, "plc")).toEqual({
      path: "a/b",
      dataType: "FLOAT64",
      unit: "°C",
      description: "",
      rangeLow: 0,
      rangeHigh: 9,
      device: "plc",
      maximumSilenceMs: 60_000,
    });
  });
});
