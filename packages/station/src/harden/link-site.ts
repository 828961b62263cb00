/** What hardening and preflight need to know of one station's end of the link.
 *  station configuration → [link site] → harden files, preflight checks */
import { createHash } from "node:crypto";
import { isIPv6 } from "node:net";
import { z } from "zod";
import type { HostPort } from "../config/write-host-port.ts";
import { StationError } from "../station-error.ts";

export interface LinkSite {
  readonly side: "ot" | "it";
  readonly station: string;
  /** The network interface at the diode; nothing else uses it. */
  readonly interface: string;
  /** The one flow that exists: the OT station's address and port. */
  readonly source: HostPort;
  /** The IT station's address and port. */
  readonly destination: HostPort;
  /** Hardware address of the far port: nothing answers an address request through a diode. OT only. */
  readonly neighbour?: string;
  readonly mtu: number;
  /** Of the link's socket: send buffer (OT) or receive buffer (IT). */
  readonly bufferBytes: number;
}

/** Keys of `link` that only hardening and production mode need; both stations have them. */
export const interfaceName = z
  .string()
  .regex(/^[A-Za-z0-9][A-Za-z0-9_.-]{0,14}$/, { error: "is no interface name; `ip link` lists them" })
  .meta({ description: "network interface at the diode; harden and production mode need it", examples: ["diode0"] });

export const hardwareAddress = z
  .string()
  .regex(/^([0-9A-Fa-f]{2}:){5}[0-9A-Fa-f]{2}$/, {
    error: "is no hardware address; write six pairs of hexadecimal digits, in quotes: '02:00:00:00:00:02'",
  })
  .refine((text) => (Number.parseInt(text.slice(0, 2), 16) & 1) === 0, {
    error: "is a group's address; write the far port's own",
  })
  .transform((text) => text.toLowerCase());

export type AddressFamily = "IPv4" | "IPv6";

export function familyOf({ destination }: LinkSite): AddressFamily {
  return isIPv6(destination.host) ? "IPv6" : "IPv4";
}

export function nearOf({ side, source, destination }: LinkSite): HostPort {
  return side === "ot" ? source : destination;
}

export function farOf({ side, source, destination }: LinkSite): HostPort {
  return side === "ot" ? destination : source;
}

export function tableNameOf({ side }: LinkSite): string {
  return `nonreturn_${side}`;
}

/** Over everything the rules depend on, so that a table made for another configuration is recognised. */
export function siteDigest(site: LinkSite): string {
  const { side, interface: name, source, destination, neighbour = "" } = site;
  const parts = [side, name, source.host, source.port, destination.host, destination.port, neighbour];
  return createHash("sha256").update(JSON.stringify(parts)).digest("hex");
}

/** @throws {StationError} CONFIG_HARDEN naming every key of the configuration that is missing. */
export function demandKeys(missing: readonly string[]): void {
  if (missing.length === 0) return;
  throw new StationError({
    code: "CONFIG_HARDEN",
    what: `the link cannot be described to the machine: ${missing.join("; ")}`,
    where: "section link",
    action: "Write these keys; docs/silence.md shows a whole example.",
  });
}
