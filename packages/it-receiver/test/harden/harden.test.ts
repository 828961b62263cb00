import { hardenFiles } from "@nonreturn/station";
import { expect, test } from "vitest";
import { parseItConfig } from "../../src/config/it-station-config.ts";
import { itLinkSite } from "../../src/harden/it-link-site.ts";

const config = (link: string) =>
  parseItConfig(`station: { name: hamburg-it, dataFolder: data }\nlink: { ${link} }\n`, "it.yaml");
const SITE = `listen: "192.0.2.2:47000", interface: diode0, source: "192.0.2.1:47000"`;

test.each([
  0, 1, 2, 3,
])("config/nftables holds what harden makes of the README's site (renew with vitest --update), file %i", async (index) => {
  const { name, text } = hardenFiles(itLinkSite(config(SITE)))[index]!;
  await expect(text).toMatchFileSnapshot(`../../../../config/nftables/${name}`);
});

test("what is missing or could be anything is named", () => {
  expect(() => itLinkSite(config(`listen: "0.0.0.0:47000"`))).toThrow(
    expect.objectContaining({
      code: "CONFIG_HARDEN",
      what: expect.stringMatching(/interface .*source .*listen names no single address/),
    }),
  );
  const mixed = `listen: "192.0.2.2:47000", interface: diode0, source: "[2001:db8::1]:47000"`;
  expect(() => itLinkSite(config(mixed))).toThrow(/different IP versions/);
  expect(() => config(`listen: "192.0.2.2:47000", source: "ot-station:47000"`)).toThrow(/no sender/);
});
