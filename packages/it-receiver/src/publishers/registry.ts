/** Every publisher there is: the only list.
 *  configuration → [registry] → runners */
import { existsSync } from "node:fs";
import { z } from "zod";
import { type HistorianConfig, historianConfig } from "./historian/config.ts";
import { historianFactory, historianPath, openHistoryReader } from "./historian/index.ts";
import { type InfluxConfig, influxConfig } from "./influx/config.ts";
import { influxFactory } from "./influx/index.ts";
import { type MqttConfig, mqttConfig, type SparkplugConfig, sparkplugConfig } from "./mqtt/config.ts";
import { mqttFactory, sparkplugFactory } from "./mqtt/index.ts";
import { type NatsConfig, natsConfig } from "./nats/config.ts";
import { natsFactory } from "./nats/index.ts";
import { type OpcuaConfig, opcuaConfig } from "./opcua/config.ts";
import { opcuaFactory } from "./opcua/index.ts";
import type { HistorySource, PublisherFactory } from "./publisher.ts";
import { type RestConfig, type RestPushConfig, restConfig, restPushConfig } from "./rest/config.ts";
import { restFactory, restPushFactory } from "./rest/index.ts";
import { type MariadbConfig, mariadbConfig, type PostgresqlConfig, postgresqlConfig } from "./sql/config.ts";
import { mariadbFactory, postgresqlFactory } from "./sql/index.ts";

/** One item under `publishers:` in the station's configuration. */
export const publisherConfig = z.discriminatedUnion("type", [
  historianConfig,
  mqttConfig,
  sparkplugConfig,
  postgresqlConfig,
  mariadbConfig,
  influxConfig,
  natsConfig,
  opcuaConfig,
  restConfig,
  restPushConfig,
]);
export type PublisherConfig =
  | HistorianConfig
  | MqttConfig
  | SparkplugConfig
  | PostgresqlConfig
  | MariadbConfig
  | InfluxConfig
  | NatsConfig
  | OpcuaConfig
  | RestConfig
  | RestPushConfig;

/** The whole list: names must differ, since cursors are kept by name, and there is one historian file. */
export const publisherConfigs = z.array(publisherConfig).superRefine((configs, context) => {
  const names = new Set<string>();
  let historians = 0;
  configs.forEach((config, index) => {
    if (names.has(config.name)) {
      context.addIssue({
        code: "custom",
        path: [index],
        message: `another publisher is called ${config.name}; write another name`,
      });
    }
    names.add(config.name);
    if (config.type === "historian" && ++historians > 1) {
      context.addIssue({
        code: "custom",
        path: [index],
        message: "there is a historian already; remove one of them",
      });
    }
  });
});

const FACTORIES: ReadonlyMap<string, PublisherFactory<never>> = new Map<string, PublisherFactory<never>>([
  [historianFactory.name, historianFactory],
  [mqttFactory.name, mqttFactory],
  [sparkplugFactory.name, sparkplugFactory],
  [postgresqlFactory.name, postgresqlFactory],
  [mariadbFactory.name, mariadbFactory],
  [influxFactory.name, influxFactory],
  [natsFactory.name, natsFactory],
  [opcuaFactory.name, opcuaFactory],
  [restFactory.name, restFactory],
  [restPushFactory.name, restPushFactory],
]);

/** @throws RangeError for a type that the schema would not have let through. */
export function publisherFactory(type: string): PublisherFactory<never> {
  const factory = FACTORIES.get(type);
  if (factory === undefined) throw new RangeError(`no publisher ${type}`);
  return factory;
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
