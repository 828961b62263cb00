import { statSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { temporaryFolder } from "../../../../test/support/temporary-folder.ts";
import { makeFolder, StationError } from "../../src/index.ts";

function refusal(path: string): StationError {
  try {
    makeFolder(path, 0o700);
  } catch (error) {
    if (error instanceof StationError) return error;
    throw error;
  }
  throw new Error("nothing was thrown");
}

test("makes the folder and what is missing above it, for its owner only", () => {
  const path = join(temporaryFolder(), "a/b/c");
  makeFolder(path, 0o700);
  expect(statSync(path).isDirectory()).toBe(true);
  expect(statSync(path).mode & 0o777).toBe(0o700);
  makeFolder(path, 0o700); // it is there
});

test("a link to a folder is a folder", () => {
  const at = temporaryFolder();
  makeFolder(join(at, "real"), 0o700);
  symlinkSync(join(at, "real"), join(at, "link"));
  makeFolder(join(at, "link"), 0o700);
  makeFolder(join(at, "link/below"), 0o700);
  expect(statSync(join(at, "real/below")).isDirectory()).toBe(true);
});

test("a file in its place or above it is said", () => {
  const file = join(temporaryFolder(), "file");
  writeFileSync(file, "");
  expect(refusal(file)).toMatchObject({ code: "FOLDER_WRITE", where: file });
  expect(refusal(join(file, "below"))).toMatchObject({ code: "FOLDER_WRITE" });
});

test.runIf(process.platform === "linux")("a parent that takes no folders does not hold the start for ever", () => {
  expect(refusal("/proc/nonreturn/data")).toMatchObject({
    code: "FOLDER_WRITE",
    where: "/proc/nonreturn",
    what: expect.stringContaining("takes no folders"),
  });
});
