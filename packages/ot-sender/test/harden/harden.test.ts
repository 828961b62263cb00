import { hardenFiles } from "@nonreturn/station";
import { expect, test } from "vitest";
import { parseOtConfig } from "../../src/config/ot-station-config.ts";
import { otLinkSite } from "../../src/harden/ot-link-site.ts";

const SITE = `interface: diode0, neighbour: "02:00:00:00:00:02", bindAddress: 192.0.2.1, sourcePort: 47000`;
const config = (keys: string, destination = "192.0.2.2:47000") =>
  parseOtConfig(
    `station: { name: hamburg-ot, dataFolder: data }
link: { destination: "${destination}", rate: 100Mbit, ${keys} }
devices: [{ name: d, driver: modbus, host: 192.0.2.9, path: a, tags: [{ path: b, address: "hr:0", type: INT16 }] }]`,
    "ot.yaml",
  );

test.each([
  0, 1, 2, 3,
])("config/nftables holds what harden makes of the README's site (renew with vitest --update), file %i", async (index) => {
  const { name, text } = hardenFiles(otLinkSite(config(SITE)))[index]!;
  await expect(text).toMatchFileSnapshot(`../../../../config/nftables/${name}`);
});

test("every key that is missing is named, with the section", () => {
  expect(() => otLinkSite(config(""))).toThrow(
    expect.objectContaining({
      code: "CONFIG_HARDEN",
      what: expect.stringMatching(/interface .*bindAddress .*sourcePort .*neighbour /),
      where: "section link",
    }),
  );
  expect(() => otLinkSite(config(SITE, "[2001:db8::2]:47000"))).toThrow(/different IP versions/);
});

test.each([
  ["interface: 'eth0; reboot'", /no interface name/],
  ["interface: '-all'", /no interface name/],
  ["neighbour: '01:00:5e:00:00:01'", /group's address/],
  ["neighbour: 02-00-00-00-00-02", /six pairs/],
  ["sourcePort: 0", /sourcePort/],
])("%s is a mistake of the configuration, and never reaches a shell", (key, words) => {
  expect(() => config(key)).toThrow(words);
});
