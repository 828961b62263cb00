/** Keys that earlier releases had: refused like any unknown key, but with what to write instead.
 *  schema → [removed keys] → explain issue */
import type { z } from "zod";

/** For `z.strictObject(shape, removedKeys({ old: "is gone; write new" }))`. The words come behind the key's name. */
export function removedKeys(words: Readonly<Record<string, string>>): {
  error: (issue: z.core.$ZodRawIssue) => string | undefined;
} {
  return {
    error: (issue) => {
      if (issue.code !== "unrecognized_keys") return undefined;
      const known = (issue.keys as readonly string[]).filter((key) => Object.hasOwn(words, key));
      return known.length === 0 ? undefined : known.map((key) => `${key} ${words[key]}`).join("\n");
    },
  };
}

/** What the schema says of a removed key; undefined where it knows none of that name. */
export function wordsOfRemoved(key: string, message: string): string | undefined {
  return message
    .split("\n")
    .find((line) => line.startsWith(`${key} `))
    ?.slice(key.length + 1);
}
