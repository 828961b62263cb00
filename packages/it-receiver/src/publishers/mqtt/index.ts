/** MQTT as the registry knows it.
 *  registry → [MQTT] */
import type { PublisherFactory } from "../publisher.ts";
import { type MqttConfig, mqttConfig } from "./config.ts";
import { MqttPublisher } from "./mqtt-publisher.ts";

export const mqttFactory: PublisherFactory<MqttConfig> = {
  name: "mqtt",
  wants: "current",
  config: mqttConfig,
  create: (config, { clock, publisher }) => new MqttPublisher(config, publisher, clock),
};
