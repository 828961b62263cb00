import {
  checkHost,
  checkLink,
  demandPassed,
  describeFinding,
  type Finding,
  type HostNeeds,
  type LinkSite,
} from "@nonreturn/station";
import { expect, test } from "vitest";
import { hardenedMachine, type MachineModel, machineOf } from "./machine-model.ts";

const OT: LinkSite = {
  side: "ot",
  station: "hamburg-ot",
  interface: "diode0",
  source: { host: "192.0.2.1", port: 47_000 },
  destination: { host: "192.0.2.2", port: 47_000 },
  neighbour: "02:00:00:00:00:02",
  mtu: 1500,
  bufferBytes: 4_194_304,
};
const NEEDS: HostNeeds = {
  buffer: { limit: "rmem_max", bytes: 16_777_216 },
  dataFolder: "/data",
  growsTo: { bytes: 20e9, key: "journal.maxSize" },
  keysFolder: "/keys",
};

type Change = Partial<MachineModel>;

/** Of the hardened machine with these answers instead. */
function findings(change: Change = {}): Finding[] {
  const model = hardenedMachine(OT);
  const machine = machineOf({
    ...model,
    ...change,
    texts: { ...model.texts, ...change.texts },
    programs: { ...model.programs, ...change.programs },
  });
  return [...checkLink(OT, machine), ...checkHost(NEEDS, machine)];
}

test("a hardened machine passes every check", () => {
  const all = findings();
  expect(all.filter(({ state }) => state !== "ok")).toEqual([]);
  expect(all.map(({ check }) => check)).toEqual([
    "interface",
    "mtu",
    "quiet",
    "route",
    "neighbour",
    "rules",
    "forwarding",
    "buffers",
    "clock",
    "disk",
    "keys",
  ]);
  expect(() => demandPassed(all, [], "unseen")).not.toThrow();
});

const link = (flags: string[], mtu = 1500) => JSON.stringify([{ flags, mtu }]);
const RULES = hardenedMachine(OT).programs["nft list table netdev nonreturn_ot"]!;
const broken: [string, string, Change, RegExp, RegExp][] = [
  [
    "mtu",
    "too small",
    { programs: { "ip -json link show dev diode0": link(["NOARP", "UP"], 1400) } },
    /1400/,
    /mtu 1500/,
  ],
  [
    "interface",
    "down",
    { programs: { "ip -json link show dev diode0": link(["NOARP"]) } },
    /down/,
    /nonreturn-ot-link\.sh/,
  ],
  [
    "interface",
    "another address",
    { programs: { "ip -json address show dev diode0": "[]" } },
    /192\.0\.2\.1/,
    /link\.sh/,
  ],
  ["quiet", "ARP", { programs: { "ip -json link show dev diode0": link(["UP"]) } }, /ARP is on/, /link\.sh/],
  ["quiet", "IPv6", { texts: { "/proc/sys/net/ipv6/conf/diode0/disable_ipv6": "0" } }, /disable_ipv6 is 0/, /link\.sh/],
  [
    "route",
    "elsewhere",
    { programs: { "ip -json -4 route get 192.0.2.2": `[{"dev":"eth0"}]` } },
    /leaves by eth0/,
    /link\.sh/,
  ],
  [
    "route",
    "a gateway behind the link",
    { programs: { "ip -json -4 route show dev diode0": `[{"dst":"default","gateway":"192.0.2.2"}]` } },
    /default/,
    /ip route delete default dev diode0/,
  ],
  [
    "neighbour",
    "none",
    { programs: { "ip -json -4 neigh show dev diode0": "[]" } },
    /no permanent entry/,
    /ip neigh replace 192\.0\.2\.2 lladdr 02:00:00:00:00:02 dev diode0 nud permanent/,
  ],
  [
    "neighbour",
    "learnt",
    {
      programs: {
        "ip -json -4 neigh show dev diode0": `[{"dst":"192.0.2.2","lladdr":"02:00:00:00:00:02","state":["STALE"]}]`,
      },
    },
    /STALE/,
    /permanent/,
  ],
  ["rules", "none", { programs: { "nft list table netdev nonreturn_ot": undefined } }, /no table/, /link\.sh/],
  [
    "rules",
    "of another configuration",
    { programs: { "nft list table netdev nonreturn_ot": RULES.replace(/sha256:./, "sha256:x") } },
    /another configuration/,
    /harden anew/,
  ],
  [
    "rules",
    "one direction open",
    { programs: { "nft list table netdev nonreturn_ot": RULES.replace("policy drop", "policy accept") } },
    /both directions/,
    /link\.sh/,
  ],
  [
    "forwarding",
    "a router",
    { texts: { "/proc/sys/net/ipv4/conf/diode0/forwarding": "1" } },
    /forwards ipv4/,
    /sysctl -w/,
  ],
  [
    "buffers",
    "clipped",
    { texts: { "/proc/sys/net/core/rmem_max": "212992\n" } },
    /212992/,
    /sysctl -w net\.core\.rmem_max=16777216/,
  ],
  [
    "clock",
    "free-running",
    { programs: { "timedatectl show --property=NTPSynchronized --value": "no\n" } },
    /not synchronised/,
    /chrony/,
  ],
  ["disk", "full", { freeBytes: 5e9 }, /5GB/, /journal\.maxSize/],
  [
    "keys",
    "readable by others",
    { files: [{ path: "/keys/station-keys.json", mode: 0o640 }] },
    /station-keys/,
    /chmod 600/,
  ],
  ["keys", "none", { files: [] }, /none/, /Pair/],
];

test.each(broken)("%s, %s: fails, says so and what to do, and stops production", (check, _, change, what, remedy) => {
  const all = findings(change);
  const found = all.find((finding) => finding.check === check)!;
  expect(found).toMatchObject({
    state: "failed",
    what: expect.stringMatching(what),
    remedy: expect.stringMatching(remedy),
  });
  expect(() => demandPassed(all, [], "unseen")).toThrow(
    expect.objectContaining({
      code: "PREFLIGHT_FAILED",
      what: expect.stringContaining(found.what),
      action: expect.stringContaining(found.remedy),
    }),
  );
  expect(() => demandPassed(all, [], "described")).toThrow(
    expect.objectContaining({
      what: expect.not.stringContaining(found.what),
      action: expect.stringContaining("arrow"),
    }),
  );
  expect(describeFinding(found, [])).toMatch(/^FAILED .*\n +→ /);
});

test("an accepted check stops nothing and is shown as accepted; another one still does", () => {
  const all = findings({ programs: { "timedatectl show --property=NTPSynchronized --value": "no" } });
  expect(() => demandPassed(all, ["clock"], "unseen")).not.toThrow();
  expect(() => demandPassed(all, ["disk"], "unseen")).toThrow(/clock: not synchronised/);
  expect(describeFinding(all.find(({ check }) => check === "clock")!, ["clock"])).toMatch(/^accepted /);
});

test("what this user cannot tell is unknown, never ok, and stops nothing", () => {
  const all = findings({
    programs: {
      "nft list tables netdev": undefined,
      "timedatectl show --property=NTPSynchronized --value": undefined,
    },
    texts: { "/proc/sys/net/core/rmem_max": undefined },
    freeBytes: undefined,
  });
  expect(all.filter(({ state }) => state === "unknown").map(({ check }) => check)).toEqual([
    "rules",
    "buffers",
    "clock",
    "disk",
  ]);
  expect(() => demandPassed(all, [], "unseen")).not.toThrow();
});

test("no interface, no Linux: one finding instead of many", () => {
  const model = hardenedMachine(OT);
  model.programs["ip -json link show dev diode0"] = undefined;
  expect(checkLink(OT, machineOf(model))).toMatchObject([{ check: "interface", state: "failed" }]);
  expect(checkLink(OT, { ...machineOf(model), platform: "darwin" })).toMatchObject([
    { check: "system", state: "failed" },
  ]);
});

test("an IT station has no neighbour to check; a way back by another network fails", () => {
  const it: LinkSite = { ...OT, side: "it" };
  const model = hardenedMachine(it);
  expect(checkLink(it, machineOf(model)).filter(({ state }) => state !== "ok")).toEqual([]);
  expect(checkLink(it, machineOf(model)).map(({ check }) => check)).not.toContain("neighbour");
  model.programs["ip -json -4 route get 192.0.2.1"] = `[{"dev":"lan0","gateway":"198.51.100.1"}]`;
  expect(checkLink(it, machineOf(model)).find(({ check }) => check === "route")).toMatchObject({
    state: "failed",
    what: expect.stringContaining("lan0"),
  });
});
