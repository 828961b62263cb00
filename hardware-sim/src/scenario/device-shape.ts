/** What a scenario says about every device, whatever protocol it speaks.
 *  scenario YAML → [device shape] → device section of each protocol */
import { durationBetween, hostPort } from "@nonreturn/station";
import { z } from "zod";
import { signalSection } from "./signal-section.ts";

export const deviceShape = {
  name: z.string().min(1).max(100),
  listen: hostPort.prefault("127.0.0.1:0").meta({ description: "port 0 takes a free one" }),
  maxConnections: z
    .int()
    .min(1)
    .max(10_000)
    .default(64)
    .meta({ description: "more are closed at once; small PLCs allow 2 to 16" }),
  cycle: durationBetween("1ms", "1h")
    .prefault("10ms")
    .meta({ description: "the PLC's own cycle: values change only then" }),
  signals: z.record(z.string(), signalSection).default({}).meta({ description: "signals that several variables show" }),
} satisfies z.ZodRawShape;

/** Of an entry that places values in a device. */
export const placedShape = {
  name: z.string().min(1).max(200).optional().meta({ description: "for the truth record; the address if left out" }),
  scale: z
    .number()
    .positive()
    .default(1)
    .meta({ description: "engineering units per raw count of an integer: 0.1 serves 23.4 as 234" }),
  count: z.int().min(1).max(65_536).default(1).meta({ description: "so many in a row, each with its own randomness" }),
  signal: z
    .union([z.string(), signalSection])
    .meta({ description: "a signal, or the name of one of the device's signals" }),
} satisfies z.ZodRawShape;
