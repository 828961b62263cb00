/** Kernel settings of the link's interface, and of the socket buffers.
 *  link site → [sysctl settings] → sysctl -p, /etc/sysctl.d */
import { familyOf, type LinkSite } from "./link-site.ts";

/** By path below /proc/sys; an interface's name may hold dots, so the separator is a slash. */
export type SysctlSettings = Readonly<Record<string, number>>;

/** What makes the kernel speak on an interface by itself, switched off; and nothing is forwarded through it. */
export function interfaceSettings(site: LinkSite): SysctlSettings {
  const v4 = `net/ipv4/conf/${site.interface}`;
  const v6 = `net/ipv6/conf/${site.interface}`;
  return {
    [`${v4}/arp_ignore`]: 8, // answer no request
    [`${v4}/arp_notify`]: 0,
    [`${v4}/forwarding`]: 0,
    [`${v4}/accept_redirects`]: 0,
    [`${v4}/send_redirects`]: 0,
    [`${v4}/accept_source_route`]: 0,
    ...(familyOf(site) === "IPv4"
      ? { [`${v6}/disable_ipv6`]: 1 } // no router solicitation, no duplicate address detection, no MLD
      : {
          [`${v6}/disable_ipv6`]: 0,
          [`${v6}/accept_ra`]: 0,
          [`${v6}/autoconf`]: 0,
          [`${v6}/router_solicitations`]: 0,
          [`${v6}/dad_transmits`]: 0,
          [`${v6}/addr_gen_mode`]: 1, // no link-local address
          [`${v6}/accept_redirects`]: 0,
          [`${v6}/forwarding`]: 0,
        }),
  };
}

/** The whole machine's limits: how much the link's socket may ask for. */
export function bufferSettings({ side, bufferBytes }: LinkSite): SysctlSettings {
  return side === "ot"
    ? { "net/core/wmem_max": bufferBytes }
    : { "net/core/rmem_max": bufferBytes, "net/core/netdev_max_backlog": 10_000 };
}

/** In the form of sysctl.d(5). */
export function sysctlFile(heading: string, settings: SysctlSettings): string {
  const lines = Object.entries(settings).map(([key, value]) => `${key} = ${value}`);
  return `# ${heading}\n${lines.join("\n")}\n`;
}
