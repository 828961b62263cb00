/** Every publisher of the examples in config/ starts and hands a sample over; those that need a server of Debian's in test/servers. */
import { readFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { systemClock } from "@nonreturn/station";
import { Client } from "pg";
import { afterAll, beforeAll, expect, it, onTestFinished } from "vitest";
import type { z } from "zod";
import { publisherConfig } from "../../packages/it-receiver/src/publishers/known-configs.ts";
import { startErp } from "../../packages/it-receiver/test/publishers/rest/erp.ts";
import { awsIotCore, ENDPOINT, THING } from "../support/clouds/aws-iot-core.ts";
import { azureIotHub, DEVICE, DEVICE_KEY, HUB } from "../support/clouds/azure-iot-hub.ts";
import { CLOUD_CA, type CloudRules, deviceFiles, startCloudBroker } from "../support/clouds/cloud-broker.ts";
import { type EmbeddedPostgres, startPostgres } from "../support/embedded-postgres.ts";
import { freeTcpPort } from "../support/free-port.ts";
import { itExamples, secretFile, startExample } from "../support/it-examples.ts";
import { IN_SERVERS } from "../support/it-examples-in-servers.ts";
import { startBroker, subscribeAll } from "./publisher-contract/mqtt-broker.ts";

let postgres: EmbeddedPostgres;
beforeAll(async () => {
  postgres = await startPostgres();
});
afterAll(() => postgres?.stop(), 60_000);

const BROKERS = ["it-station-mqtt.yaml broker", "it-station-mqtt.yaml sparkplug"];
const HISTORIANS = ["it-station.yaml sql", "it-station-servers.yaml historian"];
const CLOUDS: Readonly<Record<string, () => { rules: CloudRules; changes: object }>> = {
  "it-station-mqtt.yaml aws": () => ({
    rules: awsIotCore("8883"),
    changes: { serverName: ENDPOINT, clientId: THING, ...deviceFiles() },
  }),
  "it-station-mqtt.yaml azure": () => ({
    rules: azureIotHub(systemClock),
    changes: { serverName: HUB, clientId: DEVICE, sharedKeyFile: secretFile(DEVICE_KEY) },
  }),
};
const OTHERS = [
  "it-station-databases.yaml postgresql",
  "it-station-databases.yaml influx",
  "it-station-servers.yaml opcua",
  "it-station-servers.yaml rest",
  "it-station-servers.yaml sap",
  "it-station-servers.yaml maintenance-desk",
];

it("is true of every example, and every type of publisher has one", () => {
  const started = [...BROKERS, ...HISTORIANS, ...Object.keys(CLOUDS), ...OTHERS, ...IN_SERVERS];
  expect([...itExamples().keys()].sort()).toEqual(started.sort());
  const types = publisherConfig.options.map(({ shape }) => (shape.type as z.ZodLiteral<string>).value);
  expect([...new Set([...itExamples().values()].map(({ type }) => type))].sort()).toEqual([...types].sort());
});

it.each(BROKERS)("%s", async (example) => {
  const broker = await startBroker();
  const subscriber = await subscribeAll(broker.url);
  await startExample(example, { url: broker.url });
  await subscriber.caughtUp();
  expect(subscriber.seen.length).toBeGreaterThan(0);
});

it.each(Object.entries(CLOUDS))("%s", async (example, make) => {
  const { rules, changes } = make();
  const broker = await startCloudBroker(rules);
  await startExample(example, { url: `mqtts://localhost:${broker.port}`, caFile: CLOUD_CA, ...changes });
  expect(broker.violations).toEqual([]);
  expect(broker.taken.map(({ payload }) => payload).join()).toContain("182.4");
});

it.each(HISTORIANS)("%s", async (example) => {
  await startExample(example, {});
});

it("it-station-databases.yaml postgresql, and the account for Power BI as docs/publishers.md makes it: it reads, and survives a restart", async () => {
  const { host, port, database, username, password } = postgres;
  const there = { host, port, database, username, passwordFile: secretFile(password), tls: "off", caFile: undefined };
  await startExample("it-station-databases.yaml postgresql", there);
  expect(await postgres.query("SELECT line, name, value FROM nonreturn.line_latest")).toEqual([
    { line: "hamburg/energy/meter-1", name: "power", value: 182.4 },
  ]);
  const page = readFileSync(new URL("../../docs/publishers.md", import.meta.url), "utf8");
  await postgres.query(/^```sql\n(CREATE ROLE power_bi .*?)^```/ms.exec(page)![1]!);
  await startExample("it-station-databases.yaml postgresql", there); // views are replaced at every start
  const reader = new Client({ host, port, database, user: "power_bi", password: "change me" });
  await reader.connect();
  onTestFinished(() => reader.end());
  for (const view of ["line_latest", "line_history", "active_alarms", "alarm_events"])
    expect((await reader.query(`SELECT * FROM nonreturn.${view}`)).rowCount).toBe(1);
  for (const forbidden of [
    "DELETE FROM nonreturn.sample",
    "SELECT * FROM nonreturn.sample",
    "CREATE TABLE nonreturn.t ()",
  ])
    await expect(reader.query(forbidden)).rejects.toThrow("permission denied");
});

// Debian's InfluxDB is version 1: in the place of a newer one stands what its reference says of /ping and /api/v2/write.
it("it-station-databases.yaml influx", async () => {
  const written: string[] = [];
  const server = createServer((request, response) => {
    request.on("data", (part: Buffer) => void written.push(`${request.url} ${request.headers.authorization} ${part}`));
    request.on("end", () => void response.writeHead(204).end());
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  onTestFinished(() => void server.close());
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  await startExample("it-station-databases.yaml influx", { url, tokenFile: secretFile("a-token") });
  expect(written[0]).toMatch(
    /^\/api\/v2\/write\?org=plant&bucket=hamburg&precision=us Token a-token nonreturn,.*182\.4/,
  );
});

it("it-station-servers.yaml opcua", async () => {
  const port = await freeTcpPort();
  const users = [{ username: "scada", passwordFile: secretFile("a password") }];
  await startExample("it-station-servers.yaml opcua", { listen: { host: "127.0.0.1", port }, users });
});

it("it-station-servers.yaml rest", async () => {
  const port = await freeTcpPort();
  const token = "token-of-the-tests-0123456789";
  const tokens = [{ name: "power-bi", tokenFile: secretFile(token), scopes: ["latest"] }];
  const tls = { certificateFile: undefined, keyFile: undefined };
  await startExample("it-station-servers.yaml rest", { listen: { host: "127.0.0.1", port }, tokens, ...tls });
  const headers = { authorization: `Bearer ${token}` };
  const answer = await fetch(`http://127.0.0.1:${port}/v1/latest?prefix=hamburg/energy/`, { headers });
  expect(await answer.json()).toMatchObject({ latest: [{ sample: { value: 182.4 } }] });
});

it("it-station-servers.yaml sap", async () => {
  const erp = await startErp();
  erp.csrf = "a token";
  await startExample("it-station-servers.yaml sap", { url: erp.url, passwordFile: secretFile("a password") });
  expect(erp.held.map(({ body }) => body)).toEqual([
    {
      MeasuringPoint: "hamburg/energy/meter-1/power",
      MeasuredAt: "/Date(1795420800000)/",
      Value: "182.4",
      Unit: "kW",
      Source: "diode meter-1",
    },
  ]);
});

it("it-station-servers.yaml maintenance-desk", async () => {
  const erp = await startErp();
  await startExample("it-station-servers.yaml maintenance-desk", {
    url: erp.url,
    tokenFile: secretFile("t".repeat(30)),
  });
  expect(erp.held.map(({ body }) => body)).toMatchObject([{ events: [{ condition: "High", state: "active" }] }]);
});
