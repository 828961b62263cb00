/** What a user writes for an S7 CPU and its tags, beyond what every device and tag has.
 *  YAML → [config] → S7 driver */
import { durationBetween } from "@nonreturn/station";
import { z } from "zod";

const tsap = z
  .string()
  .regex(/^[0-9a-fA-F]{2}\.[0-9a-fA-F]{2}$/, { error: 'is no TSAP; write four hexadecimal digits like "03.01"' })
  .transform((text) => Number.parseInt(text.replace(".", ""), 16));

/** Upper byte of the TSAP that a CPU serves. */
const CONNECTION_TYPES = { pg: 1, op: 2, basic: 3 } as const;

export const s7DeviceShape = {
  host: z
    .string()
    .min(1)
    .max(253)
    .meta({ description: "IP address or name of the CPU or its Ethernet module", examples: ["192.0.2.20"] }),
  port: z.int().min(1).max(65_535).default(102).meta({ description: "TCP port; 102 in every CPU" }),
  rack: z.int().min(0).max(7).default(0).meta({ description: "0 unless the CPU is in an expansion rack" }),
  slot: z
    .int()
    .min(0)
    .max(31)
    .default(1)
    .meta({ description: "of the CPU: 1 for S7-1200 and 1500, 2 for S7-300, as configured for S7-400" }),
  connection: z
    .enum(["pg", "op", "basic"])
    .default("pg")
    .meta({ description: "which of the CPU's connection resources is taken" }),
  localTsap: tsap.prefault("01.00").meta({ description: "of this station", examples: ["01.00"] }),
  remoteTsap: tsap.optional().meta({
    description: "instead of connection, rack and slot, for a CPU that asks for its own",
    examples: ["02.00"],
  }),
  timeout: durationBetween("10ms", "60s").prefault("2s").meta({ description: "wait so long for a reply" }),
  connectTimeout: durationBetween("10ms", "60s")
    .prefault("5s")
    .meta({ description: "wait so long for the connection, the S7 handshake included" }),
  maxPdu: z
    .int()
    .min(112)
    .max(4096)
    .default(960)
    .meta({ description: "bytes of a PDU that are asked for; the CPU grants 240 to 960" }),
  requestsInFlight: z
    .int()
    .min(1)
    .max(16)
    .default(4)
    .meta({ description: "requests sent before the first is answered, if the CPU grants so many" }),
  maxGap: z
    .int()
    .min(0)
    .max(900)
    .default(16)
    .meta({ description: "read so many bytes nobody wants rather than name another range" }),
  badAddressRetry: durationBetween("1s", "1d")
    .prefault("60s")
    .meta({ description: "ask again so rarely for an address that the CPU refused" }),
} satisfies z.ZodRawShape;

const s7Device = z.object(s7DeviceShape);
export type S7DeviceConfig = z.output<typeof s7Device>;

export const s7TagShape = {
  encoding: z
    .enum(["latin1", "utf-8"])
    .optional()
    .meta({ description: "of a STRING or CHAR; latin1 if left out, as Siemens writes it" }),
} satisfies z.ZodRawShape;

export const s7Tag = z.object(s7TagShape);

/** Source: Siemens, "TSAP in connection configuration": resource, then rack · 32 + slot. */
export function remoteTsapOf({ remoteTsap, connection, rack, slot }: S7DeviceConfig): number {
  return remoteTsap ?? (CONNECTION_TYPES[connection] << 8) | (rack << 5) | slot;
}
