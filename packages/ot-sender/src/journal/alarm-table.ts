/** The active alarms beside the chain that says so: what a start goes on from, whatever retention has removed since.
 *  alarm events → [alarm table] → journal, alarms */
import type { Database } from "@nonreturn/station/thread";
import type { AlarmEvent } from "@nonreturn/wire-format";
import type { JournaledAlarm } from "../alarm/alarm-settings.ts";

/** All methods run inside the caller's transaction. */
export class AlarmTable {
  readonly #set;
  readonly #remove;
  readonly #all;

  constructor(database: Database) {
    this.#set = database.prepare(
      `INSERT INTO active_alarms (tag_id, condition, event_sequence, severity, text, since) VALUES (?, ?, ?, ?, ?, ?)
       ON CONFLICT (tag_id, condition) DO UPDATE SET
         event_sequence = excluded.event_sequence, severity = excluded.severity, text = excluded.text, since = excluded.since`,
    );
    this.#remove = database.prepare("DELETE FROM active_alarms WHERE tag_id = ? AND condition = ?");
    this.#all = database.prepare<[], JournaledAlarm>(
      `SELECT tag_id AS tagId, condition, event_sequence AS eventSequence, severity, text, since
       FROM active_alarms ORDER BY tag_id, condition`,
    );
  }

  note({ tagId, condition, state, eventSequence, severity, text, time }: AlarmEvent): void {
    if (state === "active") this.#set.run(tagId, condition, eventSequence, severity, text, time);
    else this.#remove.run(tagId, condition);
  }

  /** Ascending by tag id and condition. */
  all(): JournaledAlarm[] {
    return this.#all.all();
  }
}
