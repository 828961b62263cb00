import { resolve } from "node:path";
import { beforeEach, expect, test } from "vitest";
import { createProgram, withKeysFolder } from "../../src/index.ts";

let printed: string[];
beforeEach(() => {
  printed = [];
});

/** The folder that the action was given. */
async function folderOf(...argv: string[]): Promise<string> {
  const folders: string[] = [];
  const program = createProgram("nonreturn-ot", "", "0.1.0").configureOutput({ writeErr: () => undefined });
  withKeysFolder(program.command("show"), {
    print: (line) => void printed.push(line),
    keysFolder: "keys",
    keysFolderOf: (configFile) => `/of/${configFile}`,
  }).action(({ keys }: { keys: string }) => void folders.push(keys));
  await program.parseAsync(["show", ...argv], { from: "user" });
  return folders.join();
}

test("the folder that is given, or the configuration's; nothing needs to be said of it", async () => {
  expect(await folderOf("--keys", "elsewhere")).toBe("elsewhere");
  expect(await folderOf("--keys", "keys")).toBe("keys");
  expect(await folderOf("--config", "ot.yaml")).toBe("/of/ot.yaml");
  expect(printed).toEqual([]);
});

test("without either it is the one here, and that is said", async () => {
  expect(await folderOf()).toBe("keys");
  expect(printed).toEqual([`Neither --config nor --keys is given: the keys folder is ${resolve("keys")}`]);
});

test("both are one too many", async () => {
  await expect(folderOf("--config", "ot.yaml", "--keys", "elsewhere")).rejects.toThrow(
    "option '--keys <folder>' cannot be used with option '--config <file>'",
  );
});
