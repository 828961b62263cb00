/** Samples as a compressed hypertable, where the database has TimescaleDB; otherwise, and where it refuses, they stay in a plain table.
 *  PostgreSQL → [timescale] → tables */
import type { Log } from "@nonreturn/station";
import { type Client, DatabaseError } from "pg";

/**
 * TimescaleDB 2.13 or later. `migrate_data`: the extension may have come after the samples.
 * Source: TimescaleDB API reference, create_hypertable (generalized) and by_range.
 */
const hypertable = (functions: string): string =>
  `SELECT ${functions}.create_hypertable('sample', ${functions}.by_range('time', INTERVAL '1 day'), create_default_indexes => false, if_not_exists => true, migrate_data => true)`;

/**
 * Chunks older than a week. Since 2.18 the reference calls this columnstore (add_columnstore_policy) and keeps the older names.
 * The edition under the Apache licence has neither.
 * Source: TimescaleDB API reference, ALTER TABLE (compression) and add_compression_policy.
 */
const compression = (functions: string): string => `
  ALTER TABLE sample SET (timescaledb.compress, timescaledb.compress_segmentby = 'tag', timescaledb.compress_orderby = 'time DESC');
  SELECT ${functions}.add_compression_policy('sample', INTERVAL '7 days', if_not_exists => true);`;

/** Wherever the extension was installed. Once per schema; what the database's owner changes afterwards stays. @throws Error of the connection */
export async function useTimescale(client: Client, schema: string, log: Log): Promise<void> {
  const extension = await client.query<{ functions: string }>(
    `SELECT quote_ident(n.nspname) AS functions FROM pg_extension e JOIN pg_namespace n ON n.oid = e.extnamespace WHERE e.extname = 'timescaledb'`,
  );
  const functions = extension.rows[0]?.functions;
  if (functions === undefined) return;
  const refused = (what: string) => (error: unknown) => {
    if (!(error instanceof DatabaseError)) throw error;
    log.warn({ err: error, schema }, `TimescaleDB refuses: samples ${what}`);
    return "refused" as const;
  };
  const made = await makeHypertable(client, schema, functions).catch(refused("stay in a plain table"));
  if (made === "made") await client.query(compression(functions)).catch(refused("are not compressed"));
}

async function makeHypertable(client: Client, schema: string, functions: string): Promise<"made" | "held"> {
  const held = await client.query(
    "SELECT 1 FROM timescaledb_information.hypertables WHERE hypertable_schema = $1 AND hypertable_name = 'sample'",
    [schema],
  );
  if (held.rowCount !== 0) return "held";
  await client.query(hypertable(functions));
  return "made";
}
