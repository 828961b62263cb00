/** What a scenario, or somebody at run time, can let a simulated device suffer.
 *  scenario YAML, POST /fault → [fault section] → TCP front, Modbus device */
import { duration, durationBetween } from "@nonreturn/station";
import { z } from "zod";
import { parseRegisterRange } from "../plant/register-address.ts";

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

export const faultSection = z.discriminatedUnion("kind", [
  // Of the connection, whatever is spoken on it.
  z.strictObject({ kind: z.literal("slow"), delay: duration }),
  z.strictObject({ kind: z.literal("trickle"), interval: durationBetween("1ms", "1h").prefault("1s") }),
  z.strictObject({ kind: z.literal("refused") }),
  z.strictObject({ kind: z.literal("silent") }),
  z.strictObject({ kind: z.literal("half-open") }),
  z.strictObject({ kind: z.literal("reset"), after: z.int().min(0).max(65_536).default(4) }),
  z.strictObject({ kind: z.literal("garbage"), keep: z.int().min(0).max(65_536).default(0) }),
  // Of a Modbus unit behind it.
  z.strictObject({
    kind: z.literal("exception"),
    exception: z.enum(Object.keys(MODBUS_EXCEPTIONS) as [ModbusExceptionName, ...ModbusExceptionName[]]),
    unit: unit.optional().meta({ description: "all units if left out" }),
    registers: registerRange.optional().meta({ description: "only requests that touch these" }),
    delay: duration.prefault("0ms"),
  }),
  z.strictObject({ kind: z.literal("unit-silent"), unit }),
  z.strictObject({ kind: z.literal("unit-slow"), unit, delay: duration }),
]);

export type Fault = z.output<typeof faultSection>;
/** A fault of the TCP connection; the other kinds belong to the Modbus server. */
export type FrontFault = Extract<
  Fault,
  { kind: "slow" | "trickle" | "refused" | "silent" | "half-open" | "reset" | "garbage" }
>;
export type UnitFault = Exclude<Fault, FrontFault>;

export function isFrontFault(fault: Fault): fault is FrontFault {
  return fault.kind !== "exception" && fault.kind !== "unit-silent" && fault.kind !== "unit-slow";
}

/** Body of `POST /fault`. `"none"` ends everything the device suffers. */
export const faultRequest = z.strictObject({
  device: z.string().min(1),
  fault: z.union([z.literal("none"), faultSection]),
  for: durationBetween("1ms", "30d").optional().meta({ description: "until further notice if left out" }),
});

export const faultEvent = z
  .strictObject({
    at: duration.meta({ description: "since the start of the plant" }),
    for: durationBetween("1ms", "30d").optional().meta({ description: "until the end if left out" }),
    every: durationBetween("1ms", "30d").optional().meta({ description: "again and again, counted from `at`" }),
    device: z.string().min(1),
    fault: faultSection,
  })
  .refine((event) => event.every === undefined || (event.for !== undefined && event.every > event.for), {
    path: ["every"],
    message: "a fault that comes again needs an end before that; write `for` shorter than `every`",
  });

export type FaultEvent = z.output<typeof faultEvent>;
