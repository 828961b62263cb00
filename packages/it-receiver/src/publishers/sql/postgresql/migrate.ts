/** Brings a schema to this release's tables and views, once, whoever else starts at the same time.
 *  connect → [migrate] → PostgreSQL schema */
import { StationError } from "@nonreturn/station/thread";
import type { Client } from "pg";
import type { PostgresqlConfig } from "../config.ts";
import { MIGRATIONS, viewsOf } from "./postgresql-schema.ts";
import { type KeptView, replaceViews } from "./replace-views.ts";

/** @returns views that stayed as they were. @throws {StationError} POSTGRESQL_NEWER; DatabaseError, if the account may not, or other things have our names */
export async function migrate(client: Client, { schema, lineLevels }: PostgresqlConfig): Promise<KeptView[]> {
  // The name is lower-case letters, digits and _ (configuration), hence safe in a statement.
  const held = await client.query("SELECT 1 FROM pg_namespace WHERE nspname = $1", [schema]);
  if (held.rowCount === 0) await client.query(`CREATE SCHEMA IF NOT EXISTS ${schema}`);
  await client.query(`SET search_path TO ${schema}, public`);
  await client.query("SET TimeZone TO 'UTC'");
  await client.query("BEGIN");
  await client.query("SELECT pg_advisory_xact_lock(hashtext($1))", [`nonreturn migration ${schema}`]);
  await client.query(`CREATE TABLE IF NOT EXISTS ${schema}.migration (version integer PRIMARY KEY)`);
  const { rows } = await client.query<{ version: number | null }>("SELECT max(version) AS version FROM migration");
  const version = rows[0]?.version ?? 0;
  if (version > MIGRATIONS.length)
    throw new StationError({
      code: "POSTGRESQL_NEWER",
      what: `schema ${schema} was written by a newer release (version ${version}, this one knows ${MIGRATIONS.length})`,
      where: `schema ${schema}`,
      action: "Install that release again, or write another schema name.",
    });
  for (const [at, migration] of MIGRATIONS.entries()) {
    if (at < version) continue;
    await client.query(migration);
    await client.query("INSERT INTO migration VALUES ($1)", [at + 1]);
  }
  const kept = await replaceViews(client, schema, viewsOf(lineLevels));
  await client.query("COMMIT");
  return kept;
}
