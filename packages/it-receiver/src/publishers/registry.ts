/** The code of every publisher there is, each loaded where one of its type is configured: the only list.
 *  known configs → [registry] → runners */
import { existsSync } from "node:fs";
import { historianPath, openHistoryReader } from "./historian/index.ts";
import type { PublisherConfig } from "./known-configs.ts";
import type { HistorySource, PublisherFactory } from "./publisher.ts";

/** Libraries such as node-opcua take memory in every thread that loads them, whether a publisher of theirs runs or not. */
const FACTORIES: Readonly<Record<PublisherConfig["type"], () => Promise<PublisherFactory<never>>>> = {
  historian: async () => (await import("./historian/index.ts")).historianFactory,
  mqtt: async () => (await import("./mqtt/index.ts")).mqttFactory,
  sparkplug: async () => (await import("./mqtt/index.ts")).sparkplugFactory,
  postgresql: async () => (await import("./sql/index.ts")).postgresqlFactory,
  mariadb: async () => (await import("./sql/index.ts")).mariadbFactory,
  influx: async () => (await import("./influx/index.ts")).influxFactory,
  nats: async () => (await import("./nats/index.ts")).natsFactory,
  opcua: async () => (await import("./opcua/index.ts")).opcuaFactory,
  rest: async () => (await import("./rest/index.ts")).restFactory,
  "rest-push": async () => (await import("./rest/index.ts")).restPushFactory,
};

/** Loads what the publisher needs. */
export function loadPublisherFactory(type: PublisherConfig["type"]): Promise<PublisherFactory<never>> {
  return FACTORIES[type]();
}

/** The historian of this station for publishers; undefined while there is none. */
export function openHistory(dataFolder: string): HistorySource | undefined {
  if (!existsSync(historianPath(dataFolder))) return undefined;
  const reader = openHistoryReader(dataFolder);
  return {
    read: (path, from, to) => reader.readHistory({ path, from, to: to + 1 }),
    readParts: (path, from, to, fits) => reader.readParts(path, { from, to: to + 1 }, fits),
    readAlarms: (query) => reader.readAlarms(query),
    lastBefore: (path, at) => reader.lastBefore(path, at),
    close: () => reader.close(),
  };
}
