/** pg: one INSERT of arrays per scan.
 *  rows → [PostgreSQL] → server */
import { Client } from "pg";
import type { OpenPlainClient } from "./plain-client.ts";

export const open: OpenPlainClient<Record<string, string | number>> = async (login) => {
  const client = new Client(login);
  await client.connect();
  await client.query("DROP TABLE IF EXISTS plain_sample");
  await client.query(
    "CREATE TABLE plain_sample (tag integer, time timestamptz, value double precision, status bigint)",
  );
  const insert = `INSERT INTO plain_sample SELECT tag, to_timestamp(micros / 1e6), value, 0
    FROM unnest($1::int[], $2::float8[], $3::float8[]) AS row (tag, micros, value)`;
  return {
    async write(rows) {
      await client.query(insert, [
        rows.map(({ tag }) => tag.tagId),
        rows.map(({ time }) => time),
        rows.map(({ value }) => value),
      ]);
    },
    close: () => client.end(),
  };
};
