/** Makes the paths in a device's keys absolute, so that it does not matter where the station was started.
 *  device section → [place paths] → device settings → drivers */
import { resolve } from "node:path";
import type { DriverFactory } from "../drivers/driver.ts";

export interface PathOrigin {
  /** Of the configuration file: what a user writes is relative to it. */
  readonly configFolder: string;
  readonly dataFolder: string; // absolute
}

/** A device's key that ends in File or Folder holds a path, and so do those that the driver names. Never throws. */
export function placePaths(
  keys: Readonly<Record<string, unknown>>,
  { pathKeys = [], ownFolders = {} }: Pick<DriverFactory, "pathKeys" | "ownFolders">,
  { configFolder, dataFolder }: PathOrigin,
): Record<string, unknown> {
  const placed = Object.entries(keys).map(([key, value]): [string, unknown] => {
    if (!/(File|Folder)$/.test(key) && !pathKeys.includes(key)) return [key, value];
    if (typeof value === "string") return [key, resolve(configFolder, value)];
    if (typeof value !== "object" || value === null) return [key, value];
    return [key, Object.fromEntries(Object.entries(value).map(([name, path]) => [name, resolve(configFolder, path)]))];
  });
  const own = Object.entries(ownFolders).map(([key, folder]) => [key, resolve(dataFolder, folder)]);
  return { ...Object.fromEntries(own), ...Object.fromEntries(placed) };
}
