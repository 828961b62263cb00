import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { temporaryFolder } from "../../../../test/support/temporary-folder.ts";
import { assertPrivateFile, readTlsFiles, StationError, writeFileDurably } from "../../src/index.ts";

test("writes with the asked mode, replaces, and leaves nothing beside it", () => {
  const folder = temporaryFolder();
  const path = join(folder, "epoch");
  writeFileDurably(path, "1", { mode: 0o600 });
  expect(statSync(path).mode & 0o777).toBe(0o600);
  writeFileDurably(path, new Uint8Array([50, 51]), { mode: 0o640 });
  expect(readFileSync(path, "utf8")).toBe("23");
  expect(statSync(path).mode & 0o777).toBe(0o640);
  expect(readdirSync(folder)).toEqual(["epoch"]);
});

test("a leftover of a writer that died half-way does not matter", () => {
  const path = join(temporaryFolder(), "epoch");
  writeFileSync(`${path}.${process.pid}.new`, "half");
  writeFileDurably(path, "whole", { mode: 0o600 });
  expect(readFileSync(path, "utf8")).toBe("whole");
});

test("a failed write leaves the old content and no leftover", () => {
  const folder = temporaryFolder();
  const path = join(folder, "target");
  mkdirSync(path); // a folder cannot be replaced by a file: rename fails
  expect(() => writeFileDurably(path, "x", { mode: 0o600 })).toThrow(/EISDIR|EEXIST|ENOTEMPTY/);
  expect(readdirSync(folder)).toEqual(["target"]);
  expect(() => writeFileDurably(join(folder, "none", "x"), "x", { mode: 0o600 })).toThrow(/ENOENT/);
  expect(existsSync(join(folder, "none"))).toBe(false);
});

test("a private file is a regular file with no permission for group and others", () => {
  const folder = temporaryFolder();
  const path = join(folder, "key");
  const codeOf = (file: string): string => {
    try {
      assertPrivateFile(file);
      return "private";
    } catch (error) {
      return (error as StationError).code;
    }
  };
  expect(codeOf(path)).toBe("FILE_MISSING");
  writeFileSync(path, "secret");
  for (const [mode, outcome] of [
    [0o600, "private"],
    [0o400, "private"],
    [0o700, "private"],
    [0o640, "FILE_NOT_PRIVATE"],
    [0o604, "FILE_NOT_PRIVATE"],
    [0o602, "FILE_NOT_PRIVATE"],
    [0o601, "FILE_NOT_PRIVATE"],
  ] as const) {
    chmodSync(path, mode);
    expect([mode.toString(8), codeOf(path)]).toEqual([mode.toString(8), outcome]);
  }
  expect(codeOf(folder)).toBe("FILE_NOT_PRIVATE");
});

test("the error says the mode and the command", () => {
  const path = join(temporaryFolder(), "key");
  writeFileSync(path, "secret");
  chmodSync(path, 0o644);
  expect(() => assertPrivateFile(path)).toThrow(StationError);
  expect(() => assertPrivateFile(path)).toThrow(`mode 0644) → Run: chmod 600 ${path}`);
});

test("of the TLS files those that are configured are read, and the key must be private", () => {
  const folder = temporaryFolder();
  const [caFile, certificateFile, keyFile] = ["ca", "certificate", "key"].map((name) => {
    const path = join(folder, `${name}.pem`);
    writeFileSync(path, name, { mode: name === "key" ? 0o600 : 0o644 });
    return path;
  });
  expect(readTlsFiles({})).toEqual({});
  expect(readTlsFiles({ caFile })).toEqual({ ca: "ca" });
  expect(readTlsFiles({ caFile, certificateFile, keyFile })).toEqual({ ca: "ca", cert: "certificate", key: "key" });
  chmodSync(keyFile!, 0o640);
  expect(() => readTlsFiles({ certificateFile, keyFile })).toThrow(
    expect.objectContaining({ code: "FILE_NOT_PRIVATE" }),
  );
});
