/** The OT station's end of the link, as hardening and preflight need it.
 *  OT station config → [OT link site] → harden files, link checks */
import { isIPv6 } from "node:net";
import { demandKeys, type LinkSite } from "@nonreturn/station";
import type { OtStationConfig } from "../config/ot-station-config.ts";
import { SEND_BUFFER_BYTES } from "../egress/send-buffer.ts";

/** @throws {StationError} CONFIG_HARDEN if a key is missing that only hardening needs. */
export function otLinkSite({ station, link }: OtStationConfig): LinkSite {
  const { interface: device, bindAddress, sourcePort, neighbour } = link;
  demandKeys([
    ...(device === undefined ? ["interface is missing (this machine's port to the diode)"] : []),
    ...(bindAddress === undefined ? ["bindAddress is missing (this machine's address on the link)"] : []),
    ...(sourcePort === undefined ? ["sourcePort is missing (any free port, so that the filter can name it)"] : []),
    ...(neighbour === undefined ? ["neighbour is missing (hardware address of the far port)"] : []),
    ...(bindAddress !== undefined && isIPv6(bindAddress) !== isIPv6(link.destination.host)
      ? ["bindAddress and destination are of different IP versions"]
      : []),
  ]);
  return {
    side: "ot",
    station: station.name,
    interface: device ?? "",
    source: { host: bindAddress ?? "", port: sourcePort ?? 0 },
    destination: link.destination,
    neighbour: neighbour ?? "",
    mtu: link.mtu,
    bufferBytes: SEND_BUFFER_BYTES,
  };
}
