/** A broker and the devices that publish to it, for the list of protocols.
 *  device section → [index] → check plant, startPlant */
import type { DeviceSurroundings, Protocol } from "../simulated-device.ts";
import { findMqttMistakes } from "./find-mistakes.ts";
import { type MqttFault, mqttFaults } from "./mqtt-fault.ts";
import type { MqttSettings } from "./mqtt-section.ts";

export const mqtt: Protocol<MqttSettings, MqttFault> = {
  name: "mqtt",
  faultKinds: mqttFaults.map(({ shape }) => shape.kind.value),
  findMistakes: findMqttMistakes,
  async start(settings: MqttSettings, surroundings: DeviceSurroundings) {
    const { startMqttDevice } = await import("./mqtt-device.ts");
    return startMqttDevice(settings, surroundings);
  },
};
