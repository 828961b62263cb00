/** Reads alarm events back, page by page.
 *  alarm_event → [read alarms] → REST, tests */
import type { Database } from "@nonreturn/station";
import type { AlarmEvent } from "@nonreturn/wire-format";
import type { Lane } from "../../record/store.ts";
import type { AlarmQuery, AlarmRecord } from "../publisher.ts";
import { valueOfText } from "../value-text.ts";

interface EventRow {
  readonly id: number;
  readonly path: string;
  readonly unit: string;
  readonly event_sequence: number;
  readonly tag_id: number;
  readonly time: number;
  readonly condition: string;
  readonly state: AlarmEvent["state"];
  readonly severity: number;
  readonly text: string;
  readonly value_text: string | null;
  readonly value_kind: string;
  readonly lane: Lane;
}

/** In order of time, then of arrival. Cost: the rows answered, whatever the history's length. */
export function readAlarms(database: Database, { path, from, to, after, limit }: AlarmQuery): AlarmRecord[] {
  const rows = database
    .prepare(
      `SELECT e.id, t.path, t.unit, e.event_sequence, t.tag_id, e.time, e.condition, e.state, e.severity, e.text, e.value_text, e.value_kind, e.lane
       FROM alarm_event e JOIN tag t ON t.id = e.tag
       WHERE (e.time, e.id) > (:time, :id) AND e.time < :to ${path === undefined ? "" : "AND e.tag IN (SELECT id FROM tag WHERE path = :path)"}
       ORDER BY e.time, e.id LIMIT :limit`,
    )
    .all({
      time: after?.time ?? from - 1,
      id: after?.id ?? Number.MAX_SAFE_INTEGER,
      to,
      limit,
      ...(path === undefined ? {} : { path }),
    });
  return (rows as EventRow[]).map((row) => ({
    id: row.id,
    path: row.path,
    unit: row.unit,
    historical: row.lane === "late",
    event: {
      eventSequence: row.event_sequence,
      tagId: row.tag_id,
      condition: row.condition,
      state: row.state,
      severity: row.severity,
      text: row.text,
      value: valueOfText(row.value_kind, row.value_text),
      time: row.time,
    },
  }));
}
