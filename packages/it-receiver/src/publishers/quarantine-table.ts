/** What was set aside, row by row: beside the cursors of publishers.db, and in historian.db.
 *  progress → [quarantine table] → `nonreturn-it quarantine` */
import { type Database, openDatabase, type Statement } from "@nonreturn/station/thread";
import type { QuarantinedRows } from "./progress.ts";

/** In the station's data folder; the historian keeps its own. */
export const PROGRESS_FILE = "publishers.db";

/** For `migrate`, behind whatever a file has seen already. */
export const QUARANTINE_TABLES = `
  CREATE TABLE quarantined_rows (
    publisher TEXT NOT NULL, position INTEGER NOT NULL, first_row INTEGER NOT NULL, rows INTEGER NOT NULL, lane TEXT NOT NULL,
    path TEXT NOT NULL, source_time INTEGER NOT NULL, value TEXT NOT NULL, reason TEXT NOT NULL, at INTEGER NOT NULL,
    PRIMARY KEY (publisher, position, first_row)
  ) STRICT, WITHOUT ROWID;
  INSERT INTO quarantined_rows SELECT publisher, position, 0, 0, lane, '', 0, '', reason, at FROM quarantined;
  DROP TABLE quarantined;
`;

/** Records to be offered again; without a version of its own, since files of every age may lack it. */
const RETRY_TABLE = `CREATE TABLE IF NOT EXISTS quarantine_retry (
  publisher TEXT NOT NULL, position INTEGER NOT NULL, first_row INTEGER NOT NULL, PRIMARY KEY (publisher, position, first_row)
) STRICT, WITHOUT ROWID`;

/** Records per publisher. Of more the oldest are forgotten; the log and the figures told of them. */
const MOST_RECORDS = 100_000;
/** So many more before the oldest are looked for, which sorts them all. */
const SPARE_RECORDS = 1000;
/** Named as in {@link QuarantinedRows}. */
const QUARANTINED_COLUMNS =
  "position, first_row AS firstRow, rows, lane, path, source_time AS sourceTime, value, reason, at";
const SELECT_ROWS = `SELECT publisher, ${QUARANTINED_COLUMNS} FROM quarantined_rows`;
/** Of a file that older software left: blocks alone. */
const SELECT_BLOCKS =
  "SELECT publisher, position, 0 AS firstRow, 0 AS rows, lane, '' AS path, 0 AS sourceTime, '' AS value, reason, at FROM quarantined";

/** The rows of one publisher. */
export class QuarantineRows {
  readonly #publisher: string;
  readonly #database: Database;
  readonly #insert: Statement;
  readonly #forget: Statement;
  readonly #toRetry: Statement;
  readonly #release: readonly Statement[];
  #records: number;

  constructor(database: Database, publisher: string) {
    this.#database = database;
    this.#publisher = publisher;
    this.#insert = database.prepare(
      `INSERT OR REPLACE INTO quarantined_rows (publisher, position, first_row, rows, lane, path, source_time, value, reason, at)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    );
    this.#forget = database.prepare(
      `DELETE FROM quarantined_rows WHERE (publisher, position, first_row) IN (
         SELECT publisher, position, first_row FROM quarantined_rows WHERE publisher = ? ORDER BY at DESC, position DESC, first_row DESC
         LIMIT -1 OFFSET ?)`,
    );
    database.exec(RETRY_TABLE);
    this.#toRetry = database.prepare(
      `SELECT ${QUARANTINED_COLUMNS} FROM quarantine_retry JOIN quarantined_rows USING (publisher, position, first_row)
       WHERE publisher = ? ORDER BY position, first_row LIMIT ?`,
    );
    this.#release = ["quarantined_rows", "quarantine_retry"].map((table) =>
      database.prepare(`DELETE FROM ${table} WHERE publisher = ? AND position = ? AND first_row = ?`),
    );
    const count = database.prepare("SELECT count(*) FROM quarantined_rows WHERE publisher = ?").pluck();
    this.#records = count.get(publisher) as number;
  }

  /** Blocks of which something is set aside, and how many rows. */
  totals(): { readonly quarantined: number; readonly quarantinedRows: number } {
    return this.#database
      .prepare(
        `SELECT count(DISTINCT position) AS quarantined, coalesce(sum(rows), 0) AS quarantinedRows
         FROM quarantined_rows WHERE publisher = ?`,
      )
      .get(this.#publisher) as { quarantined: number; quarantinedRows: number };
  }

  /** Inside the caller's transaction. */
  write(records: readonly QuarantinedRows[]): void {
    for (const { position, firstRow, rows, lane, path, sourceTime, value, reason, at } of records)
      this.#insert.run(this.#publisher, position, firstRow, rows, lane, ...[path, sourceTime, value, reason, at]);
    this.#records += records.length;
    if (this.#records <= MOST_RECORDS + SPARE_RECORDS) return;
    this.#forget.run(this.#publisher, MOST_RECORDS);
    this.#records = MOST_RECORDS;
  }

  toRetry(limit: number): QuarantinedRows[] {
    return this.#toRetry.all(this.#publisher, limit) as QuarantinedRows[];
  }

  /** Inside the caller's transaction. */
  release(records: readonly Pick<QuarantinedRows, "position" | "firstRow">[]): void {
    for (const { position, firstRow } of records)
      for (const statement of this.#release) statement.run(this.#publisher, position, firstRow);
  }

  /** Newest first. */
  latest(limit: number): QuarantinedRows[] {
    return this.#database
      .prepare(
        `SELECT ${QUARANTINED_COLUMNS} FROM quarantined_rows WHERE publisher = ?
         ORDER BY at DESC, position DESC, first_row LIMIT ?`,
      )
      .all(this.#publisher, limit) as QuarantinedRows[];
  }
}

/**
 * Those of one publisher, or of all, newest first. The station may be running.
 *
 * @throws {StationError} DATABASE_…
 */
export function* readQuarantined(
  file: string,
  publisher: string | undefined,
  limit: number,
): Generator<QuarantinedRows & { readonly publisher: string }, void, void> {
  const database = openDatabase(file, { durability: "normal", readOnly: true });
  try {
    const select = hasTable(database, "quarantined_rows") ? SELECT_ROWS : SELECT_BLOCKS;
    const rows = database
      .prepare(`${select} WHERE publisher = coalesce(?, publisher) ORDER BY at DESC, position DESC, firstRow LIMIT ?`)
      .iterate(publisher ?? null, limit);
    yield* rows as IterableIterator<QuarantinedRows & { readonly publisher: string }>;
  } finally {
    database.close();
  }
}

/**
 * Ask for records to be offered again. The station may be running; it looks once a second.
 *
 * @returns how many there are, among them those that were asked for before.
 * @throws {StationError} DATABASE_…
 */
export function markForRetry(file: string, publisher: string | undefined, position: number | undefined): number {
  const database = openDatabase(file, { durability: "normal" });
  try {
    if (!hasTable(database, "quarantined_rows")) return 0;
    database.exec(RETRY_TABLE);
    const chosen = "publisher = coalesce(?, publisher) AND position = coalesce(?, position)";
    const select = `SELECT publisher, position, first_row FROM quarantined_rows WHERE ${chosen}`;
    const of = [publisher ?? null, position ?? null];
    database.prepare(`INSERT OR IGNORE INTO quarantine_retry ${select}`).run(...of);
    return database
      .prepare(`SELECT count(*) FROM quarantined_rows WHERE ${chosen}`)
      .pluck()
      .get(...of) as number;
  } finally {
    database.close();
  }
}

function hasTable(database: Database, name: string): boolean {
  return database.prepare("SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = ?").get(name) !== undefined;
}
