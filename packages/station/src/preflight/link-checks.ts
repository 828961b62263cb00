/** Checks of the interface at the diode: does it lead where the configuration says, and is it silent.
 *  link site, machine → [link checks] → findings */
import { familyOf, farOf, type LinkSite, nearOf, siteDigest, tableNameOf } from "../harden/link-site.ts";
import { interfaceSettings } from "../harden/sysctl-settings.ts";
import { StationError } from "../station-error.ts";
import { type Finding, failed, ok, unknown } from "./finding.ts";
import type { Machine } from "./machine.ts";

interface Link {
  readonly flags: readonly string[];
  readonly mtu: number;
}
interface Route {
  readonly dst?: string;
  readonly dev?: string;
  readonly gateway?: string;
  readonly type?: string;
}
interface Neighbour {
  readonly dst?: string;
  readonly lladdr?: string;
  readonly state?: readonly string[];
}
interface Address {
  readonly addr_info?: readonly { readonly local?: string }[];
}

/** @param read  throws a StationError where the configuration lacks what describes the link; that is a finding too. */
export function checkSite(read: () => LinkSite, machine: Machine): Finding[] {
  try {
    return checkLink(read(), machine);
  } catch (error) {
    if (error instanceof StationError) return [failed("interface", error.what, error.action)];
    throw error;
  }
}

/** `ip` needs no privilege for any of this. */
export function checkLink(site: LinkSite, machine: Machine): Finding[] {
  if (machine.platform !== "linux")
    return [
      failed("system", `this is ${machine.platform}`, "Run the station on Linux; elsewhere use station.mode: lab."),
    ];
  const { interface: device } = site;
  const link = askIp<Link>(machine, ["link", "show", "dev", device])?.[0];
  if (link === undefined)
    return [failed("interface", `there is no interface ${device}`, "Correct link.interface; `ip link` lists them.")];
  return [
    checkInterface(site, machine, link),
    link.mtu >= site.mtu
      ? ok("mtu", `${link.mtu}`)
      : failed("mtu", `${link.mtu} is below link.mtu ${site.mtu}`, `ip link set dev ${device} mtu ${site.mtu}`),
    checkQuiet(site, machine, link),
    checkRoutes(site, machine),
    ...(site.side === "ot" ? [checkNeighbour(site, machine)] : []),
    checkRules(site, machine),
    checkForwarding(site, machine),
  ];
}

const applyAgain = ({ side }: LinkSite): string =>
  `Run nonreturn-${side}-link.sh, which \`nonreturn-${side} harden\` makes.`;

function checkInterface(site: LinkSite, machine: Machine, { flags }: Link): Finding {
  const { interface: device } = site;
  if (!flags.includes("UP")) return failed("interface", `${device} is down`, applyAgain(site));
  const near = nearOf(site).host;
  const addresses = askIp<Address>(machine, ["address", "show", "dev", device])?.[0]?.addr_info ?? [];
  return addresses.some(({ local }) => local === near)
    ? ok("interface", `${device} is up with ${near}`)
    : failed("interface", `${device} does not have the address ${near}`, applyAgain(site));
}

/** No address resolution, no multicast, no IPv6 chatter: what the kernel says unasked is switched off, not only filtered. */
function checkQuiet(site: LinkSite, machine: Machine, { flags }: Link): Finding {
  const loud = [
    ...(flags.includes("NOARP") ? [] : ["ARP is on"]),
    ...(flags.includes("MULTICAST") ? ["multicast is on"] : []),
    ...(flags.includes("PROMISC") ? ["promiscuous mode is on"] : []),
    ...Object.entries(interfaceSettings(site)).flatMap(([key, wanted]) => {
      const value = machine.readText(`/proc/sys/${key}`)?.trim();
      return value === undefined || Number(value) === wanted ? [] : [`${key} is ${value}, not ${wanted}`];
    }),
  ];
  return loud.length === 0
    ? ok("quiet", "ARP, multicast and IPv6 chatter are off")
    : failed("quiet", loud.join(", "), applyAgain(site));
}

/** The far address lies on the link and nowhere else, and the link leads to nothing but it. */
function checkRoutes(site: LinkSite, machine: Machine): Finding {
  const { interface: device } = site;
  const far = farOf(site).host;
  const near = nearOf(site).host;
  const toFar = askIp<Route>(machine, ["route", "get", far], familyOf(site))?.[0];
  if (toFar?.dev !== device) {
    const way = toFar?.dev === undefined ? "there is no route" : `the route leaves by ${toFar.dev}`;
    return failed("route", `${way} to ${far}, which must lie on ${device} and nowhere else`, applyAgain(site));
  }
  const others = (["IPv4", "IPv6"] as const)
    .flatMap((family) => askIp<Route>(machine, ["route", "show", "dev", device], family) ?? [])
    .filter(({ dst, gateway }) => gateway !== undefined || (dst !== far && dst !== near))
    .map(({ dst = "default" }) => dst);
  return others.length === 0
    ? ok("route", `${far} lies on ${device}, and nothing else does`)
    : failed(
        "route",
        `${device} also leads to ${others.join(", ")}`,
        others.map((dst) => `ip route delete ${dst} dev ${device}`).join("; "),
      );
}

function checkNeighbour(site: LinkSite, machine: Machine): Finding {
  const { interface: device, destination, neighbour } = site;
  const entries = askIp<Neighbour>(machine, ["neigh", "show", "dev", device], familyOf(site)) ?? [];
  const entry = entries.find(({ dst }) => dst === destination.host);
  const remedy = `ip neigh replace ${destination.host} lladdr ${neighbour} dev ${device} nud permanent`;
  if (entry === undefined) return failed("neighbour", `${destination.host} has no permanent entry`, remedy);
  if (entry.lladdr !== neighbour || !(entry.state ?? []).includes("PERMANENT"))
    return failed(
      "neighbour",
      `${destination.host} is ${entry.lladdr ?? "unknown"} (${(entry.state ?? []).join(", ")}), not ${neighbour} for good`,
      remedy,
    );
  return ok("neighbour", `${destination.host} is ${neighbour}, permanently`);
}

/** Reading the rules takes CAP_NET_ADMIN: root's preflight can tell, the service cannot. */
function checkRules(site: LinkSite, machine: Machine): Finding {
  const table = tableNameOf(site);
  const all = machine.run("nft", ["list", "tables", "netdev"]);
  if (all === undefined)
    return unknown(
      "rules",
      "this user cannot read the packet filter",
      `Have root run \`nonreturn-${site.side} preflight\`.`,
    );
  const text = machine.run("nft", ["list", "table", "netdev", table]);
  if (text === undefined) return failed("rules", `there is no table netdev ${table}`, applyAgain(site));
  const hooked = ["ingress", "egress"].filter((hook) =>
    new RegExp(`hook ${hook} device "${site.interface.replaceAll(".", "\\.")}" .*policy drop`).test(text),
  );
  if (hooked.length < 2)
    return failed("rules", `table ${table} does not hold both directions of ${site.interface}`, applyAgain(site));
  return text.includes(`sha256:${siteDigest(site)}`)
    ? ok("rules", `table netdev ${table} is loaded, for this configuration`)
    : failed("rules", `table ${table} was made for another configuration`, `Run nonreturn-${site.side} harden anew.`);
}

function checkForwarding({ interface: device }: LinkSite, machine: Machine): Finding {
  const on = ["ipv4", "ipv6"].filter(
    (family) => machine.readText(`/proc/sys/net/${family}/conf/${device}/forwarding`)?.trim() === "1",
  );
  return on.length === 0
    ? ok("forwarding", `nothing is forwarded through ${device}`)
    : failed(
        "forwarding",
        `the machine forwards ${on.join(" and ")} through ${device}`,
        on.map((family) => `sysctl -w net/${family}/conf/${device}/forwarding=0`).join("; "),
      );
}

/** `ip -json …`; undefined where it fails or prints something else. */
function askIp<Row>(machine: Machine, args: readonly string[], family?: "IPv4" | "IPv6"): readonly Row[] | undefined {
  const option = family === undefined ? [] : [family === "IPv6" ? "-6" : "-4"];
  const text = machine.run("ip", ["-json", ...option, ...args]);
  if (text === undefined) return undefined;
  if (text.trim() === "") return [];
  try {
    const rows: unknown = JSON.parse(text);
    return Array.isArray(rows) ? (rows as Row[]) : undefined;
  } catch {
    return undefined;
  }
}
