/** Mistakes of a plant that no single key shows: names twice, what a protocol finds in its devices, faults of another protocol.
 *  plant section → [check plant] → start, or every mistake at once */
import { foreignFault, protocolOf } from "../plant/protocols.ts";
import type { DeviceMistake } from "../plant/simulated-device.ts";
import { type PlantSettings, uncheckedPlantSection } from "./plant-section.ts";

export const plantSection = uncheckedPlantSection.superRefine((plant, context) => {
  for (const { path, message } of findPlantMistakes(plant))
    context.addIssue({ code: "custom", path: [...path], message });
});

function findPlantMistakes(plant: PlantSettings): DeviceMistake[] {
  const mistakes: DeviceMistake[] = [];
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
    for (const mistake of protocolOf(device).findMistakes(device))
      mistakes.push({ ...mistake, path: [...path, ...mistake.path] });
  });
  plant.timeline.forEach((event, index) => {
    const device = plant.devices.find(({ name }) => name === event.device);
    const message =
      device === undefined
        ? `there is no device "${event.device}"; write one of ${[...names].join(", ")}`
        : foreignFault(device, event.fault);
    const key = device === undefined ? ["device"] : ["fault", "kind"];
    if (message !== undefined) mistakes.push({ path: ["timeline", index, ...key], message });
  });
  return mistakes;
}
