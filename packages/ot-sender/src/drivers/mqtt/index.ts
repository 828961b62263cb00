/** Topics of an MQTT broker, Sparkplug B among them, through mqtt.js.
 *  registry → [MQTT] → driver of each device */
import { writeHostPort } from "@nonreturn/station";
import type { DriverFactory } from "../driver.ts";
import { type MqttDeviceConfig, mqttDeviceShape, mqttTagShape, portOf } from "./config.ts";
import { MqttDriver } from "./mqtt-driver.ts";
import { planTag } from "./plan.ts";

export const mqtt: DriverFactory<MqttDeviceConfig> = {
  name: "mqtt",
  deviceShape: mqttDeviceShape,
  tagShape: mqttTagShape,

  channelOf(config) {
    return writeHostPort({ host: config.host.toLowerCase(), port: portOf(config) });
  },

  unitOf: () => "broker",

  typeOf: () => undefined,

  mistakeOf(tag, config) {
    const planned = planTag(tag, config);
    return "mistake" in planned ? planned.mistake : undefined;
  },

  createChannel(devices, { clock, log, purpose }) {
    return devices.map(
      ({ device, config, timezone }) =>
        new MqttDriver(config, { device, timezone, clock, log, purpose: purpose ?? "station" }),
    );
  },
};
