/** What a scenario, or somebody at run time, can let a simulated device suffer.
 *  scenario YAML, POST /fault → [fault section] → TCP front, simulated device */
import { duration, durationBetween } from "@nonreturn/station";
import { z } from "zod";
import { ethernetIpFaults } from "../plant/ethernet-ip/ethernet-ip-fault.ts";
import { modbusFaults } from "../plant/modbus-tcp/modbus-fault.ts";
import { mqttFaults } from "../plant/mqtt/mqtt-fault.ts";
import { opcuaFaults } from "../plant/opcua/opcua-fault.ts";
import { restFaults } from "../plant/rest/rest-fault.ts";
import { s7Faults } from "../plant/s7/s7-fault.ts";

/** Of the connection, whatever is spoken on it. */
const frontFaults = [
  z.strictObject({ kind: z.literal("slow"), delay: duration }),
  z.strictObject({ kind: z.literal("trickle"), interval: durationBetween("1ms", "1h").prefault("1s") }),
  z.strictObject({ kind: z.literal("refused") }),
  z.strictObject({ kind: z.literal("silent") }),
  z.strictObject({ kind: z.literal("half-open") }),
  z.strictObject({ kind: z.literal("reset"), after: z.int().min(0).max(65_536).default(4) }),
  z.strictObject({ kind: z.literal("garbage"), keep: z.int().min(0).max(65_536).default(0) }),
] as const;

/** Then those of each protocol, by kinds of its own. */
export const faultSection = z.discriminatedUnion("kind", [
  ...frontFaults,
  ...modbusFaults,
  ...s7Faults,
  ...ethernetIpFaults,
  ...opcuaFaults,
  ...restFaults,
  ...mqttFaults,
]);

export type Fault = z.output<typeof faultSection>;
/** A fault of the TCP connection; the other kinds belong to the server behind it. */
export type FrontFault = z.output<(typeof frontFaults)[number]>;
export type ServerFault = Exclude<Fault, FrontFault>;

const FRONT_KINDS: ReadonlySet<string> = new Set(frontFaults.map(({ shape }) => shape.kind.value));

export function isFrontFault(fault: Fault): fault is FrontFault {
  return FRONT_KINDS.has(fault.kind);
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
