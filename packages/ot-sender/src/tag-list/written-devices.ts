/** The devices of a configuration file as they are written, with the tags that stand in them; and the calculated tags, which belong to none.
 *  YAML → [written devices] → write list, compare list */
import { readYaml } from "@nonreturn/station";
import type { z } from "zod";
import { DRIVERS } from "../drivers/registry.ts";
import type { WrittenTag } from "./columns.ts";

export interface WrittenDevice {
  /** "" for calculated tags. */
  readonly name: string;
  readonly kind: "device" | "calculated";
  /** In the file; -1 for calculated tags. */
  readonly index: number;
  /** Keys of tags that its driver knows. */
  readonly tagShape: z.ZodRawShape;
  /** Its own; those of its template, if it has one, stand there. */
  readonly tags: readonly WrittenTag[];
}

/** What `device` is of a calculated tag. */
export const CALCULATED = "";

/**
 * Calculated tags come last, like a device without a name.
 *
 * @param text  of a file that has been checked. Devices whose name comes from a template are not in it: a list cannot name them.
 */
export function writtenDevices(text: string): WrittenDevice[] {
  const file = readYaml(text).value as WrittenFile;
  const devices = file.devices.flatMap((device, index): WrittenDevice[] => {
    if (device.name === undefined) return [];
    const driver = device.driver ?? file.templates?.[device.template ?? ""]?.device.driver ?? "";
    const tagShape = DRIVERS.get(driver)?.tagShape ?? {};
    return [{ name: device.name, kind: "device", index, tagShape, tags: device.tags ?? [] }];
  });
  return [
    ...devices,
    { name: CALCULATED, kind: "calculated", index: -1, tagShape: {}, tags: file.calculatedTags ?? [] },
  ];
}

interface WrittenFile {
  readonly templates?: Readonly<Record<string, { readonly device: { readonly driver?: string } }>>;
  readonly calculatedTags?: readonly WrittenTag[] | null;
  readonly devices: readonly {
    readonly name?: string;
    readonly driver?: string;
    readonly template?: string;
    readonly tags?: readonly WrittenTag[] | null;
  }[];
}
