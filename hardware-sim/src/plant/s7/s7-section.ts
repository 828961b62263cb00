/** What a scenario can say about an S7 CPU: its memory areas and the variables in them.
 *  scenario YAML → [S7 section] → S7 device */
import { duration } from "@nonreturn/station";
import { z } from "zod";
import { deviceShape, placedShape } from "../../scenario/device-shape.ts";
import { isAreaName, parseS7Place } from "./s7-range.ts";
import { S7_TYPES } from "./s7-type.ts";

const place = z
  .string()
  .meta({ description: "area and byte, with a bit for BOOL", examples: ["DB1.4", "DB1.0.3", "M.10", "I.0.7"] })
  .transform((text, context) => {
    const found = parseS7Place(text);
    if (found !== undefined) return found;
    context.issues.push({
      code: "custom",
      input: text,
      message: `${JSON.stringify(text)} is no place; write it like "DB1.4", "DB1.0.3" or "M.10"`,
    });
    return z.NEVER;
  });

const area = z.strictObject({
  area: z
    .string()
    .refine(isAreaName, { error: "is no area; write DB1, M, I, Q or P" })
    .meta({ examples: ["DB1", "M", "I", "Q"] }),
  bytes: z.int().min(1).max(65_536),
  fill: z
    .enum(["zero", "echo"])
    .default("zero")
    .meta({ description: "echo: every word holds its own address plus 257 times the number of the data block" }),
  access: z
    .enum(["standard", "optimized"])
    .default("standard")
    .meta({ description: "optimized: reads are refused as an S7-1500 refuses them" }),
});

const variable = z.strictObject({
  at: place,
  type: z.enum(S7_TYPES).optional().meta({ description: "BOOL where a bit is named, otherwise INT" }),
  length: z.int().min(1).max(254).default(20).meta({ description: "characters of a STRING or WSTRING" }),
  ...placedShape,
});

export const s7Section = z.strictObject({
  ...deviceShape,
  protocol: z.literal("s7"),
  rack: z.int().min(0).max(7).default(0),
  slot: z
    .int()
    .min(0)
    .max(31)
    .optional()
    .meta({ description: "connections to another slot are refused; any is accepted if left out" }),
  pdu: z.int().min(112).max(4096).default(240).meta({ description: "bytes of a PDU that are granted at most" }),
  jobs: z.int().min(1).max(64).default(4).meta({ description: "requests at a time that are granted at most" }),
  responseTime: duration.prefault("0ms"),
  areas: z.array(area).min(1).max(10_000),
  variables: z.array(variable).max(65_536).default([]),
});

export type AreaSettings = z.output<typeof area>;
export type VariableSettings = z.output<typeof variable>;
export type S7Settings = z.output<typeof s7Section>;
