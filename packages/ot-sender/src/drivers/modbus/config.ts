/** What a user writes for a Modbus device and its tags, beyond what every device and tag has.
 *  YAML → [config] → modbus driver */
import { durationBetween } from "@nonreturn/station";
import { z } from "zod";
import { BYTE_ORDERS, BYTE_ORDERS_64 } from "./byte-order.ts";

const byteOrder = z.enum(BYTE_ORDERS).meta({
  description: "ABCD is big-endian, CDAB the low register first, BADC bytes swapped in each register, DCBA both",
});
const byteOrder64 = z
  .enum(BYTE_ORDERS_64)
  .meta({ description: "of 64-bit values, where it does not follow from byteOrder" });

export const modbusDeviceShape = {
  host: z
    .string()
    .min(1)
    .max(253)
    .meta({ description: "IP address or name of the device", examples: ["192.0.2.10"] }),
  port: z.int().min(1).max(65_535).default(502).meta({ description: "TCP port of the device" }),
  unit: z
    .int()
    .min(0)
    .max(255)
    .default(1)
    .meta({ description: "unit id (slave address) where the address names none" }),
  byteOrder: byteOrder.default("ABCD"),
  byteOrder64: byteOrder64.optional(),
  timeout: durationBetween("10ms", "60s").prefault("1s").meta({ description: "wait so long for a reply" }),
  connectTimeout: durationBetween("10ms", "60s")
    .prefault("3s")
    .meta({ description: "wait so long for the connection" }),
  retries: z.int().min(0).max(5).default(0).meta({ description: "ask again so often after a time-out" }),
  busyRetries: z.int().min(0).max(10).default(3).meta({ description: "ask a busy device again so often" }),
  busyDelay: durationBetween("1ms", "10s").prefault("100ms").meta({ description: "wait so long before that" }),
  requestsInFlight: z
    .int()
    .min(1)
    .max(16)
    .default(1)
    .meta({ description: "requests sent before the first is answered; most devices want 1" }),
  maxRegisters: z.int().min(1).max(125).default(125).meta({ description: "registers per request" }),
  maxBits: z.int().min(1).max(2000).default(2000).meta({ description: "coils or discrete inputs per request" }),
  maxGapRegisters: z
    .int()
    .min(0)
    .max(124)
    .default(16)
    .meta({ description: "read so many registers nobody wants rather than make a second request" }),
  maxGapBits: z.int().min(0).max(1999).default(128).meta({ description: "the same for coils and discrete inputs" }),
  badAddressRetry: durationBetween("1s", "1d")
    .prefault("60s")
    .meta({ description: "ask again so rarely for an address that the device refused" }),
} satisfies z.ZodRawShape;

const modbusDevice = z.object(modbusDeviceShape);
export type ModbusDeviceConfig = z.output<typeof modbusDevice>;

export const modbusTagShape = {
  byteOrder: byteOrder.optional(),
  byteOrder64: byteOrder64.optional(),
  length: z.int().min(1).max(250).optional().meta({ description: "bytes of a STRING or BYTES; two fit one register" }),
  charOrder: z
    .enum(["AB", "BA"])
    .optional()
    .meta({ description: "of STRING and BYTES: AB high byte first, BA low byte first; follows byteOrder if left out" }),
  encoding: z.enum(["utf-8", "latin1"]).optional().meta({ description: "of a STRING; utf-8 if left out" }),
  byte: z
    .enum(["low", "high"])
    .optional()
    .meta({ description: "which half of the register an INT8 or UINT8 is; low if left out" }),
} satisfies z.ZodRawShape;

export const modbusTag = z.object(modbusTagShape);
export type ModbusTagOptions = z.output<typeof modbusTag>;
