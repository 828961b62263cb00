/** What is wrong with a simulated OPC UA server that no single key shows: ids twice, namespaces that are not there, nobody who could log in.
 *  OPC UA section → [find mistakes] → check plant */
import { findSignalMistake } from "../find-misfit.ts";
import type { DeviceMistake } from "../simulated-device.ts";
import type { OpcuaSettings } from "./opcua-section.ts";

export function findOpcuaMistakes({
  namespaces,
  variables,
  signals,
  anonymous,
  users,
}: OpcuaSettings): DeviceMistake[] {
  const mistakes: DeviceMistake[] = [];
  if (!anonymous && users.length === 0)
    mistakes.push({ path: ["users"], message: "nobody could log in; write users, or anonymous: true" });
  if (new Set(namespaces).size < namespaces.length)
    mistakes.push({ path: ["namespaces"], message: "one of them is there twice; write each once" });
  const ids = new Set<string>();
  variables.forEach(({ id, namespace = namespaces[0]!, type, signal }, index) => {
    const path = ["variables", index];
    const key = `${namespace};${id}`;
    if (ids.has(key)) mistakes.push({ path: [...path, "id"], message: `${id} is there twice; write another id` });
    ids.add(key);
    if (!namespaces.includes(namespace))
      mistakes.push({
        path: [...path, "namespace"],
        message: `the server has no namespace ${namespace}; write one of ${namespaces.join(", ")}`,
      });
    const message = findSignalMistake(signal, type, signals);
    if (message !== undefined) mistakes.push({ path: [...path, "signal"], message });
  });
  return mistakes;
}
