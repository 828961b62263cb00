/** Samples as a compressed hypertable, where the database has TimescaleDB; otherwise, and where it refuses, they stay in a plain table.
 *  PostgreSQL → [timescale] → tables */
import type { Log } from "@nonreturn/station";
import { type Client, DatabaseError } from "pg";

/**
 * TimescaleDB 2.13 or later. `migrate_data`: the extension may have come after the samples.
 * Source: TimescaleDB API reference, create_hypertable (generalized) and by_range.
 */
const HYPERTABLE =
  "SELECT create_hypertable('sample', by_range('time', INTERVAL '1 day'), create_default_indexes => false, if_not_exists => true, migrate_data => true)";

/**
 * Chunks older than a week. Since 2.18 the reference calls this columnstore (add_columnstore_policy) and keeps the older names.
 * The edition under the Apache licence has neither.
 * Source: TimescaleDB API reference, ALTER TABLE (compression) and add_compression_policy.
 */
const COMPRESSION = `
  ALTER TABLE sample SET (timescaledb.compress, timescaledb.compress_segmentby = 'tag', timescaledb.compress_orderby = 'time DESC');
  SELECT add_compression_policy('sample', INTERVAL '7 days', if_not_exists => true);`;

/** Once per schema; what the database's owner changes afterwards stays. @throws Error of the connection */
export async function useTimescale(client: Client, schema: string, log: Log): Promise<void> {
  const extension = await client.query("SELECT 1 FROM pg_extension WHERE extname = 'timescaledb'");
  if (extension.rowCount === 0) return;
  const refused = (what: string) => (error: unknown) => {
    if (!(error instanceof DatabaseError)) throw error;
    log.warn({ err: error, schema }, `TimescaleDB refuses: samples ${what}`);
    return "refused" as const;
  };
  const made = await makeHypertable(client, schema).catch(refused("stay in a plain table"));
  if (made === "made") await client.query(COMPRESSION).catch(refused("are not compressed"));
}

async function makeHypertable(client: Client, schema: string): Promise<"made" | "held"> {
  const held = await client.query(
    "SELECT 1 FROM timescaledb_information.hypertables WHERE hypertable_schema = $1 AND hypertable_name = 'sample'",
    [schema],
  );
  if (held.rowCount !== 0) return "held";
  await client.query(HYPERTABLE);
  return "made";
}
