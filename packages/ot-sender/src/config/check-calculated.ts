/** Finds what is wrong with calculated tags: expressions, inputs, circles.
 *  station file → [check calculated] → config error, each with its place */
import { DRIVERS } from "../drivers/registry.ts";
import { publishedType } from "../tag/tag-settings.ts";
import type { RawCalculated } from "./calculated-section.ts";
import type { AddMistake } from "./check-devices.ts";
import type { RawDevice } from "./device-section.ts";
import { resolveCalculated } from "./resolve-calculated.ts";
import { resolveTag, type TagDefaults } from "./resolve-tag.ts";

export function checkCalculated(
  raws: readonly RawCalculated[],
  devices: readonly RawDevice[],
  defaults: TagDefaults,
  add: AddMistake,
): void {
  if (raws.length === 0) return;
  const { mistakes } = resolveCalculated(raws, typesOf(devices, defaults), defaults);
  for (const { index, place, text } of mistakes) add(["calculatedTags", index, ...place], text);
}

/** Published types of the devices' tags by path. A tag with mistakes of its own is there, and is no number. */
function typesOf(devices: readonly RawDevice[], defaults: TagDefaults): ReadonlyMap<string, string> {
  const types = new Map<string, string>();
  for (const device of devices) {
    const factory = DRIVERS.get(device.driver);
    for (const raw of factory === undefined ? [] : device.tags) {
      const resolved = resolveTag(raw, device, factory!, defaults);
      if ("settings" in resolved) types.set(resolved.settings.path, publishedType(resolved.settings));
    }
  }
  return types;
}
