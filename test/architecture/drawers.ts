/** Finds drawers: folders and files named after nothing in particular, where unrelated things collect.
 *  file paths → [drawers] → violations */
import type { GlobalViolation } from "./global-rules.ts";

const DRAWER = /^(utils?|helpers?|commons?|libs?|core|misc|shared|managers?|.*-(utils?|helpers?|manager))(\.ts)?$/;

export const DRAWER_RULE = "no-drawers";

/** @param file  path from the root, with /. */
export function checkPath(file: string): GlobalViolation[] {
  const drawer = file.split("/").find((part) => DRAWER.test(part));
  return drawer === undefined
    ? []
    : [{ rule: DRAWER_RULE, file, line: 1, column: 1, what: `${drawer}: name it after its concept` }];
}
