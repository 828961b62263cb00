/** What a simulated controller can suffer, beside what its connection can.
 *  scenario YAML, POST /fault → [EtherNet/IP fault] → EtherNet/IP device */
import { duration } from "@nonreturn/station";
import { z } from "zod";

export const ethernetIpFaults = [
  z.strictObject({
    kind: z.literal("cip-status"),
    status: z.int().min(1).max(255).meta({ description: "CIP general status: 5 no such tag, 16 controller faulted" }),
    extended: z.int().min(0).max(65_535).optional(),
    tags: z
      .string()
      .min(1)
      .optional()
      .meta({ description: "only tags that begin like this; all if left out", examples: ["Program:Main.Motor"] }),
  }),
  z.strictObject({ kind: z.literal("cip-silent") }),
  z.strictObject({ kind: z.literal("cip-slow"), delay: duration }),
] as const;

export type EthernetIpFault = z.output<(typeof ethernetIpFaults)[number]>;
