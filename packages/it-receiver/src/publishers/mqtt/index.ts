/** MQTT and Sparkplug as the registry knows them.
 *  registry → [MQTT] */
import type { PublisherFactory } from "../publisher.ts";
import type { MqttConfig, SparkplugConfig } from "./config.ts";
import { MqttPublisher } from "./mqtt-publisher.ts";
import { SparkplugPublisher } from "./sparkplug/sparkplug-publisher.ts";

export const mqttFactory: PublisherFactory<MqttConfig> = {
  name: "mqtt",
  wants: "current",
  create: (config, { clock, publisher, alarms }) => new MqttPublisher(config, publisher, clock, alarms),
};

export const sparkplugFactory: PublisherFactory<SparkplugConfig> = {
  name: "sparkplug",
  wants: "current",
  farSide: "forgets",
  create: (config, surroundings) => new SparkplugPublisher(config, surroundings),
};
