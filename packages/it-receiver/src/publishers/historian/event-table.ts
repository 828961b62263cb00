/** Alarm events as plain rows: they are few beside the samples, and people ask for them in every way.
 *  publish → [event table] → SQL, REST */
import type { Database, Statement } from "@nonreturn/station";
import type { AlarmEvent, UtcMicros } from "@nonreturn/wire-format";
import type { Lane } from "../../record/store.ts";
import type { StoredEntry } from "../publisher.ts";
import { kindOf, textOf } from "../value-text.ts";
import { sqlValueOf } from "./map-sample.ts";
import type { TagTable } from "./tag-table.ts";

/** Removed in one go, at most. */
const DELETE_PER_STEP = 1000;

export class EventTable {
  readonly #tags: TagTable;
  readonly #insert: Statement;
  readonly #state: Statement;
  readonly #delete: Statement;

  constructor(database: Database, tags: TagTable) {
    this.#tags = tags;
    this.#insert = database.prepare(
      `INSERT INTO alarm_event (stream, journal_epoch, event_sequence, tag, time, condition, state, severity, text, value, value_text, value_kind, lane)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING RETURNING id`,
    );
    this.#state = database.prepare(
      `INSERT INTO alarm_state VALUES (?, ?, ?, ?) ON CONFLICT DO UPDATE SET event_sequence = excluded.event_sequence, event = excluded.event
       WHERE excluded.event_sequence > alarm_state.event_sequence`,
    );
    // What says that an alarm is active stays, however old it is.
    this.#delete = database.prepare(
      `DELETE FROM alarm_event WHERE id IN (
         SELECT e.id FROM alarm_event e LEFT JOIN alarm_state s ON s.event = e.id AND s.tag = e.tag AND s.condition = e.condition
         WHERE e.time < ? AND (s.event IS NULL OR e.state = 'inactive') ORDER BY e.time LIMIT ?) RETURNING time`,
    );
  }

  /** Inside the caller's transaction; the tags are learnt. An event that is there already stays as it is. */
  add({ stream, journalEpoch, lane, events = [], tagOf }: StoredEntry): void {
    if (events.length === 0) return;
    const numbers = this.#tags.numbersOf(stream, journalEpoch);
    for (const event of events) {
      const tag = numbers?.get(event.tagId);
      const definition = tagOf(event.tagId);
      if (tag === undefined || definition === undefined) throw new RangeError(`tag ${event.tagId} was not learnt`);
      this.#addOne(stream, journalEpoch, lane, event, tag, definition.dataType);
    }
  }

  /** @returns how many rows went, and their times; call again while it is not 0. */
  deleteBefore(time: UtcMicros): { readonly count: number; readonly first: UtcMicros; readonly last: UtcMicros } {
    const times = this.#delete.pluck().all(time, DELETE_PER_STEP) as UtcMicros[];
    return { count: times.length, first: Math.min(...times), last: Math.max(...times) };
  }

  #addOne(stream: number, journalEpoch: number, lane: Lane, event: AlarmEvent, tag: number, dataType: string): void {
    const { eventSequence, time, condition, state, severity, text, value } = event;
    const stored = this.#insert.get(
      ...[stream, journalEpoch, eventSequence, tag, time, condition, state, severity, text],
      ...[sqlValueOf(value, dataType), textOf(value), kindOf(value), lane],
    ) as { id: number } | undefined;
    if (stored !== undefined) this.#state.run(tag, condition, eventSequence, stored.id);
  }
}
