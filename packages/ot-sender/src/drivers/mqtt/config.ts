/** What a user writes for an MQTT broker and its tags, beyond what every device and tag has.
 *  YAML → [config] → MQTT driver */
import { durationBetween } from "@nonreturn/station";
import { z } from "zod";
import { TIME_FORMATS } from "../json-time.ts";
import { accountShape, tlsShape } from "../login.ts";
import { filterMistake } from "./address.ts";

const pointer = z
  .string()
  .max(1000)
  .regex(/^(\/([^~]|~[01])*)?$/, { error: 'is no JSON pointer; write it like "/status/time"' });

const timestamp = pointer.optional().meta({
  description: "JSON pointer to the time in the payload; the time of arrival if left out",
  examples: ["/time"],
});
const timeFormat = z
  .enum(TIME_FORMATS)
  .meta({ description: "iso: ISO 8601; s, ms, us: seconds, milliseconds, microseconds since 1970 UTC" });
const staleAfter = durationBetween("100ms", "30d")
  .optional()
  .meta({ description: "without a message for so long the tag becomes Bad; never if left out" });

export const mqttDeviceShape = {
  host: z
    .string()
    .min(1)
    .max(253)
    .meta({ description: "IP address or name of the broker", examples: ["192.0.2.70"] }),
  port: z.int().min(1).max(65_535).optional().meta({ description: "1883, or 8883 with TLS, if left out" }),
  tls: z.enum(["off", "on"]).default("off"),
  protocol: z.enum(["3.1.1", "5"]).default("3.1.1").meta({ description: "MQTT version" }),
  clientId: z
    .string()
    .regex(/^[^\p{Cc}\p{Cs}]{1,128}$/u, { error: "contains a character that cannot be seen; remove it" })
    .optional()
    .meta({ description: "must differ from every other client of the broker; nonreturn-ot-NAME if left out" }),
  ...accountShape,
  ...tlsShape,
  qos: z.literal([0, 1]).default(1).meta({ description: "of the subscriptions" }),
  session: z.enum(["clean", "persistent"]).default("clean").meta({
    description: "persistent: the broker keeps what comes with QoS 1 while the station is away",
  }),
  sessionExpiry: durationBetween("1s", "365d")
    .prefault("1d")
    .meta({ description: "of a persistent session of MQTT 5; with 3.1.1 the broker's own setting counts" }),
  filters: z
    .array(
      z.string().superRefine((text, context) => {
        const message = filterMistake(text);
        if (message !== undefined) context.addIssue({ code: "custom", message });
      }),
    )
    .max(1000)
    .default([])
    .meta({ description: "subscribe to these instead of every topic by itself; + and # are wildcards" }),
  retained: z.enum(["uncertain", "good", "ignore"]).default("uncertain").meta({
    description: "what a retained message without a time of its own is worth: nobody knows how old it is",
  }),
  timestamp,
  timeFormat: timeFormat.default("iso"),
  staleAfter,
  maxPayloadBytes: z
    .int()
    .min(100)
    .max(16_777_216)
    .default(262_144)
    .meta({ description: "longer messages are dropped unread, and counted" }),
  keepAlive: durationBetween("1s", "18h")
    .prefault("15s")
    .meta({ description: "a silent broker is given up after 1.5 times this" }),
  timeout: durationBetween("10ms", "60s")
    .prefault("5s")
    .meta({ description: "wait so long for the broker to confirm subscriptions" }),
  connectTimeout: durationBetween("10ms", "60s")
    .prefault("5s")
    .meta({ description: "wait so long for connection, TLS and login together" }),
  readWait: durationBetween("100ms", "1h")
    .prefault("10s")
    .meta({ description: "`nonreturn-ot read` and `browse` wait so long for messages" }),
} satisfies z.ZodRawShape;

const mqttDevice = z.object(mqttDeviceShape);
export type MqttDeviceConfig = z.output<typeof mqttDevice>;

export function portOf({ tls, port }: MqttDeviceConfig): number {
  return port ?? (tls === "on" ? 8883 : 1883);
}

export const mqttTagShape = {
  timestamp: pointer.optional().meta({ description: "JSON pointer to the time of this value in the payload" }),
  timeFormat: timeFormat.optional(),
  staleAfter,
} satisfies z.ZodRawShape;

const mqttTag = z.object(mqttTagShape);
export type MqttTagOptions = z.output<typeof mqttTag>;
