/** Reads what a publisher needs to log in: certificates, keys, passwords.
 *  configuration → [secret file] → connect */
import { readFileSync } from "node:fs";
import { assertPrivateFile, StationError } from "@nonreturn/station/thread";

/** What a user writes for an account. */
export interface PasswordConfig {
  readonly password?: string | undefined;
  readonly passwordFile?: string | undefined;
}

/** The file without its last line end, or the password itself. @throws {StationError} FILE_… */
export function passwordOf({ password, passwordFile }: PasswordConfig): string | undefined {
  if (passwordFile === undefined) return password;
  return readPrivate(passwordFile)
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
