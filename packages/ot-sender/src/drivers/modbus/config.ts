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

/** What every way of carrying Modbus has. */
const requestShape = {
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
  connectDelay: durationBetween("0ms", "60s")
    .prefault("0ms")
    .meta({ description: "wait so long after connecting before the first request" }),
  requestDelay: durationBetween("0ms", "10s")
    .prefault("0ms")
    .meta({ description: "wait so long between a reply and the next request on the same connection" }),
  retries: z.int().min(0).max(5).default(0).meta({ description: "ask again so often after a time-out" }),
  busyRetries: z.int().min(0).max(10).default(3).meta({ description: "ask a busy device again so often" }),
  busyDelay: durationBetween("1ms", "10s").prefault("100ms").meta({ description: "wait so long before that" }),
  coalesce: z
    .enum(["blocks", "never"])
    .default("blocks")
    .meta({ description: "never: a request for each tag, for devices that refuse to answer blocks" }),
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

const host = z
  .string()
  .min(1)
  .max(253)
  .meta({ description: "IP address or name of the device", examples: ["192.0.2.10"] });

export const modbusDeviceShape = {
  host,
  port: z.int().min(1).max(65_535).default(502).meta({ description: "TCP port of the device" }),
  requestsInFlight: z
    .int()
    .min(1)
    .max(16)
    .default(1)
    .meta({ description: "requests sent before the first is answered; most devices want 1" }),
  ...requestShape,
} satisfies z.ZodRawShape;

/** RTU frames carry no transaction id: which request a reply belongs to is known by its time only. */
const rtuShape = {
  ...requestShape,
  lateReply: durationBetween("0ms", "60s").prefault("1s").meta({
    description: "a unit that did not answer is asked again once its late reply came, or so long after the time-out",
  }),
} satisfies z.ZodRawShape;

export const modbusRtuOverTcpDeviceShape = {
  host,
  port: z.int().min(1).max(65_535).meta({ description: "TCP port of the serial device server" }),
  ...rtuShape,
} satisfies z.ZodRawShape;

export const modbusRtuDeviceShape = {
  serialPort: z
    .string()
    .min(1)
    .max(200)
    .regex(/^[^\p{Cc}\p{Cs}]+$/u, { error: "contains a character that cannot be seen; remove it" })
    .meta({
      description: "the serial line",
      examples: ["/dev/ttyS0", "/dev/serial/by-id/usb-FTDI_FT232R_USB_UART_A50285BI-if00-port0"],
    }),
  baudRate: z.int().min(300).max(921_600).default(19_200).meta({ description: "as every device on the line has it" }),
  parity: z.enum(["even", "odd", "none"]).default("even"),
  stopBits: z
    .literal([1, 2])
    .optional()
    .meta({ description: "1, or 2 with parity none, if left out: a character has 11 bits" }),
  ...rtuShape,
  requestDelay: durationBetween("0ms", "10s")
    .optional()
    .meta({ description: "silence between a reply and the next request; 3.5 characters, at least 2ms, if left out" }),
} satisfies z.ZodRawShape;

const modbusRtuDevice = z.object(modbusRtuDeviceShape);
export type ModbusRtuDeviceConfig = z.output<typeof modbusRtuDevice>;

const modbusRtuOverTcpDevice = z.object(modbusRtuOverTcpDeviceShape);
export type ModbusRtuOverTcpDeviceConfig = z.output<typeof modbusRtuOverTcpDevice>;

const modbusTcpDevice = z.object(modbusDeviceShape);
export type ModbusTcpDeviceConfig = z.output<typeof modbusTcpDevice>;

const requests = z.object(requestShape);
/** What the driver needs to know of a device, however its requests get there. */
export type ModbusDeviceConfig = z.output<typeof requests> & {
  readonly requestsInFlight: number;
  /** RTU only. */
  readonly lateReply?: number | undefined;
};

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
