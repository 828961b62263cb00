/** What a user writes about a tag, whatever the driver.
 *  YAML → [tag section] → tag settings */
import { durationBetween, percent } from "@nonreturn/station";
import { DATA_TYPES, type DataType } from "@nonreturn/wire-format";
import { z } from "zod";
import { alarmsSection } from "./alarm-section.ts";

export const maximumSilence = z
  .union([z.literal("off"), durationBetween("100ms", "7d")])
  .meta({ description: "an unchanged value is reported at least this often, or off" });

const finite = z.number();

export const tagShape = {
  path: z.string().meta({
    description: "name, in segments from the outermost inwards; below the device's path if it has one",
    examples: ["steam/temperature"],
  }),
  formerPath: z
    .string()
    .optional()
    .meta({ description: "the name it had before, below the device's path too: it keeps its tag id" }),
  address: z
    .string({
      error: (issue) =>
        typeof issue.input === "number"
          ? 'an address is text; write it in quotes, digit by digit: "400101"'
          : undefined,
    })
    .meta({ description: "where the driver finds it; see docs/drivers.md", examples: ["hr:100"] }),
  type: z.enum(DATA_TYPES).optional().meta({ description: "of the value in the device" }),
  enabled: z.boolean().default(true),
  unit: z
    .string()
    .max(64)
    .default("")
    .meta({ description: "engineering unit", examples: ["°C", "bar"] }),
  description: z.string().max(1000).default(""),
  scanClass: z.string().optional().meta({ description: "one of scanClasses; the device's if left out" }),
  range: z
    .tuple([finite, finite])
    .optional()
    .meta({ description: "engineering range, low and high", examples: [[0, 100]] }),
  scale: finite.optional().meta({ description: "engineering units per raw count", examples: [0.1] }),
  offset: finite.optional().meta({ description: "added after scale", examples: [-40] }),
  rawRange: z
    .tuple([finite, finite])
    .optional()
    .meta({
      description: "raw values that mean the ends of range, instead of scale and offset",
      examples: [[0, 27648]],
    }),
  outsideRange: z
    .enum(["keep", "clamp"])
    .default("keep")
    .meta({ description: "clamp: a value outside range becomes its nearer end, and Uncertain" }),
  deadband: z
    .union([
      z.number().nonnegative({ error: "a deadband is 0 or more; write 0.5 or 1%" }),
      percent.transform((share) => ({ percentOfRange: share })),
    ])
    .optional()
    .meta({
      description: "changes up to this are not reported: engineering units, or percent of range",
      examples: [0.5, "1%"],
    }),
  maximumSilence: maximumSilence.optional(),
  alarms: alarmsSection.optional().meta({ description: "limits and states to report as alarms; see docs/alarms.md" }),
} satisfies z.ZodRawShape;

const tag = z.object(tagShape);

/** A tag as parsed, driver's keys included. */
export type RawTag = z.output<typeof tag> & Readonly<Record<string, unknown>>;
export type { DataType };
