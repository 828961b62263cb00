/** The rules of direction: each fires on its fixture and on nothing else there, and the real tree is clean. */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join, relative, sep } from "node:path";
import { cruise, type ICruiseResult, type IForbiddenRuleType } from "dependency-cruiser";
import { describe, expect, test } from "vitest";
import { checkTree } from "./check-globals.ts";
import { DRAWER_RULE } from "./drawers.ts";
import { GLOBAL_RULES } from "./global-rules.ts";

const ROOT = join(import.meta.dirname, "../..");
const VIOLATIONS = join(import.meta.dirname, "violations");
const config = createRequire(import.meta.url)(join(ROOT, ".dependency-cruiser.cjs")) as {
  readonly forbidden: IForbiddenRuleType[];
  readonly options: Record<string, unknown>;
};

/** "rule file" for everything both halves of the check find under `root`. */
async function violationsIn(root: string, tops: readonly string[]): Promise<string[]> {
  const result = await cruise([...tops], {
    ...config.options,
    ruleSet: { forbidden: config.forbidden, options: config.options },
    validate: true,
    baseDir: root,
  } as Parameters<typeof cruise>[1]);
  const { summary } = result.output as ICruiseResult;
  expect(summary.totalCruised).toBeGreaterThan(0);
  const ofImports = summary.violations.map(({ rule, from }) => `${rule.name} ${from}`);
  const ofGlobals = checkTree(root).map(({ rule, file }) => `${rule} ${file}`);
  return [...new Set([...ofImports, ...ofGlobals])].sort();
}

/** "rule file" for every file that says in its first line what it violates. */
function announcedIn(root: string): string[] {
  const files = readdirSync(root, { recursive: true, encoding: "utf8" }).filter((file) => file.endsWith(".ts"));
  return files
    .flatMap((file) => {
      const rule = /^\/\/ violates (\S+)\n/.exec(readFileSync(join(root, file), "utf8"))?.[1];
      return rule === undefined ? [] : [`${rule} ${relative(root, join(root, file)).split(sep).join("/")}`];
    })
    .sort();
}

const names = [...config.forbidden.map(({ name }) => name ?? ""), ...GLOBAL_RULES.map(({ name }) => name), DRAWER_RULE];

describe("every rule fires", () => {
  test.each(names)("%s", async (name) => {
    const folder = join(VIOLATIONS, name);
    const announced = announcedIn(folder);
    expect(announced.filter((line) => line.startsWith(`${name} `)).length).toBeGreaterThan(0);
    const tops = ["packages", "hardware-sim"].filter((top) => existsSync(join(folder, top)));
    expect(await violationsIn(folder, tops)).toEqual(announced);
  });

  test("no fixture is left without a rule", () => {
    expect(readdirSync(VIOLATIONS).sort()).toEqual([...names].sort());
  });
});

test("the real tree is clean", async () => {
  expect(await violationsIn(ROOT, sourceFolders())).toEqual([]);
});

function sourceFolders(): string[] {
  const packages = readdirSync(join(ROOT, "packages")).map((name) => `packages/${name}`);
  return [...packages, "hardware-sim"]
    .flatMap((folder) => [`${folder}/src`, `${folder}/bin`])
    .filter((folder) => existsSync(join(ROOT, folder)));
}
