import { expect, test } from "vitest";
import { parseOtConfig } from "../../src/config/ot-station-config.ts";

test("paths of a device are relative to the configuration file, wherever the station was started", () => {
  const { devices } = parseOtConfig(
    `station: { name: s, dataFolder: ../data }
link: { destination: "192.0.2.2:47000", rate: 100Mbit }
devices:
  - { name: a, driver: opcua, host: h, pkiFolder: pki, username: u, passwordFile: secrets/a, userKeyFile: /keys/k }
  - { name: b, driver: opcua, host: h }
  - { name: c, driver: rest, host: h, caFile: ca.pem, secretHeaders: { X-Key: secrets/key, X-Other: /keys/other } }
`,
    "/etc/nonreturn/ot.yaml",
  );
  expect(devices.map(({ driverConfig }) => driverConfig)).toMatchObject([
    {
      pkiFolder: "/etc/nonreturn/pki",
      passwordFile: "/etc/nonreturn/secrets/a",
      userKeyFile: "/keys/k",
      username: "u",
    },
    { pkiFolder: "/etc/data/opcua-pki" },
    {
      caFile: "/etc/nonreturn/ca.pem",
      secretHeaders: { "X-Key": "/etc/nonreturn/secrets/key", "X-Other": "/keys/other" },
    },
  ]);
});
