/** The last event of each alarm, in publishers.db: survives restarts and the store's retention.
 *  current alarms → [alarm table] → publishers.db */
import type { Database, Statement } from "@nonreturn/station";
import { type AlarmEvent, BatchKind, decodeBatch, encodeBatch } from "@nonreturn/wire-format";
import type { EventBlock } from "./block-feed.ts";

/*
 * alarm           one row per tag and condition of each stream's newest journal; `event` is an event batch of the wire format with one event
 * alarm_forgotten inactive alarms up to this number of event may have been removed: an older event cannot be told from a repeat
 * alarm_followed  one row: store position up to which events are taken up
 */
export const ALARM_TABLES = `
  CREATE TABLE alarm (
    id INTEGER PRIMARY KEY AUTOINCREMENT, stream INTEGER NOT NULL, journal_epoch INTEGER NOT NULL, tag_id INTEGER NOT NULL, condition TEXT NOT NULL,
    event_sequence INTEGER NOT NULL, active INTEGER NOT NULL, bytes INTEGER NOT NULL, event BLOB NOT NULL,
    UNIQUE (stream, journal_epoch, tag_id, condition)
  ) STRICT;
  CREATE INDEX alarm_by_state ON alarm (active, event_sequence);
  CREATE TABLE alarm_forgotten (
    stream INTEGER NOT NULL, journal_epoch INTEGER NOT NULL, event_sequence INTEGER NOT NULL, PRIMARY KEY (stream, journal_epoch)
  ) STRICT, WITHOUT ROWID;
  CREATE TABLE alarm_followed (one INTEGER PRIMARY KEY CHECK (one = 1), position INTEGER NOT NULL) STRICT;
  INSERT INTO alarm_followed VALUES (1, 0);
`;

export interface AlarmRow {
  readonly id: number;
  readonly stream: number;
  readonly journalEpoch: number;
  readonly event: AlarmEvent;
}

export interface AlarmBounds {
  readonly alarms: number;
  /** Of events as stored. */
  readonly bytes: number;
}

interface StoredRow {
  readonly id: number;
  readonly stream: number;
  readonly journal_epoch: number;
  readonly event: Uint8Array;
}

interface OldestRow {
  readonly id: number;
  readonly stream: number;
  readonly journal_epoch: number;
  readonly event_sequence: number;
  readonly active: number;
  readonly bytes: number;
}

const USUAL_BOUNDS: AlarmBounds = { alarms: 100_000, bytes: 64 * 1024 * 1024 };

export class AlarmTable {
  readonly #database: Database;
  readonly #bounds: AlarmBounds;
  readonly #upsert: Statement;
  readonly #newer: Statement;
  readonly #forgottenThrough: Statement;
  readonly #known: Statement;
  readonly #oldest: Statement;
  readonly #remove: Statement;
  readonly #remember: Statement;
  readonly #select: Statement;
  readonly #count: Statement;
  #position: number;
  #forgotten = 0;
  #unchecked = { alarms: 0, bytes: 0 };

  constructor(database: Database, bounds: AlarmBounds = USUAL_BOUNDS) {
    this.#database = database;
    this.#bounds = bounds;
    this.#upsert = database.prepare(
      `INSERT INTO alarm (stream, journal_epoch, tag_id, condition, event_sequence, active, bytes, event) VALUES (?, ?, ?, ?, ?, ?, ?, ?)
       ON CONFLICT (stream, journal_epoch, tag_id, condition) DO UPDATE SET
         event_sequence = excluded.event_sequence, active = excluded.active, bytes = excluded.bytes, event = excluded.event
       WHERE excluded.event_sequence > alarm.event_sequence`,
    );
    this.#newer = database.prepare("SELECT 1 FROM alarm WHERE stream = ? AND journal_epoch > ? LIMIT 1");
    this.#forgottenThrough = database
      .prepare("SELECT event_sequence FROM alarm_forgotten WHERE stream = ? AND journal_epoch = ?")
      .pluck();
    this.#known = database
      .prepare(
        "SELECT event_sequence FROM alarm WHERE stream = ? AND journal_epoch = ? AND tag_id = ? AND condition = ?",
      )
      .pluck();
    this.#oldest = database.prepare(
      "SELECT id, stream, journal_epoch, event_sequence, active, bytes FROM alarm ORDER BY active, event_sequence LIMIT 1000",
    );
    this.#remove = database.prepare("DELETE FROM alarm WHERE id = ?");
    this.#remember = database.prepare(
      `INSERT INTO alarm_forgotten VALUES (?, ?, ?) ON CONFLICT (stream, journal_epoch) DO UPDATE SET
         event_sequence = max(alarm_forgotten.event_sequence, excluded.event_sequence)`,
    );
    this.#select = database.prepare(
      "SELECT id, stream, journal_epoch, event FROM alarm WHERE active = 1 AND id > ? ORDER BY id LIMIT ?",
    );
    this.#count = database.prepare("SELECT count(*) FROM alarm WHERE active = 1").pluck();
    this.#position = database.prepare("SELECT position FROM alarm_followed").pluck().get() as number;
  }

  /** Store position up to which events are taken up. */
  get position(): number {
    return this.#position;
  }

  /** Active alarms that were removed because there are too many, since the start. */
  get forgotten(): number {
    return this.#forgotten;
  }

  get activeCount(): number {
    return this.#count.get() as number;
  }

  /** Active ones whose id is > `after`, ascending. */
  active(after: number, limit: number): AlarmRow[] {
    return (this.#select.all(after, limit) as StoredRow[]).map(({ id, stream, journal_epoch, event }) => {
      const batch = decodeBatch(BatchKind.events, event);
      if (batch.kind !== "events") throw new RangeError(batch.kind);
      return { id, stream, journalEpoch: journal_epoch, event: batch.events[0]! };
    });
  }

  /** No newer event of its alarm is known, nor a newer journal. */
  isPresent(stream: number, journalEpoch: number, { tagId, condition, eventSequence }: AlarmEvent): boolean {
    if (this.#newer.get(stream, journalEpoch) !== undefined) return false;
    const held = this.#known.get(stream, journalEpoch, tagId, condition) as number | undefined;
    return eventSequence >= (held ?? this.#forgottenOf(stream, journalEpoch) + 1);
  }

  /** Take up these blocks, in one transaction. Events of a journal older than the newest one are ignored. */
  apply(blocks: readonly EventBlock[], position: number): void {
    this.#database
      .transaction(() => {
        for (const block of blocks) this.#applyBlock(block);
        if (blocks.length > 0) this.#keepBounds();
        this.#database.prepare("UPDATE alarm_followed SET position = ?").run(position);
      })
      .immediate();
    this.#position = position;
  }

  /** A newer journal began: what the older ones' alarms are now is not known any more. */
  forgetBefore(stream: number, journalEpoch: number): void {
    for (const table of ["alarm", "alarm_forgotten"])
      this.#database.prepare(`DELETE FROM ${table} WHERE stream = ? AND journal_epoch < ?`).run(stream, journalEpoch);
  }

  #applyBlock({ stream, journalEpoch, events }: EventBlock): void {
    if (this.#newer.get(stream, journalEpoch) !== undefined) return;
    this.forgetBefore(stream, journalEpoch);
    const forgotten = this.#forgottenOf(stream, journalEpoch);
    for (const event of events) {
      const { tagId, condition, eventSequence, state } = event;
      if (eventSequence <= forgotten && this.#known.get(stream, journalEpoch, tagId, condition) === undefined) continue;
      const bytes = encodeBatch({ kind: "events", directoryRevision: 0, events: [event] });
      const active = state === "active" ? 1 : 0;
      this.#upsert.run(stream, journalEpoch, tagId, condition, eventSequence, active, bytes.length, bytes);
      this.#unchecked.alarms++;
      this.#unchecked.bytes += bytes.length;
    }
  }

  #forgottenOf(stream: number, journalEpoch: number): number {
    return (this.#forgottenThrough.get(stream, journalEpoch) as number | undefined) ?? 0;
  }

  /** The oldest inactive ones go first; an active one only if there is no other way. Looked at once a hundredth of the bounds was written. */
  #keepBounds(): void {
    const { alarms: mostAlarms, bytes: mostBytes } = this.#bounds;
    if (this.#unchecked.alarms < mostAlarms / 100 && this.#unchecked.bytes < mostBytes / 100) return;
    this.#unchecked = { alarms: 0, bytes: 0 };
    const held = this.#database
      .prepare("SELECT count(*) AS alarms, coalesce(sum(bytes), 0) AS bytes FROM alarm")
      .get() as {
      alarms: number;
      bytes: number;
    };
    while (held.alarms > mostAlarms || held.bytes > mostBytes) {
      for (const row of this.#oldest.all() as OldestRow[]) {
        if (held.alarms <= mostAlarms && held.bytes <= mostBytes) break;
        this.#remove.run(row.id);
        this.#remember.run(row.stream, row.journal_epoch, row.event_sequence);
        held.alarms--;
        held.bytes -= row.bytes;
        if (row.active === 1) this.#forgotten++;
      }
    }
  }
}
