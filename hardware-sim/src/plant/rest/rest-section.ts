/** What a scenario can say about a device with an HTTP interface: which paths it has and what is in their JSON.
 *  scenario YAML → [REST section] → REST device */
import { z } from "zod";
import { deviceShape, placedShape } from "../../scenario/device-shape.ts";
import { INTEGER_TYPES } from "../held-value.ts";

const jsonPlace = z
  .string()
  .max(500)
  .regex(/^(\/([^~]|~[01])*)?$/, { error: 'is no JSON pointer; write it like "/line/speed"' });

const path = z.string().regex(/^\/[!-"$->@-~]{0,500}$/, { error: "is no path; begin with /, without ? and #" });

const variable = z.strictObject({
  path: path.meta({ description: "of the resource; a query behind it is ignored", examples: ["/status"] }),
  pointer: jsonPlace.default("").meta({ description: "where in its JSON; the whole document if left out" }),
  type: z.enum([...INTEGER_TYPES, "FLOAT32", "FLOAT64", "BOOLEAN", "STRING"]).default("FLOAT64"),
  ...placedShape,
  count: z
    .int()
    .min(1)
    .max(16_384)
    .optional()
    .meta({ description: "an array of so many, each with its own randomness; a single value if left out" }),
});

export const restSection = z.strictObject({
  ...deviceShape,
  protocol: z.literal("rest"),
  username: z.string().min(1).max(100).optional().meta({ description: "without this account the answer is 401" }),
  password: z.string().max(100).default(""),
  token: z.string().min(1).max(1000).optional().meta({ description: "the same for a bearer token" }),
  timestamp: jsonPlace.optional().meta({
    description: "where every document has the start of the device's cycle, in ISO 8601",
    examples: ["/time"],
  }),
  variables: z.array(variable).max(65_536).default([]),
});

export type RestVariableSettings = z.output<typeof variable>;
export type RestSettings = z.output<typeof restSection>;
