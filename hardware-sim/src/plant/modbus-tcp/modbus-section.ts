/** What a scenario can say about a Modbus device: its units and their registers.
 *  scenario YAML → [modbus section] → Modbus device */
import { duration } from "@nonreturn/station";
import { z } from "zod";
import { deviceShape, placedShape } from "../../scenario/device-shape.ts";
import { registerRange } from "./modbus-fault.ts";
import { parseRegisterAddress } from "./register-address.ts";
import { BYTE_ORDERS, BYTE_ORDERS_64, NUMERIC_TYPES } from "./register-value.ts";

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
  type: z
    .enum([...NUMERIC_TYPES, "BOOLEAN", "STRING"])
    .optional()
    .meta({ description: "BOOLEAN for coils, discrete inputs and single bits, otherwise UINT16" }),
  byteOrder: byteOrder.optional(),
  byteOrder64: byteOrder64.optional(),
  length: z.int().min(1).max(250).default(16).meta({ description: "bytes of a STRING; two fit one register" }),
  ...placedShape,
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

export const modbusSection = z.strictObject({
  ...deviceShape,
  protocol: z.literal("modbus-tcp").optional().meta({ description: "modbus-tcp if left out" }),
  framing: z.enum(["mbap", "rtu"]).default("mbap").meta({
    description: "rtu: the frames of a serial line, with checksum, as a serial device server passes them on by TCP",
  }),
  byteOrder: byteOrder.default("ABCD"),
  byteOrder64: byteOrder64.optional(),
  units: z.array(unit).min(1).max(256),
});

export type RegisterSettings = z.output<typeof register>;
export type UnitSettings = z.output<typeof unit>;
export type ModbusSettings = z.output<typeof modbusSection>;
