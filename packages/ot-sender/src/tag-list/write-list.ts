/** Writes the tags of a configuration as a tag list.
 *  written devices → [write list] → CSV */
import { stringify } from "csv-stringify/sync";
import { COMMON_COLUMNS, type Column, cellOf, DEVICE_COLUMN, RARE_COLUMNS } from "./columns.ts";
import { guard } from "./formula-guard.ts";
import type { WrittenDevice } from "./written-devices.ts";

/** One row per tag, in the file's order; the common columns, then those of the others that any tag uses. Lines end with \n, UTF-8 without a mark. */
export function writeList(devices: readonly WrittenDevice[]): string {
  const used = new Set(devices.flatMap(({ tags }) => tags.flatMap((tag) => Object.keys(tag))));
  const columns: readonly Column[] = [...COMMON_COLUMNS, ...RARE_COLUMNS.filter(({ key }) => used.has(key))];
  const rows = devices.flatMap(({ name, tags }) =>
    tags.map((tag) => columns.map((each) => (each.name === DEVICE_COLUMN ? guard(name) : cellOf(tag, each)))),
  );
  return stringify([columns.map(({ name }) => name), ...rows]);
}
