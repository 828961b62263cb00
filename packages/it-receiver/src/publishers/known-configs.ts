/** What may stand under `publishers:`, for every publisher there is; the code behind each is in registry.ts.
 *  YAML → [known configs] → IT station config */
import { z } from "zod";
import { type HistorianConfig, historianConfig } from "./historian/config.ts";
import { type InfluxConfig, influxConfig } from "./influx/config.ts";
import { type MqttConfig, mqttConfig, type SparkplugConfig, sparkplugConfig } from "./mqtt/config.ts";
import { type NatsConfig, natsConfig } from "./nats/config.ts";
import { type OpcuaConfig, opcuaConfig } from "./opcua/config.ts";
import { type RestConfig, type RestPushConfig, restConfig, restPushConfig } from "./rest/config.ts";
import { type MariadbConfig, mariadbConfig, type PostgresqlConfig, postgresqlConfig } from "./sql/config.ts";

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
