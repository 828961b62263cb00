/** Reads the small files a configuration names: certificates, keys, passwords.
 *  configuration → [read file] → connect */
import { readFileSync } from "node:fs";
import { StationError } from "../station-error.ts";
import { assertPrivateFile } from "./private-file.ts";

/** A private file's text without its last line end. @throws {StationError} FILE_MISSING, FILE_NOT_PRIVATE */
export function readSecret(path: string): string {
  return readPrivate(path)
    .toString("utf8")
    .replace(/\r?\n$/, "");
}

/** @throws {StationError} FILE_MISSING, FILE_NOT_PRIVATE if others than the owner may read it. */
export function readPrivate(path: string): Buffer {
  assertPrivateFile(path);
  return readPublic(path);
}

/** @throws {StationError} FILE_MISSING */
export function readPublic(path: string): Buffer {
  try {
    return readFileSync(path);
  } catch (cause) {
    throw new StationError(
      {
        code: "FILE_MISSING",
        what: `cannot be read (${cause instanceof Error ? cause.message : String(cause)})`,
        where: path,
        action: "Check the path, and that the station's user may read it.",
      },
      { cause },
    );
  }
}
