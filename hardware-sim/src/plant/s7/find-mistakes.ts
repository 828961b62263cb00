/** Mistakes of an S7 device that no single key shows: areas twice, variables outside them or on top of one another.
 *  S7 section → [find mistakes] → check plant */
import { findSignalMistake } from "../find-misfit.ts";
import type { DeviceMistake } from "../simulated-device.ts";
import { placeVariable } from "./place-variable.ts";
import { writeS7Place } from "./s7-range.ts";
import type { S7Settings, VariableSettings } from "./s7-section.ts";
import { heldTypeOf } from "./s7-type.ts";

export function findS7Mistakes(device: S7Settings): DeviceMistake[] {
  const mistakes: DeviceMistake[] = [];
  const areas = new Map<string, number>();
  device.areas.forEach(({ area, bytes }, index) => {
    if (areas.has(area))
      mistakes.push({ path: ["areas", index, "area"], message: `${area} is there twice; write another area` });
    areas.set(area, bytes);
  });
  const taken = new Map<string, string>();
  device.variables.forEach((variable, index) => {
    const mistake = findVariableMistake(device, variable, areas.get(variable.at.area), taken);
    if (mistake !== undefined) mistakes.push({ path: ["variables", index, mistake.key], message: mistake.message });
  });
  return mistakes;
}

/** @param taken  by area and bit, who has it; this variable's are entered. */
function findVariableMistake(
  device: S7Settings,
  variable: VariableSettings,
  areaBytes: number | undefined,
  taken: Map<string, string>,
): { readonly key: string; readonly message: string } | undefined {
  const { at } = variable;
  const { type, firstBit, lastBit } = placeVariable(variable);
  if ((at.bit === undefined) === (type === "BOOL")) {
    const write = type === "BOOL" ? "a bit such as DB1.0.3" : "BOOL";
    return { key: "type", message: `${writeS7Place(at)} cannot hold ${type}; write ${write}` };
  }
  if (areaBytes === undefined)
    return { key: "at", message: `the device has no area ${at.area}; write it under \`areas\`` };
  if (lastBit >= areaBytes * 8) {
    const end = `it ends at byte ${lastBit >> 3}, beyond the ${areaBytes} bytes of ${at.area}`;
    return { key: "at", message: `${end}; write a lower address` };
  }
  const signalMistake = findSignalMistake(variable.signal, heldTypeOf(type), device.signals);
  if (signalMistake !== undefined) return { key: "signal", message: signalMistake };
  for (let bit = firstBit; bit <= lastBit; bit++) {
    const before = taken.get(`${at.area}/${bit}`);
    if (before !== undefined)
      return {
        key: "at",
        message: `byte ${bit >> 3} of ${at.area} belongs to ${before} already; write another address`,
      };
    taken.set(`${at.area}/${bit}`, variable.name ?? writeS7Place(at));
  }
  return undefined;
}
