import { readFileSync, statSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { z } from "zod";
import { temporaryFolder } from "../../../../test/support/temporary-folder.ts";
import { byteSize, duration, durationBetween, hostPort, jsonSchemaOf, writeSchema } from "../../src/index.ts";

const schema = z.strictObject({
  target: hostPort,
  timeout: durationBetween("10ms", "1min").prefault("1s").meta({ description: "time-out of one request" }),
  retention: z.strictObject({ size: byteSize.prefault("20GB"), age: duration.optional() }).prefault({}),
});

test("the JSON Schema describes what a user writes: patterns, examples, descriptions, defaults, no further keys", () => {
  expect(jsonSchemaOf(schema, { title: "OT station", description: "nonreturn-ot" })).toMatchObject({
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
  const { properties } = jsonSchemaOf(z.strictObject({ a: duration, b: byteSize, c: hostPort })) as {
    properties: Record<string, { pattern: string; examples: string[] }>;
  };
  for (const { pattern, examples } of Object.values(properties)) {
    const expression = new RegExp(pattern);
    expect(examples.every((example) => expression.test(example))).toBe(true);
    expect(expression.test("100")).toBe(false);
  }
});

test("writing is durable, readable by everybody, and the same each time", () => {
  const path = join(temporaryFolder(), "ot.json");
  writeSchema(schema, path, { title: "OT station" });
  const first = readFileSync(path, "utf8");
  writeSchema(schema, path, { title: "OT station" });
  expect(readFileSync(path, "utf8")).toBe(first);
  expect(JSON.parse(first)).toMatchObject({ title: "OT station" });
  expect(statSync(path).mode & 0o777).toBe(0o644);
});
