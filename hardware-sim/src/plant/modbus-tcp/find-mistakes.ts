/** Mistakes of a Modbus device that no single key shows: units twice, registers that overlap, types that do not fit.
 *  modbus section → [find mistakes] → check plant */
import { findSignalMistake } from "../find-misfit.ts";
import type { DeviceMistake } from "../simulated-device.ts";
import type { ModbusSettings, RegisterSettings } from "./modbus-section.ts";
import { placeRegister } from "./place-register.ts";
import { isBitTable, writeRegisterAddress } from "./register-address.ts";

export function findModbusMistakes(device: ModbusSettings): DeviceMistake[] {
  const mistakes: DeviceMistake[] = [];
  const units = new Set<number>();
  device.units.forEach((unit, index) => {
    const path = ["units", index];
    if (units.has(unit.unit))
      mistakes.push({ path: [...path, "unit"], message: `unit ${unit.unit} is there twice; write another number` });
    units.add(unit.unit);
    mistakes.push(...findRegisterMistakes(device, unit.registers, [...path, "registers"]));
  });
  return mistakes;
}

function findRegisterMistakes(
  device: ModbusSettings,
  registers: readonly RegisterSettings[],
  path: readonly (string | number)[],
): DeviceMistake[] {
  const mistakes: DeviceMistake[] = [];
  const taken = new Map<string, string>();
  registers.forEach((register, index) => {
    const here = [...path, index];
    const { type, first, last } = placeRegister(register);
    const bits = isBitTable(register.at.table) || register.at.bit !== undefined;
    if (bits !== (type === "BOOLEAN")) {
      mistakes.push({
        path: [...here, "type"],
        message: `${writeRegisterAddress(register.at)} cannot hold ${type}; write ${bits ? "BOOLEAN" : "a bit such as hr:10.3, or a coil"}`,
      });
      return;
    }
    if (last > 65_535) {
      mistakes.push({
        path: [...here, "at"],
        message: `the last of these registers would be ${last}; write fewer, or a lower address`,
      });
      return;
    }
    const signalMistake = findSignalMistake(register.signal, type, device.signals);
    if (signalMistake !== undefined) mistakes.push({ path: [...here, "signal"], message: signalMistake });
    for (let address = first; address <= last; address++) {
      const shared = register.at.bit === undefined ? "word" : `bit ${register.at.bit}`;
      const place = `${register.at.table}:${address}`;
      const before =
        taken.get(place) ?? (shared === "word" ? taken.get(`${place} any bit`) : taken.get(`${place} ${shared}`));
      if (before !== undefined) {
        mistakes.push({
          path: [...here, "at"],
          message: `${place} belongs to ${before} already; write another address`,
        });
        break;
      }
      const owner = register.name ?? writeRegisterAddress(register.at);
      taken.set(shared === "word" ? place : `${place} ${shared}`, owner);
      if (shared !== "word") taken.set(`${place} any bit`, owner);
    }
  });
  return mistakes;
}
