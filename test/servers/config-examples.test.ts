/** The examples in config/ for MariaDB, InfluxDB and NATS, each against its server. */
import { jetstreamManager } from "@nats-io/jetstream";
import { connect } from "@nats-io/transport-node";
import { createConnection } from "mysql2/promise";
import { expect, it, onTestFinished } from "vitest";
import { startInflux } from "../support/influx-server.ts";
import { secretFile, startExample } from "../support/it-examples.ts";
import { IN_SERVERS } from "../support/it-examples-in-servers.ts";
import { startMariadb } from "../support/mariadb-server.ts";
import { startNats } from "../support/nats-server.ts";

it.each(IN_SERVERS)("%s", async (example) => {
  const shown = await SHOWN[example]!(example);
  expect(shown).toContain("182.4");
});

/** Starts an example. @returns what its server then holds. */
const SHOWN: Readonly<Record<string, (example: string) => Promise<string>>> = {
  async "it-station-databases.yaml mariadb"(example) {
    const server = await startMariadb();
    onTestFinished(() => server.stop());
    const { host, port, database, username, password } = server;
    const there = { host, port, database, username, passwordFile: secretFile(password) };
    await startExample(example, { ...there, tls: "off", caFile: undefined });
    const connection = await createConnection({ host, port, database, user: username, password });
    const [rows] = await connection.query("SELECT line, name, value FROM nonreturn_line_latest");
    await connection.end();
    return JSON.stringify(rows);
  },
  async "it-station-databases.yaml influx-1"(example) {
    const server = await startInflux();
    onTestFinished(() => server.stop());
    await server.query("", "CREATE DATABASE hamburg", "POST");
    await startExample(example, { url: server.url });
    return JSON.stringify(await server.query("hamburg", "SELECT * FROM nonreturn"));
  },
  async "it-station-databases.yaml nats"(example) {
    const server = await startNats();
    onTestFinished(() => server.stop());
    await startExample(example, { servers: [server.url], credentialsFile: undefined });
    const connection = await connect({ servers: server.url });
    const manager = await jetstreamManager(connection);
    const message = await manager.streams.getMessage("NONRETURN", { seq: 1 });
    await connection.close();
    return message?.string() ?? "nothing";
  },
};
