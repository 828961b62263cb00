import { hardenFiles, type LinkSite, linkRules, siteDigest } from "@nonreturn/station";
import { expect, test } from "vitest";

const SITE: LinkSite = {
  side: "ot",
  station: "s",
  interface: "eth1.7",
  source: { host: "2001:db8::1", port: 47_001 },
  destination: { host: "2001:db8::2", port: 47_000 },
  neighbour: "02:00:00:00:00:02",
  mtu: 9000,
  bufferBytes: 4_194_304,
};

test("exactly one rule accepts, on the side and in the direction of the data", () => {
  const accepting = (site: LinkSite) => {
    let chain = "";
    return linkRules(site)
      .split("\n")
      .flatMap((line) => {
        chain = /chain (\w+)/.exec(line)?.[1] ?? chain;
        return line.endsWith(" accept") ? [`${chain}: ${line.trim()}`] : [];
      });
  };
  const flow =
    'ip6 saddr 2001:db8::1 ip6 daddr 2001:db8::2 ip6 nexthdr udp udp sport 47001 udp dport 47000 counter name "passed" accept';
  expect(accepting(SITE)).toEqual([`out: ether daddr 02:00:00:00:00:02 ${flow}`]);
  const { neighbour: _, ...rest } = SITE;
  expect(accepting({ ...rest, side: "it" })).toEqual([`in: ${flow}`]);
});

test("IPv6 stays on for an IPv6 link, without anything it says by itself; names with dots keep them", () => {
  const conf = hardenFiles(SITE).find(({ name }) => name.endsWith("-interface.conf"))!.text;
  for (const line of [
    "disable_ipv6 = 0",
    "accept_ra = 0",
    "dad_transmits = 0",
    "router_solicitations = 0",
    "addr_gen_mode = 1",
  ])
    expect(conf).toContain(`net/ipv6/conf/eth1.7/${line}\n`);
  const script = hardenFiles(SITE).find(({ name }) => name.endsWith(".sh"))!.text;
  expect(script).toContain("ip -6 route replace 2001:db8::2/128 dev eth1.7 src 2001:db8::1\n");
});

test("the script loads the rules before the interface comes up", () => {
  const script = hardenFiles(SITE).find(({ name }) => name.endsWith(".sh"))!.text;
  expect(script.indexOf("nft -f")).toBeGreaterThan(0);
  expect(script.indexOf("nft -f")).toBeLessThan(script.indexOf(" up\n", script.indexOf("set -eu")));
});

test("the digest follows everything the rules depend on", () => {
  const changed: LinkSite[] = [
    { ...SITE, side: "it" },
    { ...SITE, interface: "eth2" },
    { ...SITE, source: { ...SITE.source, port: 1 } },
    { ...SITE, destination: { ...SITE.destination, host: "2001:db8::3" } },
    { ...SITE, neighbour: "02:00:00:00:00:03" },
  ];
  expect(new Set([SITE, ...changed].map(siteDigest)).size).toBe(changed.length + 1);
});
