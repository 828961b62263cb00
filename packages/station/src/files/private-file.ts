/** Refuses secrets that others can read.
 *  key files → [private file] → loadSealingKeys, loadOpeningKeys */
import { type Stats, statSync } from "node:fs";
import { StationError } from "../station-error.ts";

/**
 * The file must be a regular file that only its owner may read or write.
 *
 * @throws {StationError} FILE_MISSING if it does not exist or cannot be looked at, FILE_NOT_PRIVATE if group or others have any permission.
 */
export function assertPrivateFile(path: string): void {
  const stats = look(path);
  if (!stats.isFile()) {
    throw new StationError({
      code: "FILE_NOT_PRIVATE",
      what: "is not a regular file",
      where: path,
      action: "Put the file itself there, mode 0600.",
    });
  }
  const open = stats.mode & 0o077;
  if (open !== 0) {
    throw new StationError({
      code: "FILE_NOT_PRIVATE",
      what: `others than its owner may use this file (mode ${(stats.mode & 0o777).toString(8).padStart(4, "0")})`,
      where: path,
      action: `Run: chmod 600 ${path}. If others could have read it, make new keys.`,
    });
  }
}

function look(path: string): Stats {
  try {
    return statSync(path);
  } catch (error) {
    throw new StationError(
      {
        code: "FILE_MISSING",
        what: `cannot be opened (${error instanceof Error ? error.message : String(error)})`,
        where: path,
        action: "Check the path, and that the station's user may read the folder.",
      },
      { cause: error },
    );
  }
}
