/** What a simulated REST device can suffer, beside what its connection can.
 *  scenario YAML, POST /fault → [REST fault] → REST device */
import { z } from "zod";

export const restFaults = [
  z.strictObject({
    kind: z.literal("http-status"),
    status: z.int().min(200).max(599).meta({ description: "answered instead, with an empty body" }),
    paths: z
      .string()
      .min(1)
      .optional()
      .meta({ description: "only paths that begin like this; all if left out", examples: ["/status"] }),
  }),
] as const;

export type RestFault = z.output<(typeof restFaults)[number]>;
