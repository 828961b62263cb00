/** What a scenario can say about the plant: devices, their units, their registers, and what goes wrong when.
 *  scenario YAML → [plant section] → startPlant */
import { duration, durationBetween, hostPort } from "@nonreturn/station";
import { z } from "zod";
import { parseRegisterAddress } from "../plant/register-address.ts";
import { BYTE_ORDERS, BYTE_ORDERS_64, NUMERIC_TYPES } from "../plant/register-value.ts";
import { faultEvent, registerRange } from "./fault-section.ts";
import { signalSection } from "./signal-section.ts";

const byteOrder = z
  .enum(BYTE_ORDERS)
  .meta({ description: "ABCD is big-endian, CDAB the low word first, BADC bytes swapped, DCBA both" });

const byteOrder64 = z
  .enum(BYTE_ORDERS_64)
  .meta({ description: "of 64-bit values, where it does not follow from byteOrder" });

const registerAddress = z
  .string()
  .meta({
    description: "table and zero-based address, with a bit where wanted",
    examples: ["hr:100", "ir:7", "co:5", "di:0", "hr:10.3"],
  })
  .transform((text, context) => {
    const address = parseRegisterAddress(text);
    if (address !== undefined) return address;
    context.issues.push({
      code: "custom",
      input: text,
      message: `${JSON.stringify(text)} is no register; write it like "hr:100", "di:5" or "hr:10.3"`,
    });
    return z.NEVER;
  });

const register = z.strictObject({
  at: registerAddress,
  name: z.string().min(1).max(200).optional().meta({ description: "for the truth record; the address if left out" }),
  type: z
    .enum([...NUMERIC_TYPES, "BOOLEAN", "STRING"])
    .optional()
    .meta({ description: "BOOLEAN for coils, discrete inputs and single bits, otherwise UINT16" }),
  byteOrder: byteOrder.optional(),
  byteOrder64: byteOrder64.optional(),
  scale: z
    .number()
    .positive()
    .default(1)
    .meta({ description: "engineering units per raw count of an integer: 0.1 serves 23.4 as 234" }),
  length: z.int().min(1).max(250).default(16).meta({ description: "bytes of a STRING; two fit one register" }),
  count: z.int().min(1).max(65_536).default(1).meta({ description: "so many in a row, each with its own randomness" }),
  signal: z
    .union([z.string(), signalSection])
    .meta({ description: "a signal, or the name of one of the device's signals" }),
});

const unit = z.strictObject({
  unit: z.int().min(0).max(255).default(1),
  byteOrder: byteOrder.optional(),
  byteOrder64: byteOrder64.optional(),
  maxRegisters: z
    .int()
    .min(1)
    .max(125)
    .default(125)
    .meta({ description: "larger reads are refused, as small PLCs do (exception 3)" }),
  responseTime: duration.prefault("0ms"),
  unmapped: z.enum(["exception", "zero", "echo"]).default("exception").meta({
    description: "answer for registers nothing is said about: exception 2, zero, or the register's own address",
  }),
  echo: z
    .array(registerRange)
    .max(1000)
    .default([])
    .meta({ description: "registers that answer with their own address (bits: its parity)" }),
  illegal: z
    .array(registerRange)
    .max(1000)
    .default([])
    .meta({ description: "registers that make every request that touches them fail (exception 2)" }),
  registers: z.array(register).max(65_536).default([]),
});

const device = z.strictObject({
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
  byteOrder: byteOrder.default("ABCD"),
  byteOrder64: byteOrder64.optional(),
  signals: z.record(z.string(), signalSection).default({}).meta({ description: "signals that several registers show" }),
  units: z.array(unit).min(1).max(256),
});

/** Each key by itself; what needs several of them is checked in check-plant.ts. */
export const uncheckedPlantSection = z.strictObject({
  devices: z.array(device).min(1).max(1000),
  timeline: z.array(faultEvent).max(10_000).default([]),
});

export type RegisterSettings = z.output<typeof register>;
export type UnitSettings = z.output<typeof unit>;
export type DeviceSettings = z.output<typeof device>;
export type PlantSettings = z.output<typeof uncheckedPlantSection>;
