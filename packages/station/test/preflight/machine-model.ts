/** A hardened machine as a table of answers, for tests that change one of them.
 *  [machine model] → machine checks */
import type { LinkSite, Machine } from "@nonreturn/station";
import { interfaceSettings, siteDigest } from "@nonreturn/station";

export interface MachineModel {
  platform: string;
  /** By path. */
  readonly texts: Record<string, string | undefined>;
  /** By command line. */
  readonly programs: Record<string, string | undefined>;
  freeBytes: number | undefined;
  usedBytes: number;
  files: { path: string; mode: number }[];
}

/** `site` must be an IPv4 one. */
export function hardenedMachine(site: LinkSite): MachineModel {
  const { side, interface: device, source, destination, neighbour } = site;
  const [near, far] = side === "ot" ? [source.host, destination.host] : [destination.host, source.host];
  const settings = Object.entries(interfaceSettings(site)).map(([key, value]) => [`/proc/sys/${key}`, `${value}\n`]);
  const table = ["ingress", "egress"].map(
    (hook) => `type filter hook ${hook} device "${device}" priority -500; policy drop;`,
  );
  return {
    platform: "linux",
    texts: {
      ...Object.fromEntries(settings),
      [`/proc/sys/net/ipv6/conf/${device}/forwarding`]: "0\n",
      "/proc/sys/net/core/rmem_max": "16777216\n",
      "/proc/sys/net/core/wmem_max": "16777216\n",
    },
    programs: {
      [`ip -json link show dev ${device}`]: JSON.stringify([{ flags: ["BROADCAST", "NOARP", "UP"], mtu: 1500 }]),
      [`ip -json address show dev ${device}`]: JSON.stringify([{ addr_info: [{ local: near }] }]),
      [`ip -json -4 route get ${far}`]: JSON.stringify([{ dst: far, dev: device }]),
      [`ip -json -4 route show dev ${device}`]: JSON.stringify([{ dst: far, scope: "link" }]),
      [`ip -json -6 route show dev ${device}`]: "",
      [`ip -json -4 neigh show dev ${device}`]: JSON.stringify([{ dst: far, lladdr: neighbour, state: ["PERMANENT"] }]),
      "nft list tables netdev": "",
      [`nft list table netdev nonreturn_${side}`]: `comment "sha256:${siteDigest(site)}"\n${table.join("\n")}`,
      "timedatectl show --property=NTPSynchronized --value": "yes\n",
    },
    freeBytes: 100e9,
    usedBytes: 0,
    files: [{ path: "/keys/station-keys.json", mode: 0o600 }],
  };
}

export function machineOf(model: MachineModel): Machine {
  return {
    platform: model.platform,
    readText: (path) => model.texts[path],
    run: (program, args) => model.programs[[program, ...args].join(" ")],
    freeBytes: () => model.freeBytes,
    usedBytes: () => model.usedBytes,
    filesOf: () => model.files,
  };
}
