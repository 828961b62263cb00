/** Brings the tables of a prefix and their views to this release, once, whoever else starts at the same time.
 *  connect → [migrate] → MariaDB schema */
import { StationError } from "@nonreturn/station/thread";
import type { MariadbConfig } from "../config.ts";
import { MIGRATIONS, viewsOf } from "./mariadb-schema.ts";
import type { Run } from "./mariadb-transaction.ts";
import { quoted } from "./row-list.ts";

/** @throws {StationError} MARIADB_NEWER */
export async function migrate(run: Run, { prefix, lineLevels }: MariadbConfig): Promise<void> {
  await run("SET SESSION sql_mode = 'STRICT_ALL_TABLES', time_zone = '+00:00'");
  const lock = quoted(`nonreturn migration ${prefix}`);
  await run(`SELECT GET_LOCK(${lock}, 30)`);
  await run("CREATE TABLE IF NOT EXISTS {}migration (version int NOT NULL PRIMARY KEY) ENGINE InnoDB");
  const [row] = await run<{ version: number | null }>("SELECT max(version) AS version FROM {}migration");
  const version = row?.version ?? 0;
  if (version > MIGRATIONS.length)
    throw new StationError({
      code: "MARIADB_NEWER",
      what: `the tables were written by a newer release (version ${version}, this one knows ${MIGRATIONS.length})`,
      where: `tables ${prefix}…`,
      action: "Install that release again, or write another prefix.",
    });
  for (const [at, statements] of MIGRATIONS.entries()) {
    if (at < version) continue;
    for (const statement of statements) await run(statement);
    await run("INSERT INTO {}migration VALUES (?)", [at + 1]);
  }
  for (const view of viewsOf(lineLevels)) await run(view);
  await run(`SELECT RELEASE_LOCK(${lock})`);
}
