/** What a SQLite error means for the operator.
 *  sqlite → [database error] → log, exit code */
import { StationError } from "../station-error.ts";

/** What to do about a file that cannot be used as it is. */
export const MOVE_ASIDE =
  "Stop the station, move the file with its -wal and -shm aside (keep them: they may be evidence), check the disk, and start again or restore a backup.";

/** True if a statement or file write failed because the disk, the quota or the file's page limit is exhausted. */
export function isDiskFull(error: unknown): boolean {
  const code = codeOf(error);
  return (
    code === "SQLITE_FULL" ||
    code === "ENOSPC" ||
    code === "EDQUOT" ||
    (error instanceof Error && error.cause !== undefined && isDiskFull(error.cause))
  );
}

/** True if the file is damaged or is no database. */
export function isCorrupt(error: unknown): boolean {
  const code = codeOf(error);
  return code === "SQLITE_NOTADB" || code === "DATABASE_CORRUPT" || code?.startsWith("SQLITE_CORRUPT") === true;
}

/** The same error as a StationError naming the file and what to do. A StationError passes through unchanged. */
export function explainDatabaseError(error: unknown, path: string): StationError {
  if (error instanceof StationError) return error;
  const code = codeOf(error);
  const text = error instanceof Error ? error.message : String(error);
  const options = { cause: error };
  if (isCorrupt(error)) {
    return new StationError(
      {
        code: "DATABASE_CORRUPT",
        what: `the file is damaged or is not a database (${text})`,
        where: path,
        action: MOVE_ASIDE,
      },
      options,
    );
  }
  if (isDiskFull(error)) {
    return new StationError(
      {
        code: "DISK_FULL",
        what: `there is no room left to write (${text})`,
        where: path,
        action: "Free space on this file system or lower the configured retention.",
      },
      options,
    );
  }
  // Our statements fit our tables: where they do not, the tables are not ours, or no longer.
  if (
    code === "SQLITE_ERROR" ||
    code?.startsWith("SQLITE_CONSTRAINT") === true ||
    code?.startsWith("SQLITE_MISMATCH")
  ) {
    return new StationError(
      {
        code: "DATABASE_SCHEMA",
        what: `the file's tables are not what this station made (${text})`,
        where: path,
        action: MOVE_ASIDE,
      },
      options,
    );
  }
  if (code === "SQLITE_BUSY" || code === "SQLITE_LOCKED") {
    return new StationError(
      {
        code: "DATABASE_BUSY",
        what: `another connection holds the file's lock (${text})`,
        where: path,
        action: "Make sure that only one station uses this data folder, and that no other tool keeps the file open.",
      },
      options,
    );
  }
  return new StationError(
    {
      code: "DATABASE_OPEN",
      what: `the file cannot be opened or used (${text})`,
      where: path,
      action: "Check that the folder exists, is on a local disk, and that the station's user may read and write it.",
    },
    options,
  );
}

function codeOf(error: unknown): string | undefined {
  const code = (error as { code?: unknown } | null | undefined)?.code;
  return typeof code === "string" ? code : undefined;
}
