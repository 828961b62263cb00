/** What a unit of a simulated Modbus device can suffer, beside what its connection can.
 *  scenario YAML, POST /fault → [modbus fault] → Modbus device */
import { duration } from "@nonreturn/station";
import { z } from "zod";
import { parseRegisterRange } from "./register-address.ts";

/** Modbus application protocol V1.1b3 §7. */
export const MODBUS_EXCEPTIONS = {
  "illegal-function": 1,
  "illegal-data-address": 2,
  "illegal-data-value": 3,
  "device-failure": 4,
  acknowledge: 5,
  busy: 6,
  "memory-parity": 8,
  "gateway-path": 10,
  "gateway-target": 11,
} as const;
export type ModbusExceptionName = keyof typeof MODBUS_EXCEPTIONS;

/** Zod's own wording of a missed pattern shows the pattern; this says what to write. */
export const registerRange = z
  .string()
  .meta({ description: "registers, both ends included", examples: ["hr:500-599", "co:7"] })
  .transform((text, context) => {
    const range = parseRegisterRange(text);
    if (range !== undefined) return range;
    context.issues.push({
      code: "custom",
      input: text,
      message: `${JSON.stringify(text)} is no register range; write it like "hr:500-599"`,
    });
    return z.NEVER;
  });

const unit = z.int().min(0).max(255);

export const modbusFaults = [
  z.strictObject({
    kind: z.literal("exception"),
    exception: z.enum(Object.keys(MODBUS_EXCEPTIONS) as [ModbusExceptionName, ...ModbusExceptionName[]]),
    unit: unit.optional().meta({ description: "all units if left out" }),
    registers: registerRange.optional().meta({ description: "only requests that touch these" }),
    delay: duration.prefault("0ms"),
  }),
  z.strictObject({ kind: z.literal("unit-silent"), unit }),
  z.strictObject({ kind: z.literal("unit-slow"), unit, delay: duration }),
] as const;

export type ModbusFault = z.output<(typeof modbusFaults)[number]>;
