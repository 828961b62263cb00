/** Tells which parts of a file may be looked at further, although others have mistakes.
 *  zod's issues → [sound parts] → station file, check devices */
import type { RawDevice } from "./device-section.ts";

export interface SoundParts {
  /** Whether nothing is wrong below these keys of the file; without any, whether it is a file with keys at all. */
  has(...keys: readonly string[]): boolean;
  /** At their places: undefined where a device has a mistake of its own; a tag that has one is undefined among its device's tags. */
  devices(devices: readonly RawDevice[]): readonly (CheckableDevice | undefined)[];
}

export type CheckableDevice = RawDevice & { readonly tags: readonly (RawDevice["tags"][number] | undefined)[] };

interface Issue {
  readonly code?: string | undefined;
  readonly path?: readonly PropertyKey[] | undefined;
}

export function soundParts(issues: readonly Issue[]): SoundParts {
  const keys = new Set<PropertyKey | undefined>();
  /** "3": the device itself; "3 7": one of its tags. */
  const broken = new Set<string>();
  for (const { code, path = [] } of issues) {
    const [key, device, inner, tag] = path;
    // A key that nobody knows spoils nothing around it; but a tag that misspells its address has none, and need not hear it twice.
    const isTag = key === "devices" && inner === "tags" && tag !== undefined;
    if (isTag) broken.add(`${String(device)} ${String(tag)}`);
    if (code === "unrecognized_keys") continue;
    keys.add(key);
    if (key === "devices" && !isTag) broken.add(String(device));
  }
  return {
    has: (...wanted) => !keys.has(undefined) && !wanted.some((key) => keys.has(key)),
    devices: (devices) =>
      broken.size === 0
        ? devices
        : devices.map((device, index) => {
            if (broken.has(String(index))) return undefined;
            const tags = device.tags.map((each, at) => (broken.has(`${index} ${at}`) ? undefined : each));
            return { ...device, tags } as CheckableDevice;
          }),
  };
}
