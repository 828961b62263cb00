/** An OPC UA server, for the list of protocols.
 *  device section → [index] → check plant, startPlant */
import type { DeviceSurroundings, Protocol } from "../simulated-device.ts";
import { findOpcuaMistakes } from "./find-mistakes.ts";
import { type OpcuaFault, opcuaFaults } from "./opcua-fault.ts";
import type { OpcuaSettings } from "./opcua-section.ts";

export const opcua: Protocol<OpcuaSettings, OpcuaFault> = {
  name: "opcua",
  faultKinds: opcuaFaults.map(({ shape }) => shape.kind.value),
  findMistakes: findOpcuaMistakes,
  async start(settings: OpcuaSettings, surroundings: DeviceSurroundings) {
    // The library takes a second and 80 MB: only plants that have such a server pay for it.
    const { startOpcuaDevice } = await import("./opcua-device.ts");
    return startOpcuaDevice(settings, surroundings);
  },
};
