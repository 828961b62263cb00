import { expect, test } from "vitest";
import { z } from "zod";
import { byteSize, duration, durationBetween, hostPort, schemaText } from "../../src/index.ts";

const heading = { title: "OT station", description: "nonreturn-ot" };
const limit = z.strictObject({ at: z.number() }).meta({ id: "Limit" });
const schema = z.strictObject({
  target: hostPort,
  timeout: durationBetween("10ms", "1min").prefault("1s").meta({ description: "time-out of one request" }),
  retention: z.strictObject({ size: byteSize.prefault("20GB"), age: duration.optional() }).prefault({}),
});

test("the JSON Schema describes what a user writes: patterns, examples, descriptions, defaults, no further keys", () => {
  expect(JSON.parse(schemaText(schema, heading))).toMatchObject({
    $schema: "https://json-schema.org/draft/2020-12/schema",
    title: "OT station",
    description: "nonreturn-ot",
    type: "object",
    additionalProperties: false,
    required: ["target"],
    properties: {
      target: { type: "string", examples: ["192.0.2.2:47000", "[2001:db8::2]:47000"] },
      timeout: {
        type: "string",
        default: "1s",
        description: "time-out of one request",
        examples: ["100ms", "5s", "10min", "1h", "7d"],
      },
      retention: {
        default: {},
        additionalProperties: false,
        properties: { size: { default: "20GB" }, age: { description: "a duration in ms, s, min, h, d" } },
      },
    },
  });
});

test("the pattern of a quantity accepts its own examples and nothing without a unit", () => {
  const quantities = z.strictObject({ a: duration, b: byteSize, c: hostPort });
  const { properties } = JSON.parse(schemaText(quantities, heading)) as {
    properties: Record<string, { pattern: string; examples: string[] }>;
  };
  for (const { pattern, examples } of Object.values(properties)) {
    const expression = new RegExp(pattern);
    expect(examples.every((example) => expression.test(example))).toBe(true);
    expect(expression.test("100")).toBe(false);
  }
});

test("a definition with a name stands once, and a key that refers to it keeps its own words", () => {
  const alarms = z.strictObject({ hi: limit.meta({ description: "above this" }), lo: limit });
  expect(JSON.parse(schemaText(alarms, heading))).toMatchObject({
    properties: { hi: { $ref: "#/$defs/Limit", description: "above this" }, lo: { $ref: "#/$defs/Limit" } },
    $defs: { Limit: { properties: { at: { type: "number" } } } },
  });
});
