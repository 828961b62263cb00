/** Puts the views of this release in place of those that are there, under the same grants.
 *  migrate → [replace views] → PostgreSQL */
import { type Client, DatabaseError } from "pg";
import type { View } from "./postgresql-schema.ts";

/** A view gets columns behind those it had, never others in their place (manual, CREATE VIEW). */
const INVALID_TABLE_DEFINITION = "42P16";
/** Something of others stands on what was to be dropped. */
const DEPENDENT_OBJECTS = "2BP01";
/** Of what the server lists. */
const MOST_CHARACTERS = 500;

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

/** A view that stayed as it was, and what stands on it, in the server's words. */
export interface KeptView {
  readonly name: string;
  readonly because: string;
}

/**
 * In the caller's transaction. A view that would have to be dropped stays where views of others stand on it: samples go on, and it answers as before.
 *
 * @returns those that stayed. @throws Error of the connection, or of what the account may not do
 */
export async function replaceViews(client: Client, schema: string, views: readonly View[]): Promise<KeptView[]> {
  const kept: KeptView[] = [];
  for (const view of views) {
    await client.query("SAVEPOINT view");
    try {
      await client.query(`CREATE OR REPLACE VIEW ${view.name} AS ${view.query}`);
    } catch (error) {
      if (codeOf(error) !== INVALID_TABLE_DEFINITION) throw error;
      await client.query("ROLLBACK TO view");
      const because = await makeAnew(client, schema, view);
      if (because !== undefined) kept.push({ name: view.name, because });
    }
    await client.query("RELEASE view");
  }
  return kept;
}

/** A grant on a column goes with the column. @returns why it could not be dropped. */
async function makeAnew(client: Client, schema: string, { name, query }: View): Promise<string | undefined> {
  const { rows: grants } = await client.query<Grant>(GRANTS, [schema, name]);
  try {
    await client.query(`DROP VIEW ${schema}.${name}`);
  } catch (error) {
    if (!(error instanceof DatabaseError) || error.code !== DEPENDENT_OBJECTS) throw error;
    await client.query("ROLLBACK TO view");
    return (error.detail ?? error.message).replaceAll("\n", "; ").slice(0, MOST_CHARACTERS);
  }
  await client.query(`CREATE VIEW ${schema}.${name} AS ${query}`);
  const { fields } = await client.query(`SELECT * FROM ${schema}.${name} LIMIT 0`);
  const columns = new Set(fields.map((field) => field.name));
  for (const { column_name: column, statement } of grants)
    if (column === null || columns.has(column)) await client.query(statement);
  return undefined;
}

function codeOf(error: unknown): string | undefined {
  return error instanceof DatabaseError ? error.code : undefined;
}
