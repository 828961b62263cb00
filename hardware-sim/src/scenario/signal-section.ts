/** What a scenario can say about a signal.
 *  scenario YAML → [signal section] → build signal */
import { duration, durationBetween } from "@nonreturn/station";
import { z } from "zod";

const period = durationBetween("1ms", "30d");
const resolution = z
  .number()
  .nonnegative()
  .default(0)
  .meta({ description: "the value is a multiple of this, as a sensor's is; 0 rounds nothing" });
const noise = z.number().nonnegative().default(0).meta({ description: "half width of uniform noise" });

/** 64-bit integers beyond 2^53 do not survive YAML as numbers: write them as text. */
const wholeNumber = z
  .union([z.int(), z.string().regex(/^-?\d{1,20}$/)])
  .meta({ description: 'a whole number; beyond 2^53 in quotes: "9007199254740993"' })
  .transform((value) => BigInt(value));

const dwell = z
  .union([period, z.tuple([period, period])])
  .meta({ description: "a time, or [shortest, longest]" })
  .transform((value) =>
    typeof value === "number" ? { minMs: value, maxMs: value } : { minMs: value[0], maxMs: value[1] },
  )
  .refine(
    ({ minMs, maxMs }) => minMs <= maxMs,
    "the shortest time is longer than the longest; write [shortest, longest]",
  );

const level = z.union([z.boolean(), z.number()]);

export const signalSection = z
  .discriminatedUnion("kind", [
    z.strictObject({
      kind: z.literal("constant"),
      value: z
        .union([z.boolean(), z.number(), z.string()])
        .meta({ description: 'text for what YAML cannot say: "NaN", "-Infinity", "-0", 64-bit integers' }),
    }),
    z.strictObject({
      kind: z.literal("sine"),
      mean: z.number().default(0),
      amplitude: z.number().default(1),
      period,
      phase: z.number().min(0).max(1).default(0),
      noise,
      resolution,
    }),
    z.strictObject({ kind: z.literal("ramp"), from: z.number().default(0), to: z.number(), period, noise, resolution }),
    z
      .strictObject({
        kind: z.literal("random-walk"),
        start: z.number(),
        step: z.number().nonnegative().meta({ description: "standard deviation of one step" }),
        every: period.prefault("100ms"),
        min: z.number(),
        max: z.number(),
        pull: z.number().min(0).max(1).default(0).meta({ description: "part of the way back to `start` at each step" }),
        resolution,
      })
      .refine(({ min, max, start }) => min < max && start >= min && start <= max, {
        path: ["start"],
        message: "the start is not between min and max; write min ≤ start ≤ max",
      }),
    z.strictObject({
      kind: z.literal("square"),
      low: level.default(false),
      high: level.default(true),
      dwellLow: dwell.prefault("5s"),
      dwellHigh: dwell.prefault("5s"),
    }),
    z.strictObject({
      kind: z.literal("counter"),
      start: wholeNumber.prefault(0),
      increment: z
        .union([wholeNumber, z.tuple([wholeNumber, wholeNumber])])
        .meta({ description: "added every time, or [smallest, largest]" })
        .prefault(1)
        .transform((value) =>
          typeof value === "bigint" ? { min: value, max: value } : { min: value[0], max: value[1] },
        )
        .refine(
          ({ min, max }) => min <= max && max - min < 2n ** 32n,
          "write [smallest, largest], less than 2^32 apart",
        ),
      every: period.prefault("1s"),
    }),
    z.strictObject({ kind: z.literal("setpoint"), values: z.array(z.number()).min(1).max(10_000), every: period }),
    z.strictObject({
      kind: z.literal("text"),
      texts: z
        .array(z.string().max(500))
        .min(1)
        .max(10_000)
        .meta({ description: "one after the other; {n} is the number of the change, {n:6} the same in six digits" }),
      every: period.prefault("10s"),
    }),
    z.strictObject({
      kind: z.literal("recorded"),
      file: z.string().min(1).meta({ description: "CSV, first column the time; relative to the scenario file" }),
      column: z.string().min(1),
      speed: z.number().positive().max(10_000).default(1),
      offset: duration.prefault("0ms").meta({ description: "where in the recording playing starts" }),
      resolution,
    }),
  ])
  .meta({ id: "Signal" });

export type SignalSettings = z.output<typeof signalSection>;
