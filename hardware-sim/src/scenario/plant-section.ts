/** What a scenario can say about the plant: devices, and what goes wrong when.
 *  scenario YAML → [plant section] → startPlant */
import { z } from "zod";
import { ethernetIpSection } from "../plant/ethernet-ip/ethernet-ip-section.ts";
import { modbusSection } from "../plant/modbus-tcp/modbus-section.ts";
import { mqttSection } from "../plant/mqtt/mqtt-section.ts";
import { opcuaSection } from "../plant/opcua/opcua-section.ts";
import { restSection } from "../plant/rest/rest-section.ts";
import { s7Section } from "../plant/s7/s7-section.ts";
import { faultEvent } from "./fault-section.ts";

/** One section for each protocol. */
const device = z.discriminatedUnion("protocol", [
  modbusSection,
  s7Section,
  ethernetIpSection,
  opcuaSection,
  restSection,
  mqttSection,
]);

/** Each key by itself; what needs several of them is checked in check-plant.ts. */
export const uncheckedPlantSection = z.strictObject({
  devices: z.array(device).min(1).max(1000),
  timeline: z.array(faultEvent).max(10_000).default([]),
});

export type DeviceSettings = z.output<typeof device>;
export type PlantSettings = z.output<typeof uncheckedPlantSection>;
