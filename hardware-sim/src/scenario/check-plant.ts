/** Mistakes of a plant that no single key shows: overlaps, names twice, types that do not fit.
 *  plant section → [check plant] → start, or every mistake at once */

import { placeRegister } from "../plant/place-register.ts";
import { isBitTable, writeRegisterAddress } from "../plant/register-address.ts";
import type { RegisterType } from "../plant/register-value.ts";
import {
  type DeviceSettings,
  type PlantSettings,
  type RegisterSettings,
  uncheckedPlantSection,
} from "./plant-section.ts";
import type { SignalSettings } from "./signal-section.ts";

interface PlantMistake {
  readonly path: readonly (string | number)[];
  readonly message: string;
}

export const plantSection = uncheckedPlantSection.superRefine((plant, context) => {
  for (const { path, message } of findPlantMistakes(plant))
    context.addIssue({ code: "custom", path: [...path], message });
});

function findPlantMistakes(plant: PlantSettings): PlantMistake[] {
  const mistakes: PlantMistake[] = [];
  const names = new Set<string>();
  const ports = new Set<string>();
  plant.devices.forEach((device, index) => {
    const path = ["devices", index];
    if (names.has(device.name))
      mistakes.push({
        path: [...path, "name"],
        message: `two devices are called "${device.name}"; write another name`,
      });
    names.add(device.name);
    const port = `${device.listen.host}:${device.listen.port}`;
    if (device.listen.port !== 0 && ports.has(port)) {
      mistakes.push({
        path: [...path, "listen"],
        message: `two devices listen on ${port}; write another port, or 0 for a free one`,
      });
    }
    ports.add(port);
    const units = new Set<number>();
    device.units.forEach((unit, unitIndex) => {
      const unitPath = [...path, "units", unitIndex];
      if (units.has(unit.unit))
        mistakes.push({
          path: [...unitPath, "unit"],
          message: `unit ${unit.unit} is there twice; write another number`,
        });
      units.add(unit.unit);
      mistakes.push(...findRegisterMistakes(device, unit.registers, [...unitPath, "registers"]));
    });
  });
  plant.timeline.forEach((event, index) => {
    if (!names.has(event.device)) {
      mistakes.push({
        path: ["timeline", index, "device"],
        message: `there is no device "${event.device}"; write one of ${[...names].join(", ")}`,
      });
    }
  });
  return mistakes;
}

function findRegisterMistakes(
  device: DeviceSettings,
  registers: readonly RegisterSettings[],
  path: readonly (string | number)[],
): PlantMistake[] {
  const mistakes: PlantMistake[] = [];
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
    const signal = typeof register.signal === "string" ? device.signals[register.signal] : register.signal;
    if (signal === undefined) {
      const known =
        Object.keys(device.signals).join(", ") || "none are there yet: write them under `signals` of the device";
      mistakes.push({
        path: [...here, "signal"],
        message: `the device has no signal "${String(register.signal)}"; write one of its signals (${known})`,
      });
      return;
    }
    const misfit = findMisfit(type, signal);
    if (misfit !== undefined) mistakes.push({ path: [...here, "signal"], message: misfit });
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

function findMisfit(type: RegisterType, signal: SignalSettings): string | undefined {
  const isText = signal.kind === "text" || (signal.kind === "constant" && typeof signal.value === "string");
  if (type === "STRING")
    return isText ? undefined : `a STRING register cannot show a ${signal.kind}; write a text signal`;
  if (signal.kind === "text") return `a ${type} register cannot show text; write \`type: STRING\``;
  if (!isText || signal.kind !== "constant") return undefined;
  const text = String(signal.value);
  if (type === "BOOLEAN") return `a bit cannot show "${text}"; write true or false`;
  if (type.startsWith("FLOAT"))
    return text === "NaN" || !Number.isNaN(Number(text))
      ? undefined
      : `"${text}" is no number; write one, "NaN" or "-Infinity"`;
  return /^-?\d{1,20}$/.test(text) ? undefined : `"${text}" is no whole number; write one`;
}
