/** What a simulated OPC UA server can suffer, beside what its connection can.
 *  scenario YAML, POST /fault → [OPC UA fault] → OPC UA device */
import { z } from "zod";

export const opcuaFaults = [
  z.strictObject({
    kind: z.literal("opcua-status"),
    status: z
      .int()
      .min(1)
      .max(0xffff_ffff)
      .meta({ description: "status code of Part 4 that variables have: 0x808B0000 is BadDeviceFailure" }),
    variables: z
      .string()
      .min(1)
      .optional()
      .meta({ description: "only variables whose id begins like this; all if left out", examples: ["Line."] }),
  }),
] as const;

export type OpcuaFault = z.output<(typeof opcuaFaults)[number]>;
