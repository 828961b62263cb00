/** The statements of one transaction: block ranges, tags, samples, events, current values.
 *  SQL publisher → MariaDB database → [MariaDB transaction] → server */
import type { BlockIdentity, SequenceRange, TagDefinition } from "@nonreturn/wire-format";
import { type EventRow, newestOf } from "../map-event.ts";
import type { CurrentRows, SampleRows } from "../map-sample.ts";
import type { HeldTag, SqlTransaction } from "../sql-database.ts";
import { double, eventRows, otherRows, plainRows, quoted, stateRows } from "./row-list.ts";

/** Runs one statement; `{}` in it becomes the prefix of all names, `{rows}` the row list, which may be megabytes and is not searched. */
export type Run = <Row>(statement: string, values?: readonly (string | number)[], rows?: string) => Promise<Row[]>;

/** Of a row that is there already. (INSERT IGNORE would also ignore what is wrong with the new one.) */
const UNCHANGED = "ON DUPLICATE KEY UPDATE historical = historical";
const VALUE_COLUMNS = "tag, time, status, kind, value, text_value";
const OTHER_COLUMNS = `${VALUE_COLUMNS}, integer_value, bytes_value`;

export class MariadbTransaction implements SqlTransaction {
  readonly #run: Run;

  constructor(run: Run) {
    this.#run = run;
  }

  blockRanges(stream: number, sealingEpoch: number, first: number, last: number): Promise<SequenceRange[]> {
    return this.#run<SequenceRange>(
      "SELECT first, last FROM {}block_range WHERE stream = ? AND sealing_epoch = ? AND last >= ? AND first <= ? ORDER BY first",
      [stream, sealingEpoch, first - 1, last + 1],
    );
  }

  async replaceBlockRanges(
    stream: number,
    sealingEpoch: number,
    before: readonly SequenceRange[],
    after: readonly SequenceRange[],
  ): Promise<void> {
    if (before.length > 0) {
      const firsts = before.map(({ first }) => first).join(",");
      await this.#run(`DELETE FROM {}block_range WHERE stream = ? AND sealing_epoch = ? AND first IN (${firsts})`, [
        stream,
        sealingEpoch,
      ]);
    }
    const rows = after.map(({ first, last }) => `(${stream},${sealingEpoch},${first},${last})`);
    await this.#run(`INSERT INTO {}block_range VALUES ${rows.join(",")}`);
  }

  async noteRetried(
    { stream, sealingEpoch, sequence }: BlockIdentity,
    firstRow: number,
    rows: number,
  ): Promise<boolean> {
    const key = [stream, sealingEpoch, sequence, firstRow, rows];
    const where = "stream = ? AND sealing_epoch = ? AND sequence = ? AND first_row = ? AND row_count = ?";
    const held = await this.#run(`SELECT 1 FROM {}retried_rows WHERE ${where}`, key);
    if (held.length > 0) return false;
    await this.#run("INSERT INTO {}retried_rows VALUES (?, ?, ?, ?, ?)", key);
    return true;
  }

  async tags(stream: number, journalEpoch: number): Promise<HeldTag[]> {
    const rows = await this.#run<{ id: number; tag_id: number; digest: string }>(
      "SELECT id, tag_id, digest FROM {}tag WHERE stream = ? AND journal_epoch = ?",
      [stream, journalEpoch],
    );
    return rows.map(({ id, tag_id, digest }) => ({ number: id, tagId: tag_id, digest }));
  }

  async writeTags(
    stream: number,
    journalEpoch: number,
    tags: readonly (readonly [TagDefinition, string])[],
  ): Promise<void> {
    const columns = "path, data_type, unit, description, device, range_low, range_high, retired, digest";
    const updates = columns.split(", ").map((column) => `${column} = VALUES(${column})`);
    // One by one: texts may be long, and definitions change seldom.
    for (const [tag, digest] of tags) {
      const texts = [tag.path, tag.dataType, tag.unit, tag.description, tag.device].map(quoted).join(",");
      const range = `${double(tag.rangeLow ?? null)},${double(tag.rangeHigh ?? null)}`;
      await this.#run(
        `INSERT INTO {}tag (stream, journal_epoch, tag_id, ${columns})
         VALUES (${stream},${journalEpoch},${tag.tagId},${texts},${range},${tag.retired},${quoted(digest)})
         ON DUPLICATE KEY UPDATE ${updates.join(", ")}`,
      );
    }
  }

  async addSamples({ plain, others }: SampleRows, historical: boolean): Promise<void> {
    for (const list of plainRows(plain, String(historical)))
      await this.#run(`INSERT INTO {}sample (${VALUE_COLUMNS}, historical) VALUES {rows}`, [], list);
    for (const list of otherRows(others, String(historical)))
      await this.#run(`INSERT INTO {}sample (${OTHER_COLUMNS}, historical) VALUES {rows}`, [], list);
  }

  async addEvents(rows: readonly EventRow[]): Promise<void> {
    for (const list of eventRows(rows))
      await this.#run(`INSERT INTO {}alarm_event VALUES {rows} ${UNCHANGED}`, [], list);
    for (const list of stateRows(newestOf(rows)))
      await this.#run(
        `INSERT INTO {}alarm_state VALUES {rows}
         ON DUPLICATE KEY UPDATE event_sequence = greatest(event_sequence, VALUES(event_sequence))`,
        [],
        list,
      );
  }

  async setCurrent(rows: CurrentRows, replace: "any" | "earlier"): Promise<void> {
    // Assignments take effect from left to right: the time, which decides, comes last.
    const columns = ["status", "kind", "value", "text_value", "integer_value", "bytes_value", "stale", "time"];
    const updates = columns.map((column) =>
      replace === "any"
        ? `${column} = VALUES(${column})`
        : `${column} = IF(VALUES(time) >= time, VALUES(${column}), ${column})`,
    );
    for (const list of otherRows(rows, "false"))
      await this.#run(
        `INSERT INTO {}current_value (${OTHER_COLUMNS}, stale) VALUES {rows}
         ON DUPLICATE KEY UPDATE ${updates.join(", ")}`,
        [],
        list,
      );
  }

  async setStale({ tags, statusCodes }: { tags: readonly number[]; statusCodes: readonly number[] }): Promise<void> {
    const byStatus = Map.groupBy(tags, (_, at) => statusCodes[at]!);
    for (const [status, group] of byStatus)
      await this.#run(`UPDATE {}current_value SET stale = true, status = ? WHERE tag IN (${group.join(",")})`, [
        status,
      ]);
  }
}
