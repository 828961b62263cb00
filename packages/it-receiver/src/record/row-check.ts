/** Guards the few rows on which the station believes that a block needs no more symbols, or is not missing.
 *  ledger rows → [row check] → store.db → SQLite store */
import { crc32 } from "node:zlib";
import { type Database, StationError } from "@nonreturn/station/thread";

/** The rows of these tables carry a check over their other columns. SQLite's own check looks at structure, not at values. */
const CHECKED = {
  held: ["stream", "journal_epoch", "sealing_epoch", "first", "last"],
  chains: ["stream", "journal_epoch", "origin", "head", "oldest"],
  life: ["stream", "sealing_epoch", "counter"],
} as const;

const CHECKED_TABLES = Object.keys(CHECKED) as (keyof typeof CHECKED)[];

/** Against damage, not against people: whoever may write the file may write the check too. Source: RFC 1952 §8. */
export function rowCheck(table: keyof typeof CHECKED, ...values: readonly number[]): number {
  return crc32(`${table} ${values.join(" ")}`);
}

/** A migration: the column, filled for the rows that are there. */
export function addRowChecks(database: Database): void {
  for (const table of CHECKED_TABLES) {
    const columns = CHECKED[table];
    database.exec(`ALTER TABLE ${table} ADD COLUMN row_check INTEGER NOT NULL DEFAULT 0`);
    const fill = database.prepare(
      `UPDATE ${table} SET row_check = ? WHERE ${columns.map((name) => `${name} = ?`).join(" AND ")}`,
    );
    for (const row of rowsOf(database, table, columns))
      fill.run(rowCheck(table, ...row.slice(0, -1)), ...row.slice(0, -1));
  }
}

/** @throws {StationError} STORE_MUTATED at the first row that does not hold or is missing. */
export function checkRows(database: Database, path: string): void {
  for (const table of CHECKED_TABLES) {
    const columns = CHECKED[table];
    for (const row of rowsOf(database, table, columns)) {
      if (rowCheck(table, ...row.slice(0, -1)) === row.at(-1)) continue;
      throw storeMutated(path, `a row of ${table} does not hold (${row.slice(0, -1).join(", ")})`);
    }
  }
  // Written in the same transactions: none is without the other.
  for (const [one, other] of [
    ["blocks", "held"],
    ["chains", "life"],
    ["life", "chains"],
  ] as const)
    if (hasRows(database, one) && !hasRows(database, other))
      throw storeMutated(path, `there are rows of ${one}, and none of ${other}`);
}

function hasRows(database: Database, table: string): boolean {
  return database.prepare(`SELECT 1 FROM ${table} LIMIT 1`).get() !== undefined;
}

function storeMutated(path: string, what: string): StationError {
  return new StationError({
    code: "STORE_MUTATED",
    what: `the ledger was altered or damaged: ${what}`,
    where: path,
    action:
      "Stop the station, move the store with its -wal and -shm aside (keep it: nonreturn-it verify reads it), check the disk, and start again or restore a backup. What the OT journal still holds can be sent again.",
  });
}

function rowsOf(database: Database, table: string, columns: readonly string[]): number[][] {
  return database
    .prepare(`SELECT ${columns.join(", ")}, row_check FROM ${table}`)
    .raw()
    .all() as number[][];
}
