/** What a user writes about the link: where it goes and how fast.
 *  YAML → [link section] → OT station config */
import { isIP, isIPv6 } from "node:net";
import {
  dataRate,
  dataRateBetween,
  durationBetween,
  hardwareAddress,
  hostPort,
  interfaceName,
  percentBetween,
} from "@nonreturn/station";
import { DATAGRAM_OVERHEAD_BYTES } from "@nonreturn/wire-format";
import { z } from "zod";

const secondPass = z.strictObject({
  after: durationBetween("1s", "1d").prefault("60s").meta({ description: "every block is sent again so much later" }),
  rate: dataRate.optional().meta({ description: "what the second pass may take of the link; half of it if left out" }),
});

export const linkSection = z.strictObject({
  destination: hostPort
    .refine(({ host }) => isIP(host) !== 0, {
      error:
        'the far side\'s address cannot be looked up through a diode; write an IP address with port: "192.0.2.2:47000"',
    })
    .refine(({ port }) => port !== 0, { error: "port 0 is nowhere; write the port the IT station listens on" }),
  stream: z
    .int()
    .min(1)
    .max(0x7fff)
    .default(1)
    .meta({ description: "number of the data stream; only where one link carries several stations" }),
  rate: dataRateBetween("64kbit", "100Gbit").meta({ description: "what the link carries, Ethernet framing included" }),
  mtu: z
    .int()
    .min(576)
    .max(9000)
    .default(1500)
    .meta({ description: "largest IP packet of the link; 9000 for jumbo frames" }),
  redundancy: percentBetween("0%", "300%")
    .prefault("25%")
    .meta({ description: "repair symbols per hundred source symbols", examples: ["25%"] }),
  spread: durationBetween("0ms", "10s")
    .prefault("40ms")
    .meta({ description: "symbols of a block leave over this time; bursts of loss should be shorter" }),
  secondPass: z.union([z.literal("off"), secondPass]).prefault({}),
  bindAddress: z
    .string()
    .refine((text) => isIP(text) !== 0, {
      error: "is no IP address; write the address of this machine's port to the diode",
    })
    .optional()
    .meta({ description: "local address, where the machine has several" }),
  sourcePort: z
    .int()
    .min(1)
    .max(65_535)
    .optional()
    .meta({ description: "local port, so that the packet filter can name it; any if left out", examples: [47000] }),
  interface: interfaceName.optional(),
  neighbour: hardwareAddress.optional().meta({
    description: "hardware address of the far port: no one answers ARP through a diode",
    examples: ["02:00:00:00:00:02"],
  }),
});

export type RawLink = z.output<typeof linkSection>;

export interface LinkConfig {
  readonly destination: { readonly host: string; readonly port: number };
  readonly stream: number;
  readonly rate: number; // bit/s
  readonly mtu: number;
  readonly maxSymbolBytes: number;
  readonly redundancyPercent: number;
  readonly spreadMs: number;
  readonly secondPass: { readonly afterMs: number; readonly rate: number } | undefined;
  readonly bindAddress: string | undefined;
  readonly sourcePort: number | undefined;
  readonly interface: string | undefined;
  readonly neighbour: string | undefined;
}

export function linkConfig(raw: RawLink): LinkConfig {
  const { destination, stream, rate, mtu, redundancy, spread, secondPass: second, bindAddress } = raw;
  return {
    destination,
    stream,
    rate,
    mtu,
    maxSymbolBytes: symbolBytesAt(mtu, isIPv6(destination.host) ? "IPv6" : "IPv4"),
    redundancyPercent: redundancy,
    spreadMs: spread,
    secondPass: second === "off" ? undefined : { afterMs: second.after, rate: second.rate ?? Math.floor(rate / 2) },
    bindAddress,
    sourcePort: raw.sourcePort,
    interface: raw.interface,
    neighbour: raw.neighbour,
  };
}

/** Largest symbol at an MTU: 1408 at 1500, 1376 with IPv6, 8896 at 9000. */
export function symbolBytesAt(mtu: number, family: "IPv4" | "IPv6"): number {
  const room = mtu - (family === "IPv6" ? 40 : 20) - 8 - DATAGRAM_OVERHEAD_BYTES; // IP header, UDP header, ours
  return Math.floor(room / 16) * 16;
}
