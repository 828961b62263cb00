/** The IT station's end of the link, as hardening and preflight need it.
 *  IT station config → [IT link site] → harden files, link checks */
import { isIPv6 } from "node:net";
import { demandKeys, type LinkSite } from "@nonreturn/station";
import type { ItStationConfig } from "../config/it-station-config.ts";

/** @throws {StationError} CONFIG_HARDEN if a key is missing that only hardening needs, or an address that could be any. */
export function itLinkSite({ station, link }: ItStationConfig): LinkSite {
  const { interface: device, source, listen } = link;
  demandKeys([
    ...(device === undefined ? ["interface is missing (this machine's port to the diode)"] : []),
    ...(source === undefined ? ["source is missing (the OT station's address and source port)"] : []),
    ...(listen.host === "0.0.0.0" || listen.host === "::" || listen.port === 0
      ? ["listen names no single address and port of this machine"]
      : []),
    ...(source !== undefined && isIPv6(source.host) !== isIPv6(listen.host)
      ? ["source and listen are of different IP versions"]
      : []),
  ]);
  return {
    side: "it",
    station: station.name,
    interface: device ?? "",
    source: source ?? { host: "", port: 0 },
    destination: listen,
    mtu: link.mtu,
    bufferBytes: link.receiveBufferBytes,
  };
}
