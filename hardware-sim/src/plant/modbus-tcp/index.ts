/** Modbus TCP, for the list of protocols.
 *  device section → [index] → check plant, startPlant */
import type { Protocol } from "../simulated-device.ts";
import { findModbusMistakes } from "./find-mistakes.ts";
import { startModbusDevice } from "./modbus-device.ts";
import { type ModbusFault, modbusFaults } from "./modbus-fault.ts";
import type { ModbusSettings } from "./modbus-section.ts";

export const modbusTcp: Protocol<ModbusSettings, ModbusFault> = {
  name: "modbus-tcp",
  faultKinds: modbusFaults.map(({ shape }) => shape.kind.value),
  findMistakes: findModbusMistakes,
  start: startModbusDevice,
};
