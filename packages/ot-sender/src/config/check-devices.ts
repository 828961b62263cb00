/** Finds what is wrong between the lines: names used twice, addresses that no device has, keys that contradict one another.
 *  station file → [check devices] → config error, each with its place */
import { DRIVERS } from "../drivers/registry.ts";
import { pathKey, pathMistake } from "../tag/tag-path.ts";
import { driverKeysOf, type RawDevice } from "./device-section.ts";
import { fullPath, resolveTag, type TagDefaults, type TagMistake } from "./resolve-tag.ts";
import type { CheckableDevice } from "./sound-parts.ts";

/** Called with the place of each mistake, as zod counts, and what is wrong. */
export type AddMistake = (path: PropertyKey[], message: string) => void;

/** Every mistake of every device, disabled ones included: they are meant to be enabled some day. What has mistakes of its own is undefined. */
export function checkDevices(
  devices: readonly (CheckableDevice | undefined)[],
  calculated: readonly { readonly path: string }[],
  defaults: TagDefaults,
  add: AddMistake,
): void {
  const names = new Repetitions();
  const paths = new Repetitions();
  const firstOnChannel = new Map<string, Readonly<Record<string, unknown>>>();
  for (const [index, device] of devices.entries()) {
    if (device === undefined) continue;
    const place = ["devices", index];
    names.note(device.name, [...place, "name"]);
    if (device.scanClass !== undefined && defaults.scanClasses[device.scanClass] === undefined)
      add([...place, "scanClass"], noScanClass(device.scanClass, defaults));
    const channelMistake = channelMistakeOf(device, firstOnChannel);
    if (channelMistake !== undefined) add(place, channelMistake);
    const prefixMistake = device.path === undefined ? undefined : pathMistake(device.path);
    if (prefixMistake !== undefined) add([...place, "path"], prefixMistake);
    for (const [tagIndex, tag] of device.tags.entries()) {
      if (tag === undefined) continue;
      const tagPlace = [...place, "tags", tagIndex];
      const mistake = prefixMistake === undefined ? pathMistake(fullPath(tag, device)) : undefined;
      if (mistake !== undefined) add([...tagPlace, "path"], mistake);
      paths.note(pathKey(fullPath(tag, device)), [...tagPlace, "path"]);
      for (const { key, below = [], text } of tagMistakes(device, tagIndex, defaults))
        add([...tagPlace, key, ...below], text);
    }
  }
  for (const [index, { path }] of calculated.entries()) {
    const mistake = pathMistake(path);
    if (mistake !== undefined) add(["calculatedTags", index, "path"], mistake);
    paths.note(pathKey(path), ["calculatedTags", index, "path"]);
  }
  names.report((name) => `device name ${JSON.stringify(name)}`, add);
  paths.report((path) => `tag path ${JSON.stringify(path)}`, add);
}

/** @param firstOnChannel  driver's keys by channel; completed. */
function channelMistakeOf(
  device: RawDevice,
  firstOnChannel: Map<string, Readonly<Record<string, unknown>>>,
): string | undefined {
  const factory = DRIVERS.get(device.driver);
  if (factory === undefined) return undefined;
  const config = driverKeysOf(factory, device);
  const channel = `${factory.name} ${factory.channelOf(config)}`;
  const first = firstOnChannel.get(channel);
  if (first !== undefined) return factory.channelMistakeOf?.(config, first);
  firstOnChannel.set(channel, config);
  return undefined;
}

function tagMistakes(device: RawDevice, index: number, defaults: TagDefaults): readonly TagMistake[] {
  const factory = DRIVERS.get(device.driver);
  const raw = device.tags[index];
  if (factory === undefined || raw === undefined) return [];
  const resolved = resolveTag(raw, device, factory, defaults);
  if ("mistakes" in resolved) return resolved.mistakes;
  const { path, address, dataType, driverOptions: options } = resolved.settings;
  const text = factory.mistakeOf({ tagId: 0, path, address, dataType, options }, driverKeysOf(factory, device));
  return text === undefined ? [] : [{ key: "address", text }];
}

function noScanClass(name: string, { scanClasses }: TagDefaults): string {
  return `there is no scan class ${JSON.stringify(name)}; write one of: ${Object.keys(scanClasses).join(", ")}`;
}

/** A repeated name is a mistake at both places: which of the two is wrong, only the user knows. */
class Repetitions {
  readonly #first = new Map<string, PropertyKey[]>();
  readonly #repeated = new Map<string, PropertyKey[][]>();

  note(name: string, place: PropertyKey[]): void {
    const first = this.#first.get(name);
    if (first === undefined) this.#first.set(name, place);
    else this.#repeated.set(name, [...(this.#repeated.get(name) ?? [first]), place]);
  }

  report(describe: (name: string) => string, add: AddMistake): void {
    for (const [name, places] of this.#repeated)
      for (const place of places)
        add(place, `${describe(name)} is used ${places.length} times; give each its own (lower and upper case differ)`);
  }
}
