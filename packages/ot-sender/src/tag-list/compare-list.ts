/** Says what a tag list would change, before anything is changed.
 *  read list, written devices → [compare list] → edit file, lines for a person */
import { isDeepStrictEqual } from "node:util";
import type { WrittenTag } from "./columns.ts";
import type { ListRow, TagList } from "./read-list.ts";
import type { WrittenDevice } from "./written-devices.ts";

/** merge: tags that the list does not name stay. replace: they go, of devices that the list names. */
export type ImportMode = "merge" | "replace";

export type TagChange =
  | { readonly kind: "add"; readonly device: WrittenDevice; readonly row: ListRow }
  | { readonly kind: "remove"; readonly device: WrittenDevice; readonly at: number }
  | {
      readonly kind: "change";
      readonly device: WrittenDevice;
      readonly row: ListRow;
      readonly at: number;
      /** Undefined: the key goes. */
      readonly keys: ReadonlyMap<string, unknown>;
    };

export interface Difference {
  readonly changes: readonly TagChange[];
  readonly unchanged: number;
  /** Of every tag of the list, where it stands in the file now: undefined for a new one. */
  readonly places: ReadonlyMap<ListRow, number | undefined>;
}

export function compareList(list: TagList, devices: readonly WrittenDevice[], mode: ImportMode): Difference {
  const changes: TagChange[] = [];
  const places = new Map<ListRow, number | undefined>();
  let unchanged = 0;
  const rowsOf = Map.groupBy(list.rows, ({ device }) => device);
  for (const device of devices) {
    const rows = rowsOf.get(device.name);
    if (rows === undefined) {
      unchanged += device.tags.length;
      continue;
    }
    const indexOf = new Map(device.tags.map((tag, at) => [tag.path, at]));
    const named = new Set<number>();
    for (const row of rows) {
      const at = indexOf.get(row.tag.path);
      places.set(row, at);
      if (at === undefined) {
        changes.push({ kind: "add", device, row });
        continue;
      }
      named.add(at);
      const keys = changedKeys(device.tags[at]!, row.tag, mode === "merge" ? list.keys : undefined);
      if (keys.size === 0) unchanged++;
      else changes.push({ kind: "change", device, row, at, keys });
    }
    for (const at of device.tags.keys()) {
      if (named.has(at)) continue;
      if (mode === "replace") changes.push({ kind: "remove", device, at });
      else unchanged++;
    }
  }
  return { changes, unchanged, places };
}

/** @param considered  the keys that count; all if left out. */
function changedKeys(before: WrittenTag, after: WrittenTag, considered: ReadonlySet<string> | undefined) {
  const keys = new Set([...Object.keys(before), ...Object.keys(after)]);
  const changed = new Map<string, unknown>();
  for (const key of keys) {
    if (considered !== undefined && !considered.has(key)) continue;
    // An empty unit or description is none.
    const old = before[key] === "" || before[key] === null ? undefined : before[key];
    if (!isDeepStrictEqual(old, after[key])) changed.set(key, after[key]);
  }
  return changed;
}

/** A line per change, then the sum. Values are quoted as JSON: nothing in a name reaches the terminal as it is. */
export function differenceLines({ changes, unchanged }: Difference): string[] {
  const count = (kind: TagChange["kind"]): number => changes.filter((change) => change.kind === kind).length;
  return [
    ...changes.map((change) => {
      const name = change.device.kind === "calculated" ? "calculated " : `${JSON.stringify(change.device.name)} `;
      if (change.kind === "add") return `+ ${name}${show(change.row.tag.path)}: ${keyList(change.row.tag)}`;
      const before = change.device.tags[change.at]!;
      if (change.kind === "remove") return `- ${name}${show(before.path)}: ${keyList(before)}`;
      const keys = [...change.keys].map(([key, value]) => `${key} ${show(before[key])} → ${show(value)}`);
      return `~ ${name}${show(change.row.tag.path)}: ${keys.join(", ")}`;
    }),
    `${count("add")} added, ${count("change")} changed, ${count("remove")} removed, ${unchanged} unchanged`,
  ];
}

function keyList(tag: WrittenTag): string {
  return Object.entries(tag)
    .filter(([key]) => key !== "path")
    .map(([key, value]) => `${key} ${show(value)}`)
    .join(", ");
}

/** As JSON, fit for a terminal. */
export function show(value: unknown): string {
  // C1 controls are left alone by JSON, and some terminals obey them.
  return value === undefined
    ? "–"
    : JSON.stringify(value).replace(
        /[\u007f-\u009f\u2028-\u202e\u2066-\u2069]/g,
        (each) => `\\u${each.charCodeAt(0).toString(16).padStart(4, "0")}`,
      );
}
