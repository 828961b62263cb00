/** What a scenario can say about a broker: which topics are published, plain or as JSON, and which Sparkplug B edge nodes there are.
 *  scenario YAML → [MQTT section] → MQTT device */
import { durationBetween } from "@nonreturn/station";
import { z } from "zod";
import { deviceShape, placedShape } from "../../scenario/device-shape.ts";
import { INTEGER_TYPES } from "../held-value.ts";

const type = z.enum([...INTEGER_TYPES, "FLOAT32", "FLOAT64", "BOOLEAN", "STRING"]).default("FLOAT64");
const { count: _, ...placed } = placedShape;

const variable = z.strictObject({
  topic: z
    .string()
    .regex(/^[^+#$\p{Cc}][^+#\p{Cc}]{0,500}$/u, { error: "is no topic" })
    .meta({ examples: ["line/1/status"] }),
  pointer: z
    .string()
    .max(500)
    .regex(/^(\/([^~]|~[01])*)?$/, { error: 'is no JSON pointer; write it like "/motor/speed"' })
    .optional()
    .meta({ description: "where in the JSON of the payload; the payload is the value as text if left out" }),
  type,
  ...placed,
});

const id = z.string().regex(/^[^+#/!\p{Cc}]{1,100}$/u, { error: "is no Sparkplug id" });

const metric = z.strictObject({
  group: id,
  node: id,
  device: id.optional().meta({ description: "a device behind the node; the node's own metric if left out" }),
  metric: z.string().min(1).max(200),
  type,
  ...placed,
});

export const mqttSection = z.strictObject({
  ...deviceShape,
  protocol: z.literal("mqtt"),
  username: z.string().min(1).max(100).optional().meta({ description: "without this account nobody may connect" }),
  password: z.string().max(100).default(""),
  publish: durationBetween("10ms", "1h").prefault("1s").meta({ description: "everything is published so often" }),
  retain: z.boolean().default(false).meta({ description: "of topics; Sparkplug forbids it for its own" }),
  birthEvery: durationBetween("10ms", "1d")
    .prefault("30s")
    .meta({ description: "Sparkplug nodes and devices are born again so often" }),
  timestamp: z
    .string()
    .regex(/^(\/([^~]|~[01])*)+$/, { error: 'is no JSON pointer; write it like "/time"' })
    .optional()
    .meta({ description: "where every JSON payload has the start of the device's cycle, in ISO 8601" }),
  variables: z.array(variable).max(65_536).default([]),
  metrics: z.array(metric).max(65_536).default([]),
});

export type MqttVariableSettings = z.output<typeof variable>;
export type MetricSettings = z.output<typeof metric>;
export type MqttSettings = z.output<typeof mqttSection>;
