/** The packet filter of one end of the link: exactly one flow, in one direction; everything else is dropped and counted.
 *  link site → [link rules] → nft -f */
import { familyOf, type LinkSite, siteDigest, tableNameOf } from "./link-site.ts";

/**
 * An nftables file for the netdev family, which sees every frame of the interface whatever its protocol: ARP, IPv6, ICMP, LLDP.
 *
 * Hooks: ingress as a frame enters (before any protocol sees it), egress as one is about to leave (before the driver does).
 * Not reached: frames that root sends past the queueing layer (PACKET_QDISC_BYPASS), pause frames and link pulses of the hardware.
 * Loading it again replaces the table in one transaction; the counters start at 0.
 */
export function linkRules(site: LinkSite): string {
  const { side, interface: device, station } = site;
  const flow = `${flowMatch(site)} counter name "passed" accept`;
  const out = side === "ot" ? [flow] : [];
  const into = side === "it" ? [flow] : [];
  const table = tableNameOf(site);
  return `#!/usr/sbin/nft -f
# ${station}: made by \`nonreturn-${side} harden\`; make it anew when section link of the configuration changes.
# ${side === "ot" ? "One UDP flow may leave; nothing may come in." : "One UDP flow may come in; nothing may leave."}
table netdev ${table}
delete table netdev ${table}
table netdev ${table} {
  comment "sha256:${siteDigest(site)}"
  counter passed {
  }
  counter refused_out {
  }
  counter refused_in {
  }
  chain out {
    type filter hook egress device "${device}" priority -500; policy drop;
${[...out, 'counter name "refused_out" drop'].map((rule) => `    ${rule}\n`).join("")}  }
  chain in {
    type filter hook ingress device "${device}" priority -500; policy drop;
${[...into, 'counter name "refused_in" drop'].map((rule) => `    ${rule}\n`).join("")}  }
}
`;
}

/** Addresses, ports, no fragments (our datagrams fit the MTU); on OT the far port's hardware address too. */
function flowMatch(site: LinkSite): string {
  const { source, destination, neighbour } = site;
  const frame = neighbour === undefined ? "" : `ether daddr ${neighbour} `;
  const addresses =
    familyOf(site) === "IPv6"
      ? `ip6 saddr ${source.host} ip6 daddr ${destination.host} ip6 nexthdr udp`
      : `ip saddr ${source.host} ip daddr ${destination.host} ip frag-off & 0x3fff == 0`; // more-fragments bit and offset
  return `${frame}${addresses} udp sport ${source.port} udp dport ${destination.port}`;
}
