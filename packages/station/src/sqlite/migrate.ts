/** Brings a database's tables to the version this software writes.
 *  openDatabase → [migrate] → prepared statements */
import { StationError } from "../station-error.ts";
import { MOVE_ASIDE } from "./database-error.ts";
import type { Database } from "./open-database.ts";

/** One step, run once per file inside a transaction: SQL text, or code where SQL is not enough. */
export type Migration = string | ((database: Database) => void);

/**
 * Apply every step the file has not seen. `PRAGMA user_version` counts the applied ones, so steps are only ever appended.
 * All steps and the new count commit together: a crash leaves the file at a whole version.
 *
 * @throws {StationError} DATABASE_NEWER if the file was written by newer software, DATABASE_SCHEMA if it holds tables that were not made
 *   here: nothing is added to them. SQLite's own errors pass through.
 */
export function migrate(database: Database, migrations: readonly Migration[]): void {
  const apply = database.transaction(() => {
    const applied = versionOf(database, migrations.length);
    if (applied === migrations.length) return;
    for (const migration of migrations.slice(applied)) {
      if (typeof migration === "string") database.exec(migration);
      else migration(database);
    }
    database.pragma(`user_version = ${migrations.length}`);
  });
  // Immediate: two processes that open a new file at once migrate one after the other.
  apply.immediate();
}

/**
 * For whoever only reads a file, and so cannot bring it up to date.
 *
 * @param needed  so many of the steps made what is read.
 * @throws {StationError} DATABASE_OLDER if the file has not seen them, otherwise as for migrate.
 */
export function assertReadable(database: Database, migrations: readonly Migration[], needed: number): void {
  const applied = versionOf(database, migrations.length);
  if (applied >= needed) return;
  throw new StationError({
    code: "DATABASE_OLDER",
    what: `the file has table version ${applied}; to read it this software needs version ${needed}`,
    where: database.name,
    action:
      "Start the station once with this software: it brings the file up to date and loses nothing. Or read it with the version that wrote it.",
  });
}

function versionOf(database: Database, known: number): number {
  const applied = Number(database.pragma("user_version", { simple: true }));
  if (applied > known) {
    throw new StationError({
      code: "DATABASE_NEWER",
      what: `the file has table version ${applied}, this software knows ${known}`,
      where: database.name,
      action: "Run the newer software version that wrote it, or point this one at another data folder.",
    });
  }
  if (applied === 0 && database.prepare("SELECT 1 FROM sqlite_schema").get() !== undefined) {
    throw new StationError({
      code: "DATABASE_SCHEMA",
      what: "the file is a database of something else, or its version was damaged: it has tables, and no version of ours",
      where: database.name,
      action: MOVE_ASIDE,
    });
  }
  return applied;
}
