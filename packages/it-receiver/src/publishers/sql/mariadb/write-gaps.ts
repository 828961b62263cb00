/** Makes the table of gaps say what a station misses.
 *  MariaDB → [write gaps] → server */
import type { MissingTime } from "../../publisher.ts";
import type { Run } from "./mariadb-transaction.ts";
import { gapRows, quoted } from "./row-list.ts";

const COLUMNS = ["stream", "state", "since", "until", "reason", "blocks", "samples"];

/** In a transaction of its own. @throws Error of the connection */
export async function writeGaps(
  run: Run,
  station: string,
  gaps: readonly MissingTime[],
  is: "all" | "more",
): Promise<void> {
  await run("BEGIN");
  try {
    if (is === "all") {
      const others = gaps.length === 0 ? "" : ` AND id NOT IN (${gaps.map(({ id }) => id).join(",")})`;
      await run(`DELETE FROM {}gap WHERE station = ${quoted(station)}${others}`);
    }
    const updates = COLUMNS.map((column) => `${column} = VALUES(${column})`).join(", ");
    for (const list of gapRows(station, gaps))
      await run(`INSERT INTO {}gap VALUES {rows} ON DUPLICATE KEY UPDATE ${updates}`, [], list);
    await run("COMMIT");
  } catch (error) {
    await run("ROLLBACK").catch(() => undefined);
    throw error;
  }
}
