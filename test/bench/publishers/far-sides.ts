/** The business systems of the benchmark: real servers, ours and the plain clients' settings for each, and what is asked of them.
 *  servers → [far sides] → publishers section */
import { join } from "node:path";
import { startPostgres } from "../../support/embedded-postgres.ts";
import { startInflux } from "../../support/influx-server.ts";
import { startMariadb } from "../../support/mariadb-server.ts";
import { startNats } from "../../support/nats-server.ts";
import { startBroker } from "../stations/broker.ts";

export interface FarSide {
  readonly name: string;
  /** Enough for several seconds. */
  readonly scans: number;
  readonly limit: string;
  start(folder: string): Promise<StartedFarSide>;
}

export interface StartedFarSide {
  /** One item of `publishers:`. */
  readonly publisher: Readonly<Record<string, unknown>>;
  /** A file in plain/, and what its `open` takes. */
  readonly plain: { readonly client: string; readonly settings: unknown };
  stop(): Promise<void>;
}

export const FAR_SIDES: readonly FarSide[] = [
  {
    name: "historian (SQLite)",
    scans: 1200,
    limit: "≥ 300,000 samples/s",
    start: async (folder) => ({
      publisher: { type: "historian" },
      plain: { client: "sqlite", settings: { path: join(folder, "plain.db") } },
      stop: async () => undefined,
    }),
  },
  {
    name: "PostgreSQL",
    scans: 500,
    limit: "≥ 150,000 samples/s",
    async start() {
      const server = await startPostgres();
      const { host, port, username, password, database } = server;
      return {
        publisher: { type: "postgresql", host, port, username, password, database, tls: "off" },
        plain: { client: "postgresql", settings: { host, port, user: username, password, database } },
        stop: () => server.stop(),
      };
    },
  },
  {
    name: "MariaDB",
    scans: 300,
    limit: "",
    async start() {
      const server = await startMariadb();
      const { host, port, username, password, database } = server;
      return {
        publisher: { type: "mariadb", host, port, username, password, database, tls: "off" },
        plain: { client: "mariadb", settings: { host, port, user: username, password, database } },
        stop: () => server.stop(),
      };
    },
  },
  {
    name: "InfluxDB",
    scans: 400,
    limit: "",
    async start() {
      const server = await startInflux();
      for (const database of ["bench", "plain"]) await server.query("", `CREATE DATABASE ${database}`, "POST");
      return {
        publisher: { type: "influx", url: server.url, database: "bench" },
        plain: { client: "influx", settings: { url: server.url, database: "plain" } },
        stop: () => server.stop(),
      };
    },
  },
  {
    name: "NATS JetStream",
    scans: 800,
    limit: "≥ 300,000 samples/s",
    async start() {
      const server = await startNats();
      return {
        publisher: { type: "nats", servers: [server.url] },
        plain: { client: "nats", settings: { server: server.url.replace("nats://", "") } },
        stop: () => server.stop(),
      };
    },
  },
  mqttCase("MQTT, a message per sample", "", 150, { type: "mqtt" }, "mqtt", { format: "single" }),
  mqttCase("MQTT, grouped by device", "≥ 100,000 samples/s", 600, { type: "mqtt", format: "grouped" }, "mqtt", {
    format: "grouped",
  }),
  mqttCase("Sparkplug B", "≥ 200,000 samples/s", 800, { type: "sparkplug", group: "bench" }, "sparkplug", {}),
];

function mqttCase(
  name: string,
  limit: string,
  scans: number,
  publisher: Readonly<Record<string, unknown>>,
  client: string,
  settings: Readonly<Record<string, unknown>>,
): FarSide {
  return {
    name,
    scans,
    limit,
    async start(folder) {
      const broker = await startBroker(folder);
      return {
        publisher: { ...publisher, url: broker.url },
        plain: { client, settings: { ...settings, url: broker.url } },
        stop: () => broker.close(),
      };
    },
  };
}
