/** Makes the table of gaps say what a station misses.
 *  PostgreSQL → [write gaps] → server */
import type { Client } from "pg";
import type { MissingTime } from "../../publisher.ts";
import { numberArray, storable, textArray } from "./array-literal.ts";
import { MICROS } from "./postgresql-schema.ts";

const WRITE = `
  INSERT INTO gap (station, id, stream, state, since, until, reason, blocks, samples)
  SELECT $1, n.id, n.stream, n.state, ${MICROS} n.since * INTERVAL '1 microsecond', ${MICROS} n.until * INTERVAL '1 microsecond', n.reason, n.blocks, n.samples
  FROM unnest($2::bigint[], $3::integer[], $4::text[], $5::bigint[], $6::bigint[], $7::text[], $8::bigint[], $9::bigint[])
    AS n(id, stream, state, since, until, reason, blocks, samples)
  ON CONFLICT (station, id) DO UPDATE SET stream = excluded.stream, state = excluded.state, since = excluded.since, until = excluded.until,
    reason = excluded.reason, blocks = excluded.blocks, samples = excluded.samples`;

/** In a transaction of its own. @throws Error of the connection */
export async function writeGaps(
  client: Client,
  station: string,
  gaps: readonly MissingTime[],
  is: "all" | "more",
): Promise<void> {
  const ids = numberArray(gaps.map(({ id }) => id));
  await client.query("BEGIN");
  try {
    if (is === "all")
      await client.query(
        "DELETE FROM gap g WHERE station = $1 AND NOT EXISTS (SELECT FROM unnest($2::bigint[]) AS n(id) WHERE n.id = g.id)",
        [storable(station), ids],
      );
    if (gaps.length > 0)
      await client.query(WRITE, [
        ...[storable(station), ids, numberArray(gaps.map(({ stream }) => stream))],
        ...[textArray(gaps.map(({ state }) => state)), numberArray(gaps.map(({ from }) => from))],
        ...[numberArray(gaps.map(({ to }) => to)), textArray(gaps.map(({ reason }) => reason))],
        ...[numberArray(gaps.map(({ blocks }) => blocks)), numberArray(gaps.map(({ samples }) => samples))],
      ]);
    await client.query("COMMIT");
  } catch (error) {
    await client.query("ROLLBACK").catch(() => undefined);
    throw error;
  }
}
