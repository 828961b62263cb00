/** Makes the folders that a station keeps its files in.
 *  configuration → [make folder] → data, keys, harden files */
import { mkdirSync, statSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { StationError } from "../station-error.ts";

/**
 * Make the folder and what is missing above it; nothing happens if it is there.
 * Not by mkdir's own `recursive`: that tries for ever where a parent exists and takes no folders (/proc, an automounter).
 *
 * @param mode  of what is made, e.g. 0o700.
 * @throws {StationError} FOLDER_WRITE
 */
export function makeFolder(path: string, mode: number): void {
  const folder = resolve(path);
  if (make(folder, mode) === "made") return;
  const parent = dirname(folder);
  if (parent !== folder) makeFolder(parent, mode);
  if (make(folder, mode) === "no parent") throw refused(path, "the folder above it takes no folders");
}

function make(folder: string, mode: number): "made" | "no parent" {
  try {
    mkdirSync(folder, { mode });
    return "made";
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    if (code === "ENOENT") return "no parent";
    if (isFolder(folder)) return "made"; // of these EEXIST is the usual one; on a read-only disk it is EROFS
    throw refused(folder, message, error);
  }
}

function isFolder(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false;
}

function refused(path: string, reason: string, cause?: unknown): StationError {
  return new StationError(
    {
      code: "FOLDER_WRITE",
      what: `the folder cannot be made (${reason})`,
      where: path,
      action: "Name a folder that this user may write.",
    },
    cause === undefined ? undefined : { cause },
  );
}
