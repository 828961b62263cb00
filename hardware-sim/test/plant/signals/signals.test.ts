import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { buildSignal, RecordingShelf } from "../../../src/plant/signals/build-signal.ts";
import { recordedSignal } from "../../../src/plant/signals/recorded-signal.ts";
import { parseRecording } from "../../../src/plant/signals/recording.ts";
import { signalSection } from "../../../src/scenario/signal-section.ts";

const shelf = new RecordingShelf("/nonexistent");
const build = (settings: object, seed = 1, name = "s", copy = 0) =>
  buildSignal(signalSection.parse(settings), "FLOAT64", seed, name, copy, shelf);

const KINDS = {
  sine: { kind: "sine", mean: 5, amplitude: 2, period: "10s", noise: 0.3, resolution: 0.1 },
  ramp: { kind: "ramp", from: 0, to: 10, period: "7s", noise: 0.1 },
  "random-walk": {
    kind: "random-walk",
    start: 5,
    step: 0.4,
    every: "50ms",
    min: 0,
    max: 10,
    pull: 0.01,
    resolution: 0.1,
  },
  square: { kind: "square", dwellLow: ["100ms", "900ms"], dwellHigh: "300ms" },
  counter: { kind: "counter", start: "9007199254740993", increment: [1, 9], every: "100ms" },
  setpoint: { kind: "setpoint", values: [1, 2.5, -3], every: "1s" },
  text: { kind: "text", texts: ["Los-{n:4}", "批次"], every: "1s" },
  constant: { kind: "constant", value: true },
};

describe("every signal", () => {
  test.each(
    Object.entries(KINDS),
  )("%s: the value depends on seed and time only, not on what was asked before", (_, settings) => {
    const times = fc.array(fc.integer({ min: 0, max: 60_000 }), { minLength: 1, maxLength: 30 });
    fc.assert(
      fc.property(times, fc.nat(), (asked, seed) => {
        const wandering = build(settings, seed);
        for (const timeMs of asked) expect(wandering.at(timeMs)).toEqual(build(settings, seed).at(timeMs));
      }),
      { seed: 1, numRuns: 30 },
    );
  });

  test.each(
    Object.entries(KINDS).filter(([kind]) => ["sine", "random-walk", "square", "counter"].includes(kind)),
  )("%s: another seed or name is another course", (_, settings) => {
    const course = (seed: number, name: string) =>
      Array.from({ length: 100 }, (_, n) => build(settings, seed, name).at(n * 100));
    expect(course(2, "s")).not.toEqual(course(1, "s"));
    expect(course(1, "t")).not.toEqual(course(1, "s"));
  });
});

describe("single signals", () => {
  const course = (settings: object, stepMs: number, count: number) => {
    const signal = build(settings);
    return Array.from({ length: count }, (_, n) => signal.at(n * stepMs));
  };

  test("a random walk stays between its walls, moves, and is rounded as its sensor rounds", () => {
    const values = course(
      { kind: "random-walk", start: 5, step: 1, every: "10ms", min: 0, max: 10, resolution: 0.1 },
      10,
      20_000,
    ) as number[];
    expect(Math.min(...values)).toBeGreaterThanOrEqual(0);
    expect(Math.max(...values)).toBeLessThanOrEqual(10);
    expect(new Set(values).size).toBeGreaterThan(95);
    for (const value of values) expect(Number(value.toFixed(1))).toBe(value); // 4.7, never 4.7000000000000002
  });

  test("a square keeps both dwell times", () => {
    const values = course({ kind: "square", dwellLow: ["20ms", "40ms"], dwellHigh: "10ms" }, 1, 10_000);
    const runs: { value: unknown; length: number }[] = [];
    for (const value of values) {
      if (runs.at(-1)?.value === value) runs.at(-1)!.length++;
      else runs.push({ value, length: 1 });
    }
    const inner = runs.slice(0, -1);
    const lows = inner.filter(({ value }) => value === false).map(({ length }) => length);
    expect(new Set(inner.filter(({ value }) => value === true).map(({ length }) => length))).toEqual(new Set([10]));
    expect(Math.min(...lows)).toBe(20);
    expect(Math.max(...lows)).toBe(40);
  });

  test("a counter counts exactly beyond 2^53 and its increments stay within their limits", () => {
    expect(course({ kind: "counter", start: "9007199254740992", every: "1s" }, 1000, 3)).toEqual([
      9007199254740992n,
      9007199254740993n,
      9007199254740994n,
    ]);
    const values = course({ kind: "counter", increment: [2, 4], every: "1s" }, 1000, 2000) as bigint[];
    const steps = new Set(values.slice(1).map((value, n) => value - values[n]!));
    expect([...steps].sort()).toEqual([2n, 3n, 4n]);
  });

  test("text changes at its time and carries its number", () => {
    expect(course(KINDS.text, 500, 5)).toEqual(["Los-0000", "Los-0000", "批次", "批次", "Los-0002"]);
  });

  test("sine, ramp and set points follow their formulas", () => {
    const sine = build({ kind: "sine", mean: 10, amplitude: 4, period: "8s" });
    expect([0, 2000, 4000, 6000].map((timeMs) => Number(Number(sine.at(timeMs)).toFixed(9)))).toEqual([10, 14, 10, 6]);
    expect(course({ kind: "ramp", from: 10, to: 20, period: "4s" }, 1000, 6)).toEqual([10, 12.5, 15, 17.5, 10, 12.5]);
    expect(course({ kind: "setpoint", values: [1, 2, 3], every: "1s" }, 500, 7)).toEqual([1, 1, 2, 2, 3, 3, 1]);
  });

  test("copies of one wave do not move as one", () => {
    const values = Array.from({ length: 10 }, (_, copy) => build(KINDS.sine, 1, `s${copy}`, copy).at(0));
    expect(new Set(values).size).toBeGreaterThan(5);
  });

  test("constants can say what YAML cannot", () => {
    const constant = (type: "FLOAT64" | "INT64" | "STRING", value: string) =>
      buildSignal({ kind: "constant", value }, type, 1, "s", 0, shelf).at(0);
    expect(constant("FLOAT64", "NaN")).toBeNaN();
    expect(Object.is(constant("FLOAT64", "-0"), -0)).toBe(true);
    expect(constant("FLOAT64", "-Infinity")).toBe(Number.NEGATIVE_INFINITY);
    expect(constant("INT64", "-9223372036854775808")).toBe(-(2n ** 63n));
    expect(constant("STRING", "12")).toBe("12");
  });
});

describe("recordings", () => {
  const semicolons =
    "datetime;Flow;Note\n2020-03-09 10:14:33;32.0;a\n2020-03-09 10:14:34;32.5;b\n2020-03-09 10:14:36;;c\n2020-03-09 10:14:37;31;d\n";

  test("a column plays in its own time and loops with the median step at the seam", () => {
    const recording = parseRecording(semicolons, "x.csv");
    expect([...recording.offsetsMs]).toEqual([0, 1000, 3000, 4000]);
    expect(recording.lengthMs).toBe(5000);
    const signal = recordedSignal(recording, recording.columns.get("Flow")!, 1, 0);
    expect([0, 999, 1000, 2999, 3000, 4000, 4999, 5000, 6000].map((timeMs) => signal.at(timeMs))).toEqual([
      32, 32, 32.5, 32.5, 32.5, 31, 31, 32, 32.5,
    ]);
  });

  test("speed and commas", () => {
    const recording = parseRecording("t,a,b\n0,1,10\n1,2,20\n2,3,30\n", "x.csv");
    const signal = recordedSignal(recording, recording.columns.get("b")!, 10, 0);
    expect([0, 100, 200, 300].map((timeMs) => signal.at(timeMs))).toEqual([10, 20, 30, 10]);
  });

  test("rows out of order are left out; ISO times with a zone are understood", () => {
    const recording = parseRecording(
      "t,a\n2020-01-01T00:00:00+01:00,1\n2020-01-01T00:00:02+01:00,2\n2020-01-01T00:00:01+01:00,9\n2020-01-01T00:00:04+01:00,3\n",
      "x.csv",
    );
    expect([...recording.offsetsMs]).toEqual([0, 2000, 4000]);
    expect([...recording.columns.get("a")!]).toEqual([1, 2, 3]);
  });

  test.each([
    ["", "an empty file"],
    ["t;a\n", "a header only"],
    ["t;a\nx;1\ny;2\n", "no times"],
  ])("%j is refused: %s", (text) => {
    expect(() => parseRecording(text, "x.csv")).toThrow(
      expect.objectContaining({ code: "CONFIG_RECORDING", where: "x.csv" }),
    );
  });

  test("a missing file or column says what to write", () => {
    const settings = { kind: "recorded", file: "missing.csv", column: "Flow" };
    expect(() => build(settings)).toThrow(
      expect.objectContaining({ code: "CONFIG_RECORDING", where: "/nonexistent/missing.csv" }),
    );
  });
});
