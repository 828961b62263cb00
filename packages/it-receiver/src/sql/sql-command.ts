/** `nonreturn-it sql "SELECT …"`: ask the historian, whether the station runs or not.
 *  command line → [sql command] → standard output */
import { type Command, StationError } from "@nonreturn/station";
import type { SqlValue } from "../publishers/historian/index.ts";
import { openHistoryTables } from "./history-tables.ts";
import { formatRows, type RowFormat } from "./print-rows.ts";

export interface SqlSurroundings {
  /** The data folder that a configuration file names. Throws StationError. */
  readonly dataFolderOf: (configPath: string) => string;
  /** Resolves when more may be written: a long result must not pile up in memory. */
  readonly print: (line: string) => void | Promise<void>;
}

/** Add the `sql` command to a program. Its action throws StationError. */
export function addSqlCommand(program: Command, { dataFolderOf, print }: SqlSurroundings): void {
  program
    .command("sql")
    .description(
      "read the historian with SQL (SQLite): tables samples, tag, gaps, alarm_events, active_alarms and removals, table functions history(path, since, until) and intervals(path, interval, since, until)",
    )
    .argument("<statement>", "one SELECT, e.g. \"SELECT time, value FROM history('plant/tag', '2026-11-23')\"")
    .requiredOption("--config <file>", "configuration of this station")
    .option("--json", "one JSON object per line")
    .option("--csv", "comma-separated values with a header line")
    .action(async (statement: string, options: { config: string; json?: true; csv?: true }) => {
      const format: RowFormat = options.json ? "json" : options.csv ? "csv" : "table";
      await printQuery(dataFolderOf(options.config), statement, format, print);
    });
}

/**
 * Run one statement and print its rows as they come.
 *
 * @throws {StationError} SQL_STATEMENT for anything but one statement that reads; DATABASE_… for the file.
 */
export async function printQuery(
  dataFolder: string,
  statement: string,
  format: RowFormat,
  print: (line: string) => void | Promise<void>,
): Promise<void> {
  const tables = openHistoryTables(dataFolder);
  try {
    const prepared = explained(statement, () => tables.database.prepare(statement));
    if (!prepared.readonly || !prepared.reader) throw wrongStatement(statement, "it does not only read");
    prepared.safeIntegers(true).raw(true);
    const columns = prepared.columns().map(({ name }) => name);
    const rows = explained(statement, () => prepared.iterate() as IterableIterator<SqlValue[]>);
    for (const line of explainedRows(statement, formatRows(columns, rows, format))) await print(line);
  } finally {
    tables.close();
  }
}

function* explainedRows<T>(statement: string, rows: Iterable<T>): Generator<T, void, void> {
  try {
    yield* rows;
  } catch (error) {
    throw explain(statement, error);
  }
}

function explained<T>(statement: string, run: () => T): T {
  try {
    return run();
  } catch (error) {
    throw explain(statement, error);
  }
}

function explain(statement: string, error: unknown): unknown {
  const code = (error as { code?: unknown } | null | undefined)?.code;
  // SQLITE_ERROR and better-sqlite3's own complaints are about the statement; anything else is about the file.
  const ours =
    error instanceof RangeError || error instanceof TypeError || code === "SQLITE_ERROR" || code === "SQLITE_READONLY";
  return ours ? wrongStatement(statement, (error as Error).message, error) : error;
}

function wrongStatement(statement: string, reason: string, cause?: unknown): StationError {
  return new StationError(
    {
      code: "SQL_STATEMENT",
      what: `the statement cannot be run: ${reason}`,
      where: statement.length > 200 ? `${statement.slice(0, 200)}…` : statement,
      action: "Write one SELECT, e.g. SELECT time, value, quality FROM samples WHERE path = 'plant/tag'.",
    },
    cause === undefined ? undefined : { cause },
  );
}
