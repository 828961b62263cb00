/** What a user writes for a Logix or Micro800 controller and its tags, beyond what every device and tag has.
 *  YAML → [config] → EtherNet/IP driver */
import { durationBetween } from "@nonreturn/station";
import { z } from "zod";
import { parseRoute } from "./route.ts";

export const ethernetIpDeviceShape = {
  host: z
    .string()
    .min(1)
    .max(253)
    .meta({ description: "IP address or name of the controller, or of its Ethernet module", examples: ["192.0.2.20"] }),
  port: z.int().min(1).max(65_535).default(44_818).meta({ description: "TCP port of the controller" }),
  family: z
    .enum(["logix", "micro800"])
    .default("logix")
    .meta({ description: "logix: ControlLogix, CompactLogix, GuardLogix; micro800: Micro820, 850, 870" }),
  slot: z
    .int()
    .min(0)
    .max(63)
    .optional()
    .meta({ description: "slot of the controller in its chassis; 0 if left out, and of no meaning for micro800" }),
  route: z
    .string()
    .max(200)
    .optional()
    .transform((text, context) => {
      if (text === undefined) return undefined;
      const route = parseRoute(text);
      if (!("mistake" in route)) return text;
      context.issues.push({ code: "custom", input: text, message: route.mistake });
      return z.NEVER;
    })
    .meta({
      description:
        "the whole way to the controller instead of slot: port and address of each hop, 1 being the backplane and 2 the network",
      examples: ["1,0", "1,2,2,192.0.2.30,1,0"],
    }),
  connection: z.enum(["auto", "large", "small", "unconnected"]).default("auto").meta({
    description:
      "CIP connection: large 4000 bytes, small 500, unconnected none; auto takes the first that the device grants",
  }),
  timeout: durationBetween("10ms", "60s").prefault("1s").meta({ description: "wait so long for a reply" }),
  connectTimeout: durationBetween("10ms", "60s")
    .prefault("3s")
    .meta({ description: "wait so long for the connection, and for each step of opening it" }),
  retries: z.int().min(0).max(5).default(0).meta({ description: "ask again so often after a time-out" }),
  badAddressRetry: durationBetween("1s", "1d")
    .prefault("60s")
    .meta({ description: "ask again so rarely for a tag that the controller refused" }),
} satisfies z.ZodRawShape;

const ethernetIpDevice = z.object(ethernetIpDeviceShape);
export type EthernetIpDeviceConfig = z.output<typeof ethernetIpDevice>;

export const ethernetIpTagShape = {
  encoding: z.enum(["utf-8", "latin1"]).optional().meta({ description: "of a STRING; utf-8 if left out" }),
} satisfies z.ZodRawShape;

export const ethernetIpTag = z.object(ethernetIpTagShape);
