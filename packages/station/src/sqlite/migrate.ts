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
    const applied = Number(database.pragma("user_version", { simple: true }));
    if (applied > migrations.length) {
      throw new StationError({
        code: "DATABASE_NEWER",
        what: `the file has table version ${applied}, this software knows ${migrations.length}`,
        where: database.name,
        action: "Run the newer software version that wrote it, or point this one at another data folder.",
      });
    }
    if (applied === migrations.length) return;
    if (applied === 0 && database.prepare("SELECT 1 FROM sqlite_schema").get() !== undefined) {
      throw new StationError({
        code: "DATABASE_SCHEMA",
        what: "the file is a database of something else, or its version was damaged: it has tables, and no version of ours",
        where: database.name,
        action: MOVE_ASIDE,
      });
    }
    for (const migration of migrations.slice(applied)) {
      if (typeof migration === "string") database.exec(migration);
      else migration(database);
    }
    database.pragma(`user_version = ${migrations.length}`);
  });
  // Immediate: two processes that open a new file at once migrate one after the other.
  apply.immediate();
}
