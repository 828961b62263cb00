/** EtherNet/IP, for the list of protocols.
 *  device section → [index] → check plant, startPlant */
import type { Protocol } from "../simulated-device.ts";
import { startEthernetIpDevice } from "./ethernet-ip-device.ts";
import { type EthernetIpFault, ethernetIpFaults } from "./ethernet-ip-fault.ts";
import type { EthernetIpSettings } from "./ethernet-ip-section.ts";
import { findEthernetIpMistakes } from "./find-mistakes.ts";

export const ethernetIp: Protocol<EthernetIpSettings, EthernetIpFault> = {
  name: "ethernet-ip",
  faultKinds: ethernetIpFaults.map(({ shape }) => shape.kind.value),
  findMistakes: findEthernetIpMistakes,
  start: startEthernetIpDevice,
};
