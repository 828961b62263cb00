/** mysql2: one INSERT of many rows per scan.
 *  rows → [MariaDB] → server */
import { createConnection } from "mysql2/promise";
import type { OpenPlainClient } from "./plain-client.ts";

export const open: OpenPlainClient<Record<string, string | number>> = async (login) => {
  const connection = await createConnection(login);
  await connection.query("DROP TABLE IF EXISTS plain_sample");
  await connection.query("CREATE TABLE plain_sample (tag INT, time BIGINT, value DOUBLE, status INT UNSIGNED)");
  return {
    async write(rows) {
      const values = rows.map(({ tag, time, value }) => [tag.tagId, time, value, 0]);
      await connection.query("INSERT INTO plain_sample VALUES ?", [values]);
    },
    close: () => connection.end(),
  };
};
