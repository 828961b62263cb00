/** better-sqlite3: a row per sample, a transaction per scan, WAL and NORMAL as the historian has.
 *  rows → [SQLite] → file */
import Database from "better-sqlite3";
import type { OpenPlainClient } from "./plain-client.ts";

export const open: OpenPlainClient<{ readonly path: string }> = async ({ path }) => {
  const database = new Database(path);
  database.pragma("journal_mode = WAL");
  database.pragma("synchronous = NORMAL");
  database.exec("CREATE TABLE sample (tag INTEGER, time INTEGER, value REAL, status INTEGER)");
  const insert = database.prepare("INSERT INTO sample VALUES (?, ?, ?, ?)");
  return {
    write: async (rows) =>
      database.transaction(() => {
        for (const { tag, time, value } of rows) insert.run(tag.tagId, time, value, 0);
      })(),
    close: async () => void database.close(),
  };
};
