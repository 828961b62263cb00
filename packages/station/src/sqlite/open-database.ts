/** Opens a SQLite file with the durability it promises, and proves that it got it.
 *  [sqlite] ← journal (OT), record and historian (IT) */
import { closeSync, existsSync, fsyncSync, openSync, statSync } from "node:fs";
import { dirname } from "node:path";
import Sqlite from "better-sqlite3";
import { StationError } from "../station-error.ts";
import { explainDatabaseError } from "./database-error.ts";

export type Database = Sqlite.Database;
export type Statement<Parameters extends unknown[] | object = unknown[], Row = unknown> = Sqlite.Statement<
  Parameters,
  Row
>;

export interface DatabaseOptions {
  /**
   * full: a commit returns after fsync; what is committed survives a power cut (P1, P2).
   * normal: a commit may vanish in a power cut, the file never breaks; for what can be rebuilt.
   */
  readonly durability: "full" | "normal";
  /** The file must exist; nothing is created or changed. */
  readonly readOnly?: boolean;
  /** quick-check: read every page once before use. Takes about a second per gigabyte. full-check: compare every index with its table too. */
  readonly integrity?: "full-check" | "quick-check" | "unchecked";
  /** How long a statement waits for another connection's lock. */
  readonly busyTimeoutMs?: number;
}

/** Of each connection, instead of better-sqlite3's 16 MB: what is read here is read once, in order. */
const CACHE_KIB = 4096;

/** The numbers `PRAGMA synchronous` answers with. Source: https://www.sqlite.org/pragma.html#pragma_synchronous */
const SYNCHRONOUS = { normal: 1, full: 2 } as const;

/** Source: https://www.sqlite.org/fileformat.html §1.3.2 */
const SMALLEST_PAGE_BYTES = 512;

/**
 * Open `path`, creating it (mode 0600) if it does not exist.
 *
 * @throws {StationError} DATABASE_OPEN if the file cannot be opened or locked, DATABASE_CORRUPT if it is damaged or no database,
 *   DATABASE_DURABILITY if SQLite does not confirm the settings a promise rests on.
 */
export function openDatabase(path: string, options: DatabaseOptions): Database {
  let database: Database | undefined;
  try {
    // ":memory:" is no file to SQLite; it is refused below, since nothing in it is durable.
    if (options.readOnly !== true && path !== ":memory:" && !existsSync(path)) createPrivate(path);
    refuseStump(path);
    database = new Sqlite(path, {
      readonly: options.readOnly === true,
      fileMustExist: true,
      timeout: options.busyTimeoutMs ?? 5000,
    });
    configure(database, path, options);
    if (options.integrity === "quick-check") quickCheck(database, path);
    if (options.integrity === "full-check") check(database, path, "integrity_check");
    return database;
  } catch (error) {
    database?.close();
    throw explainDatabaseError(error, path);
  }
}

/** Read every page and index order once. @throws {StationError} DATABASE_CORRUPT */
export function quickCheck(database: Database, path: string): void {
  check(database, path, "quick_check");
}

function check(database: Database, path: string, pragma: "quick_check" | "integrity_check"): void {
  const [row] = database.pragma(`${pragma}(1)`) as readonly Readonly<Record<string, string>>[];
  const answer = row?.[pragma];
  if (answer === "ok") return;
  const reason = answer?.replaceAll("\n", " ") ?? "no answer"; // an error has one line for what is wrong
  throw explainDatabaseError(Object.assign(new Error(reason), { code: "SQLITE_CORRUPT" }), path);
}

function configure(database: Database, path: string, options: DatabaseOptions): void {
  database.pragma("trusted_schema = OFF");
  database.pragma("cell_size_check = ON");
  database.pragma(`cache_size = -${CACHE_KIB}`);
  if (options.readOnly === true) return;
  database.pragma("journal_mode = WAL");
  database.pragma(`synchronous = ${options.durability.toUpperCase()}`);
  database.pragma("foreign_keys = ON");
  database.pragma(`journal_size_limit = ${64 * 1024 * 1024}`); // a WAL grown by a long reader shrinks again
  // better-sqlite3's own WAL default is NORMAL, where a committed transaction can vanish: read back, never assume.
  expectPragma(database, path, "journal_mode", "wal");
  expectPragma(database, path, "synchronous", SYNCHRONOUS[options.durability]);
}

function expectPragma(database: Database, path: string, pragma: string, wanted: string | number): void {
  const got = database.pragma(pragma, { simple: true });
  if (got === wanted) return;
  throw new StationError({
    code: "DATABASE_DURABILITY",
    what: `SQLite answers ${pragma} = ${String(got)} where ${wanted} was asked for`,
    where: path,
    action: "Put the file on a local file system with shared-memory support (not NFS or SMB), then start again.",
  });
}

/** SQLite takes a file shorter than its smallest page for an empty one, and would write over what a broken copy left. */
function refuseStump(path: string): void {
  const bytes = existsSync(path) ? statSync(path).size : 0;
  if (bytes > 0 && bytes < SMALLEST_PAGE_BYTES)
    throw Object.assign(new Error(`${bytes} bytes are no database`), { code: "SQLITE_NOTADB" });
}

/** Created before SQLite sees it, so that the -wal and -shm files inherit 0600; and the folder entry itself survives a power cut. */
function createPrivate(path: string): void {
  closeSync(openSync(path, "a", 0o600));
  const folder = openSync(dirname(path), "r");
  try {
    fsyncSync(folder);
  } finally {
    closeSync(folder);
  }
}
