/** Which signal each value of a tag shows; those without one tell where they are.
 *  EtherNet/IP section → [tag sources] → tag image, check plant */
import type { SignalSettings } from "../../scenario/signal-section.ts";
import type { DeviceSurroundings } from "../simulated-device.ts";
import type { SourceOf } from "./build-controller.ts";
import { echoSource } from "./echo-source.ts";
import type { EthernetIpSettings, TagSettings } from "./ethernet-ip-section.ts";
import { heldTypeOf } from "./leaf-type.ts";

/** @param path  of a leaf, ".Axis.Position" or ".Counts[2]"; a signal of "Counts" is that of all its elements. */
function signalFor(tag: TagSettings, path: string): string | SignalSettings | undefined {
  if (path === "" || path.startsWith("[")) return tag.signal;
  const own = path.slice(1);
  return tag.members[own] ?? tag.members[own.replace(/\[\d+\]$/, "")];
}

/** @param tags  in the order in which the controller is built. */
export function sourcesOf(settings: EthernetIpSettings, surroundings: DeviceSurroundings): SourceOf {
  return (tag, element, leaf, order, name) => {
    const written = tag as TagSettings;
    const signal = signalFor(written, leaf.path);
    if (signal === undefined) return echoSource(name, element, leaf, order);
    const isArray = written.dimensions.length > 0;
    const copy = leaf.path.startsWith("[") ? order : element;
    // Elements of an array share the name and differ by their number, as the registers of one entry do.
    const randomness = `${settings.name}/${isArray ? written.name : name}${leaf.path.startsWith("[") ? "" : leaf.path}`;
    const source = surroundings.signalOf(signal, heldTypeOf(leaf.type), randomness, copy);
    return { at: (timeMs) => source.at(timeMs), constant: false, scale: written.scale };
  };
}
