/** What is wrong with a simulated broker that no single key shows: two values at one place.
 *  MQTT section → [find mistakes] → check plant */
import { findSignalMistake } from "../find-misfit.ts";
import { JsonShape } from "../json-shape.ts";
import type { DeviceMistake } from "../simulated-device.ts";
import type { MqttSettings } from "./mqtt-section.ts";

export function findMqttMistakes({ variables, metrics, signals, timestamp }: MqttSettings): DeviceMistake[] {
  const mistakes: DeviceMistake[] = [];
  const shapes = new Map<string, JsonShape | "text">();
  variables.forEach(({ topic, pointer, type, signal }, index) => {
    const path = ["variables", index];
    const known = shapes.get(topic);
    if (pointer === undefined ? known !== undefined : known === "text")
      mistakes.push({
        path: [...path, "topic"],
        message: `${topic} is there already; write another topic, or pointers for all its values`,
      });
    else if (pointer === undefined) shapes.set(topic, "text");
    else {
      const shape = known instanceof JsonShape ? known : new JsonShape();
      if (known === undefined && timestamp !== undefined) shape.place(timestamp);
      shapes.set(topic, shape);
      if (shape.place(pointer) === undefined)
        mistakes.push({
          path: [...path, "pointer"],
          message: `${topic} has a value there, above or below it; write another place`,
        });
    }
    const message = findSignalMistake(signal, type, signals);
    if (message !== undefined) mistakes.push({ path: [...path, "signal"], message });
  });
  const names = new Set<string>();
  metrics.forEach(({ group, node, device = "", metric, type, signal }, index) => {
    const name = [group, node, device, metric].join("/");
    if (names.has(name))
      mistakes.push({ path: ["metrics", index, "metric"], message: `${metric} is there twice; write another name` });
    names.add(name);
    const message = findSignalMistake(signal, type, signals);
    if (message !== undefined) mistakes.push({ path: ["metrics", index, "signal"], message });
  });
  return mistakes;
}
