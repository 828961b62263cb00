/** Puts the views of this release in place of those that are there, under the same grants.
 *  migrate → [replace views] → PostgreSQL */
import { type Client, DatabaseError } from "pg";
import type { View } from "./postgresql-schema.ts";

/** A view gets columns behind those it had, never others in their place (manual, CREATE VIEW). */
const INVALID_TABLE_DEFINITION = "42P16";

/** What was granted on a view and on its columns, as statements. The owner needs none; PUBLIC is grantee 0 (manual, aclexplode). */
const GRANTS = `
  SELECT granted.column_name, format('GRANT %s%s ON %I.%I TO %s%s', acl.privilege_type, ' (' || quote_ident(granted.column_name) || ')',
    n.nspname, c.relname, CASE acl.grantee WHEN 0 THEN 'PUBLIC' ELSE acl.grantee::regrole::text END,
    CASE WHEN acl.is_grantable THEN ' WITH GRANT OPTION' ELSE '' END) AS statement
  FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace,
    LATERAL (SELECT NULL::name AS column_name, c.relacl AS acl
             UNION ALL SELECT attname, attacl FROM pg_attribute WHERE attrelid = c.oid AND attnum > 0 AND NOT attisdropped) AS granted,
    LATERAL aclexplode(granted.acl) AS acl
  WHERE n.nspname = $1 AND c.relname = $2 AND c.relkind = 'v' AND acl.grantee <> c.relowner`;

interface Grant {
  readonly column_name: string | null;
  readonly statement: string;
}

/** In the caller's transaction. @throws Error of the connection; also where a view of others stands on one whose columns have changed */
export async function replaceViews(client: Client, schema: string, views: readonly View[]): Promise<void> {
  for (const view of views) {
    await client.query("SAVEPOINT view");
    try {
      await client.query(`CREATE OR REPLACE VIEW ${view.name} AS ${view.query}`);
    } catch (error) {
      if (!(error instanceof DatabaseError && error.code === INVALID_TABLE_DEFINITION)) throw error;
      await client.query("ROLLBACK TO view");
      await makeAnew(client, schema, view);
    }
    await client.query("RELEASE view");
  }
}

/** A grant on a column goes with the column. */
async function makeAnew(client: Client, schema: string, { name, query }: View): Promise<void> {
  const { rows: grants } = await client.query<Grant>(GRANTS, [schema, name]);
  await client.query(`DROP VIEW ${schema}.${name}; CREATE VIEW ${schema}.${name} AS ${query}`);
  const { fields } = await client.query(`SELECT * FROM ${schema}.${name} LIMIT 0`);
  const columns = new Set(fields.map((field) => field.name));
  for (const { column_name: column, statement } of grants)
    if (column === null || columns.has(column)) await client.query(statement);
}
