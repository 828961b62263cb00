import { copyFileSync, existsSync, mkdirSync, readdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { startProgram } from "../../../../test/support/child-program.ts";
import { temporaryFolder } from "../../../../test/support/temporary-folder.ts";

const launcher = fileURLToPath(new URL("../../bin/launch.js", import.meta.url));
const main = fileURLToPath(new URL("../fixtures/main.ts", import.meta.url));
const packageName = `node-${process.platform}-${process.arch}`;

/**
 * An installation in a folder of its own, started by a Node that claims to be version 18: the launcher sees only the number, so the
 * child path is tested on any machine. `bundled` is the version of the Node that came along.
 */
function installation(bundled: string | undefined): string {
  const folder = temporaryFolder();
  writeFileSync(join(folder, "package.json"), '{"type":"module"}');
  copyFileSync(launcher, join(folder, "launch.js"));
  copyFileSync(main, join(folder, "main.ts"));
  writeFileSync(
    join(folder, "old.js"),
    `Object.defineProperty(process.versions, "node", { value: "18.20.0" });
     const { launch } = await import("./launch.js");
     await launch(new URL("./main.ts", import.meta.url));`,
  );
  writeFileSync(
    join(folder, "new.js"),
    'import { launch } from "./launch.js"; await launch(new URL("./main.ts", import.meta.url));',
  );
  if (bundled !== undefined) {
    const home = join(folder, "node_modules", packageName);
    mkdirSync(join(home, "bin"), { recursive: true });
    writeFileSync(join(home, "package.json"), JSON.stringify({ name: packageName, version: bundled }));
    symlinkSync(process.execPath, join(home, "bin", "node"));
  }
  return folder;
}

describe("launch", () => {
  test("under Node 24 the program runs in the same process", async () => {
    const program = startProgram([join(installation(undefined), "new.js"), "5", "--flag"]);
    expect(await program.ended).toEqual({ code: 5, signal: null });
    expect(JSON.parse(program.stdout())).toEqual({ version: process.version, args: ["5", "--flag"] });
  });

  test("under an older Node the bundled one runs it: arguments, output and exit code pass through", async () => {
    const program = startProgram([join(installation("24.1.0"), "old.js"), "6", "a b", "--flag"]);
    expect(await program.ended).toEqual({ code: 6, signal: null });
    expect(JSON.parse(program.stdout())).toEqual({ version: process.version, args: ["6", "a b", "--flag"] });
  });

  test("signals are passed on and the child's exit code is kept", async () => {
    const program = startProgram([join(installation("24.1.0"), "old.js"), "wait"]);
    await program.seen(/version/);
    program.signal("SIGTERM");
    expect(await program.ended).toEqual({ code: 7, signal: null });
    expect(program.stdout()).toContain("terminated");
  });

  test("a child ended by a signal gives 128 + its number", async () => {
    expect(await startProgram([join(installation("24.1.0"), "old.js"), "die"]).ended).toEqual({
      code: 137,
      signal: null,
    });
  });

  test.each([undefined, "22.0.0"])("with %s bundled it says what to do", async (bundled) => {
    const program = startProgram([join(installation(bundled), "old.js"), "0"]);
    expect(await program.ended).toEqual({ code: 1, signal: null });
    expect(program.stderr()).toMatch(/^error NODE_TOO_OLD: .*\n {3}at .*\n {3}do Run npm ci/);
    expect(program.stdout()).toBe("");
  });
});

describe("what Node made of the modules", () => {
  /** `packages/station/bin` as in an installation, and a program that says where its threads look. */
  function installed(): { folder: string; start(): ReturnType<typeof startProgram> } {
    const folder = temporaryFolder();
    const bin = join(folder, "packages", "station", "bin");
    mkdirSync(bin, { recursive: true });
    writeFileSync(join(folder, "package.json"), '{"type":"module"}');
    copyFileSync(launcher, join(bin, "launch.js"));
    writeFileSync(
      join(bin, "main.ts"),
      'const where: string = process.env.NODE_COMPILE_CACHE ?? "none"; console.log(where);',
    );
    writeFileSync(
      join(bin, "start.js"),
      'import { launch } from "./launch.js"; await launch(new URL("./main.ts", import.meta.url));',
    );
    return { folder, start: () => startProgram([join(bin, "start.js")]) };
  }

  test("is kept inside the installation, and found by the next start", async () => {
    const { folder, start } = installed();
    mkdirSync(join(folder, "node_modules"));
    const cache = join(folder, "node_modules", ".cache", "nonreturn");
    for (const _ of ["first", "second"]) {
      const program = start();
      expect(await program.ended).toEqual({ code: 0, signal: null });
      expect(program.stdout().trim()).toBe(cache);
      const [ofThisNode] = readdirSync(cache);
      expect(readdirSync(join(cache, ofThisNode!)).length).toBeGreaterThan(0);
    }
  });

  test("is not kept where there is no installation, or where it cannot be written", async () => {
    const { folder, start } = installed();
    const without = start();
    expect(await without.ended).toEqual({ code: 0, signal: null });
    expect(without.stdout().trim()).toBe("none");
    expect(existsSync(join(folder, "node_modules"))).toBe(false);
    writeFileSync(join(folder, "node_modules"), "no folder");
    const unwritable = start();
    expect(await unwritable.ended).toEqual({ code: 0, signal: null });
    expect(unwritable.stderr()).toBe("");
  });
});

test.each([
  "packages/ot-sender/bin/nonreturn-ot.js",
  "packages/it-receiver/bin/nonreturn-it.js",
  "hardware-sim/bin/nonreturn-sim.js",
])("%s finds the launcher", async (file) => {
  const root = fileURLToPath(new URL("../../../../", import.meta.url));
  const program = startProgram(["--check", join(root, file)]);
  expect(await program.ended).toMatchObject({ code: 0 });
  const resolved = startProgram(
    ["--input-type=module", "-e", 'console.log(import.meta.resolve("@nonreturn/station/launch"))'],
    { cwd: join(root, file, "..") },
  );
  await resolved.ended;
  expect(resolved.stdout().trim()).toBe(new URL("../../bin/launch.js", import.meta.url).href);
});
