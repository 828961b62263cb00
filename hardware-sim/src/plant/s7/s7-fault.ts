/** What a simulated CPU can refuse, beside what its connection can suffer.
 *  scenario YAML, POST /fault → [S7 fault] → S7 device */
import { duration } from "@nonreturn/station";
import { z } from "zod";
import { parseS7Range } from "./s7-range.ts";

/** Return codes of one item. Source: Wireshark's packet-s7comm.c. */
export const ITEM_CODES = {
  "hardware-fault": 0x01,
  "access-denied": 0x03,
  "out-of-range": 0x05,
  "type-unsupported": 0x06,
  "type-inconsistent": 0x07,
  "no-such-block": 0x0a,
} as const;
export type ItemCodeName = keyof typeof ITEM_CODES;

const s7Range = z
  .string()
  .meta({ description: "bytes, both ends included, or a whole area", examples: ["DB1.50-59", "DB7", "M.10"] })
  .transform((text, context) => {
    const range = parseS7Range(text);
    if (range !== undefined) return range;
    context.issues.push({
      code: "custom",
      input: text,
      message: `${JSON.stringify(text)} is no range; write it like "DB1.50-59" or "DB7"`,
    });
    return z.NEVER;
  });

export const s7Faults = [
  z.strictObject({
    kind: z.literal("item-refused"),
    code: z.enum(Object.keys(ITEM_CODES) as [ItemCodeName, ...ItemCodeName[]]),
    range: s7Range.optional().meta({ description: "only items that touch these; all if left out" }),
    delay: duration.prefault("0ms"),
  }),
  z.strictObject({
    kind: z.literal("job-refused"),
    error: z
      .int()
      .min(1)
      .max(0xffff)
      .default(0x8104)
      .meta({ description: "error class and code; 0x8104 is what a CPU without PUT/GET says" }),
  }),
] as const;

export type S7Fault = z.output<(typeof s7Faults)[number]>;
