/** What is wrong with a simulated controller that no single key shows: types that are not there, names twice, signals that do not fit.
 *  EtherNet/IP section → [find mistakes] → check plant */
import { findSignalMistake } from "../find-misfit.ts";
import type { DeviceMistake } from "../simulated-device.ts";
import { buildController } from "./build-controller.ts";
import { type ControllerType, isText, type TypeTable } from "./controller-type.ts";
import { echoSource } from "./echo-source.ts";
import type { EthernetIpSettings, TagSettings } from "./ethernet-ip-section.ts";
import { heldTypeOf } from "./leaf-type.ts";
import { leavesOf } from "./tag-image.ts";

export function findEthernetIpMistakes(settings: EthernetIpSettings): DeviceMistake[] {
  const { family, types, tags } = settings;
  const built = buildController(family, types, tags, (_tag, element, leaf, order, name) =>
    echoSource(name, element, leaf, order),
  );
  const mistakes = built.mistakes.map(({ of, index, message }): DeviceMistake => ({ path: [of, index], message }));
  tags.forEach((tag, index) => {
    mistakes.push(...findTagMistakes(tag, built.controller.types, settings.signals, ["tags", index]));
  });
  return mistakes;
}

function findTagMistakes(
  tag: TagSettings,
  types: TypeTable,
  named: EthernetIpSettings["signals"],
  path: readonly (string | number)[],
): DeviceMistake[] {
  const type = types.find(tag.type);
  if (type === undefined) return []; // said already
  const isStructure = type.kind === "structure" && !isText(type);
  if (tag.signal !== undefined) {
    const message = isStructure
      ? `a ${tag.type} has members; write their signals under \`members\``
      : findSignalMistake(tag.signal, heldTypeOf(type), named);
    return message === undefined ? [] : [{ path: [...path, "signal"], message }];
  }
  return Object.entries(tag.members).flatMap(([name, signal]) => {
    const leaf = isStructure ? leafOf(type, name) : undefined;
    const message =
      leaf === undefined
        ? `${tag.type} has no member ${name}; write one of ${memberNames(type)}`
        : findSignalMistake(signal, heldTypeOf(leaf), named);
    return message === undefined ? [] : [{ path: [...path, "members", name], message }];
  });
}

function leafOf(type: ControllerType, name: string): ControllerType | undefined {
  return leavesOf(type).find(({ path }) => path === `.${name}` || path === `.${name}[0]`)?.type;
}

function memberNames(type: ControllerType): string {
  const names = leavesOf(type).map(({ path }) => path.slice(1).replace(/\[\d+\]$/, ""));
  return [...new Set(names)].slice(0, 20).join(", ");
}
