/** Names the keys in which two parts of a configuration differ, as they are written in the file.
 *  configuration before and after → [changed keys] → compare configs, plan reload */
import { isDeepStrictEqual } from "node:util";
import type { WrittenSections } from "../config/ot-station-config.ts";

export interface ChangedKey {
  readonly key: string;
  readonly before: unknown;
  readonly after: unknown;
}

type Keys = Readonly<Record<string, unknown>>;

/** In the order of `before`, then what is new in `after`. A key without a value is not there. */
export function changedKeys(before: Keys, after: Keys): ChangedKey[] {
  return [...new Set([...Object.keys(before), ...Object.keys(after)])]
    .filter((key) => !isDeepStrictEqual(before[key], after[key]))
    .map((key) => ({ key, before: before[key], after: after[key] }));
}

/** What a running station takes over besides its devices and tags; everything else is fixed when it starts. */
const RELOADED: ReadonlySet<string> = new Set(["scanClasses", "report"]);

/** "link.rate", "journal.retention": keys that differ and that only a start reads. */
export function restartKeys(before: WrittenSections, after: WrittenSections): string[] {
  return leavesThatDiffer(before, after).filter((key) => !RELOADED.has(key.split(".", 1)[0]!));
}

function leavesThatDiffer(before: Keys, after: Keys): string[] {
  return changedKeys(before, after).flatMap(({ key, before: old, after: now }) =>
    isSection(old) && isSection(now) ? leavesThatDiffer(old, now).map((inner) => `${key}.${inner}`) : [key],
  );
}

/** A host with its port is one value to whoever writes it. */
function isSection(value: unknown): value is Keys {
  return typeof value === "object" && value !== null && !Array.isArray(value) && !("host" in value && "port" in value);
}
