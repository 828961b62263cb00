/** What is wrong with a simulated REST device that no single key shows: two values at one place, or one within another.
 *  REST section → [find mistakes] → check plant */
import { findSignalMistake } from "../find-misfit.ts";
import { JsonShape } from "../json-shape.ts";
import type { DeviceMistake } from "../simulated-device.ts";
import type { RestSettings } from "./rest-section.ts";

export function findRestMistakes({ variables, signals, timestamp }: RestSettings): DeviceMistake[] {
  const mistakes: DeviceMistake[] = [];
  const shapes = new Map<string, JsonShape>();
  variables.forEach(({ path: resource, pointer, type, signal }, index) => {
    const path = ["variables", index];
    let shape = shapes.get(resource);
    if (shape === undefined) {
      shape = new JsonShape();
      if (timestamp !== undefined) shape.place(timestamp);
      shapes.set(resource, shape);
    }
    if (shape.place(pointer) === undefined)
      mistakes.push({
        path: [...path, "pointer"],
        message: `${resource} has a value there, above or below it; write another place`,
      });
    const message = findSignalMistake(signal, type, signals);
    if (message !== undefined) mistakes.push({ path: [...path, "signal"], message });
  });
  return mistakes;
}
