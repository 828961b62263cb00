import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { z } from "zod";
import {
  byteSize,
  dataRate,
  dataRateBetween,
  duration,
  durationBetween,
  percent,
  percentBetween,
  writeByteSize,
  writeDataRate,
  writeDuration,
} from "../../src/index.ts";

const messageOf = (type: z.ZodType, input: unknown): string =>
  type
    .safeParse(input)
    .error?.issues.map((issue) => issue.message)
    .join(" | ") ?? "accepted";

describe.each([
  [
    "duration",
    duration,
    { "0ms": 0, "100ms": 100, "1.5s": 1500, "1.1s": 1100, "10min": 600_000, "1h": 3_600_000, "7d": 604_800_000 },
  ],
  ["dataRate", dataRate, { "9600bit": 9600, "512kbit": 512_000, "100Mbit": 1e8, "2.5Gbit": 2.5e9 }],
  ["byteSize", byteSize, { "0B": 0, "64KiB": 65_536, "1.5MiB": 1_572_864, "20GB": 20e9, "1TiB": 2 ** 40 }],
  ["percent", percent, { "0%": 0, "12.5%": 12.5, "100%": 100 }],
] as const)("%s", (_, type, cases) => {
  test.each(Object.entries(cases))("%s is %d", (text, value) => {
    expect(type.parse(text)).toBe(value);
  });
});

test.each([
  [duration, "100", '"100" is not a duration; write it like "100ms", "5s", "10min"'],
  [duration, 100, '100 is not a duration; write it like "100ms", "5s", "10min"'],
  [duration, "100 ms", '"100 ms" is not a duration; write "100ms"'],
  [duration, "5 Seconds", '"5 Seconds" is not a duration; write "5s"'],
  [duration, "-5s", '"-5s" is not a duration; write it like "100ms", "5s", "10min"'],
  [duration, "05s", '"05s" is not a duration; write "5s"'],
  [duration, "0.5ms", '"0.5ms" is finer than 1ms or too large; write a duration'],
  [duration, "99999999999999999d", '"99999999999999999d" is finer than 1ms or too large; write a duration'],
  [duration, null, 'null is not a duration; write it like "100ms", "5s", "10min"'],
  [dataRate, "100MB", '"100MB" is not a data rate; write it like "512kbit", "100Mbit", "1Gbit"'],
  [dataRate, "100mbit/s", '"100mbit/s" is not a data rate; write "100Mbit"'],
  [byteSize, "20gb", '"20gb" is not a size; write "20GB"'],
  [byteSize, "20G", '"20G" is not a size; write "20GB"'],
  [percent, 25, '25 is not a percentage; write "25%"'.replaceAll('"25%"', "25%")],
  [percent, "101%", '"101%" is out of range; write a percentage, from 0% to 100%'],
  [percentBetween("0%", "400%"), "401%", '"401%" is out of range; write a percentage, from 0% to 400%'],
  [durationBetween("10ms", "1h"), "9ms", '"9ms" is out of range; write a duration, from 10ms to 1h'],
  [dataRateBetween("64kbit", "10Gbit"), "11Gbit", '"11Gbit" is out of range; write a data rate, from 64kbit to 10Gbit'],
])("%#: %s %j → %s", (type, input, message) => {
  expect(messageOf(type, input)).toBe(message);
});

test("bounds are included", () => {
  const type = durationBetween("10ms", "1h");
  expect([type.parse("10ms"), type.parse("1h"), type.parse("60min")]).toEqual([10, 3_600_000, 3_600_000]);
});

test("writing and reading are inverse for whole numbers of the base unit", () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 2 ** 45 }), (value) => {
      expect(duration.parse(writeDuration(value))).toBe(value);
      expect(dataRate.parse(writeDataRate(value))).toBe(value);
      expect(byteSize.parse(writeByteSize(value))).toBe(value);
    }),
    { seed: 1 },
  );
  expect([writeDuration(90_000), writeDataRate(1e8), writeByteSize(65_536), writeDuration(0)]).toEqual([
    "90s",
    "100Mbit",
    "64KiB",
    "0ms",
  ]);
});

test("no text whatever makes a quantity throw or give anything but a finite number", () => {
  const unit = fc.constantFrom("ms", "s", "min", "h", "d", "GB", "%", "Mbit", "", "e9", " ");
  const near = fc
    .tuple(fc.oneof(fc.double().map(String), fc.bigInt().map(String), fc.string()), unit)
    .map(([a, b]) => a + b);
  fc.assert(
    fc.property(fc.oneof(near, fc.anything()), (input) => {
      for (const type of [duration, dataRate, byteSize, percent]) {
        const result = type.safeParse(input);
        if (result.success) expect(Number.isFinite(result.data) && result.data >= 0).toBe(true);
      }
    }),
    { seed: 2 },
  );
});
