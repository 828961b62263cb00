/** Checks the rules of direction that imports cannot tell, over the whole source tree. The second half of `npm run check:architecture`.
 *  packages, hardware-sim, test → [check globals] → violations, exit code */
import { readdirSync, readFileSync } from "node:fs";
import { join, relative, sep } from "node:path";
import { checkPath } from "./drawers.ts";
import { checkSource, GLOBAL_RULES, type GlobalViolation } from "./global-rules.ts";

/** Every violation under `root`. Generated code (folders named gen) is not ours to judge. */
export function checkTree(root: string): GlobalViolation[] {
  return ["packages", "hardware-sim", "test"].flatMap((top) =>
    sourceFiles(join(root, top)).flatMap((path) => {
      const file = relative(root, path).split(sep).join("/");
      return [...checkPath(file), ...checkSource(file, readFileSync(path, "utf8"))];
    }),
  );
}

function sourceFiles(folder: string): string[] {
  let entries: ReturnType<typeof readFolder>;
  try {
    entries = readFolder(folder);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return []; // a fixture has no hardware-sim
    throw error;
  }
  return entries.flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return ["node_modules", "gen", "violations"].includes(entry.name) ? [] : sourceFiles(path);
    return /\.[cm]?[jt]s$/.test(entry.name) ? [path] : [];
  });
}

function readFolder(folder: string) {
  return readdirSync(folder, { withFileTypes: true });
}

if (import.meta.main) {
  const violations = checkTree(join(import.meta.dirname, "../.."));
  for (const { rule, file, line, column, what } of violations) {
    const comment = GLOBAL_RULES.find(({ name }) => name === rule)?.comment ?? "";
    console.error(`${file}:${line}:${column}: ${rule}: ${what}\n    ${comment}`);
  }
  console.log(violations.length === 0 ? "no violations of the rules about globals" : `${violations.length} violations`);
  process.exitCode = violations.length === 0 ? 0 : 1;
}
