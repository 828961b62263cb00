/** What a user writes about a calculated tag.
 *  YAML → [calculated section] → resolve calculated */
import { z } from "zod";
import { EXPRESSION_CHARACTERS } from "../tag/expression.ts";
import { tagShape } from "./tag-section.ts";

export const calculatedSection = z.strictObject({
  path: z.string().meta({ description: "the whole path: it is below no device", examples: ["hamburg/line-1/oee"] }),
  formerPath: tagShape.formerPath,
  expression: z
    .string()
    .min(1)
    .max(EXPRESSION_CHARACTERS)
    .meta({ description: "of the inputs by their names; see docs/tags.md", examples: ["good / total * 100"] }),
  inputs: z
    .record(
      z.string().regex(/^[A-Za-z_]\w{0,49}$/, { error: "is no name; write letters, digits and _, a letter first" }),
      z.string(),
    )
    .meta({ description: "names in the expression, and the whole paths of the tags they stand for" }),
  type: z.enum(["FLOAT64", "BOOLEAN"]).default("FLOAT64"),
  enabled: tagShape.enabled,
  unit: tagShape.unit,
  description: tagShape.description,
  range: tagShape.range,
  deadband: tagShape.deadband,
  maximumSilence: tagShape.maximumSilence,
  alarms: tagShape.alarms,
});
export type RawCalculated = z.output<typeof calculatedSection>;
