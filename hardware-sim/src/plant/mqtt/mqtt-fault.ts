/** What a simulated broker can suffer, beside what its connection can.
 *  scenario YAML, POST /fault → [MQTT fault] → MQTT device */
import { z } from "zod";

export const mqttFaults = [
  z.strictObject({
    kind: z.literal("mqtt-mute"),
    topics: z
      .string()
      .min(1)
      .optional()
      .meta({ description: "only topics that begin like this; all if left out", examples: ["line/1"] }),
  }),
  z.strictObject({
    kind: z.literal("sparkplug-death"),
    node: z.string().min(1).meta({ description: "edge node that dies, and is born again at the end" }),
    device: z.string().min(1).optional().meta({ description: "only this device behind it" }),
  }),
] as const;

export type MqttFault = z.output<(typeof mqttFaults)[number]>;
