/** The files that harden one end of the link, ready for a machine: rules, kernel settings, and the script that applies them in order.
 *  link site → [harden files] → folder, or standard output */
import { linkRules } from "./link-rules.ts";
import { familyOf, farOf, type LinkSite, nearOf } from "./link-site.ts";
import { bufferSettings, interfaceSettings, sysctlFile } from "./sysctl-settings.ts";

export interface HardenFile {
  readonly name: string;
  readonly text: string;
  readonly mode: number;
}

export function hardenFiles(site: LinkSite): HardenFile[] {
  const base = `nonreturn-${site.side}`;
  const origin = `${site.station}: made by \`${base} harden\``;
  return [
    { name: `${base}.nft`, text: linkRules(site), mode: 0o644 },
    {
      name: `${base}-interface.conf`,
      text: sysctlFile(`${origin}; applied by ${base}-link.sh`, interfaceSettings(site)),
      mode: 0o644,
    },
    {
      name: `${base}-buffers.conf`,
      text: sysctlFile(`${origin}; the whole machine's limits: copy to /etc/sysctl.d`, bufferSettings(site)),
      mode: 0o644,
    },
    { name: `${base}-link.sh`, text: linkScript(site, base, origin), mode: 0o755 },
  ];
}

/**
 * Rules first, then the interface comes up, then the addresses: at no moment is it up without rules.
 * Running it again changes nothing. An interface that was set down has lost route and neighbour: run it again.
 */
function linkScript(site: LinkSite, base: string, origin: string): string {
  const { interface: device, mtu, neighbour } = site;
  const near = nearOf(site).host;
  const far = farOf(site).host;
  const [ip, bits] = familyOf(site) === "IPv6" ? ["ip -6", 128] : ["ip", 32];
  return `#!/bin/sh
# ${origin}. Root runs it at every start of the machine and after every \`ip link set ${device} up\`.
set -eu
cd "$(dirname "$0")"
nft -f ${base}.nft
sysctl -q -p ${base}-interface.conf
ip link set dev ${device} arp off multicast off allmulticast off promisc off
ip link set dev ${device} mtu ${mtu}
ip link set dev ${device} up
${ip} address replace ${near}/${bits} dev ${device}
# The far address is on the link and nowhere else: what anybody sends there meets the rules, never another network.
${ip} route replace ${far}/${bits} dev ${device} src ${near}
${neighbour === undefined ? "" : `${ip} neigh replace ${far} lladdr ${neighbour} dev ${device} nud permanent\n`}`;
}
