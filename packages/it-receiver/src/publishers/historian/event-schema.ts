/** Tables of alarm events in historian.db, and the views of `nonreturn-it sql`.
 *  schema → [event schema] ← event table, SQL */

/*
 * alarm_event  every event once; `value` in SQLite's own types, `value_text` and `value_kind` exact
 * alarm_state  of each tag and condition the event with the highest number
 */
export const EVENT_TABLES = `
  CREATE TABLE alarm_event (
    id INTEGER PRIMARY KEY, stream INTEGER NOT NULL, journal_epoch INTEGER NOT NULL, event_sequence INTEGER NOT NULL, tag INTEGER NOT NULL,
    time INTEGER NOT NULL, condition TEXT NOT NULL, state TEXT NOT NULL, severity INTEGER NOT NULL, text TEXT NOT NULL,
    value ANY, value_text TEXT, value_kind TEXT NOT NULL, lane TEXT NOT NULL, UNIQUE (stream, journal_epoch, event_sequence)
  ) STRICT;
  CREATE INDEX alarm_event_by_time ON alarm_event (time);
  CREATE INDEX alarm_event_by_tag ON alarm_event (tag, time);
  CREATE TABLE alarm_state (
    tag INTEGER NOT NULL, condition TEXT NOT NULL, event_sequence INTEGER NOT NULL, event INTEGER NOT NULL, PRIMARY KEY (tag, condition)
  ) STRICT, WITHOUT ROWID;
`;

/** For `nonreturn-it sql`: the events, and those that say what is active now. */
export const EVENT_VIEWS = `
  CREATE TEMP VIEW alarm_events AS
    SELECT t.path, e.time AS timestamp, strftime('%Y-%m-%dT%H:%M:%S', e.time / 1000000, 'unixepoch') || printf('.%06dZ', e.time % 1000000) AS time,
      e.condition, e.state, e.severity, e.text, e.value, e.value_text, e.value_kind, t.unit, e.lane = 'late' AS historical,
      e.event_sequence, t.tag_id, e.stream, e.journal_epoch
    FROM main.alarm_event e JOIN main.tag t ON t.id = e.tag;
  CREATE TEMP VIEW active_alarms AS
    SELECT t.path, e.time AS timestamp, strftime('%Y-%m-%dT%H:%M:%S', e.time / 1000000, 'unixepoch') || printf('.%06dZ', e.time % 1000000) AS time,
      e.condition, e.severity, e.text, e.value, e.value_text, e.value_kind, t.unit, e.event_sequence, t.tag_id, e.stream, e.journal_epoch
    FROM main.alarm_state s JOIN main.alarm_event e ON e.id = s.event JOIN main.tag t ON t.id = s.tag
    WHERE e.state = 'active' AND t.journal_epoch = (SELECT max(journal_epoch) FROM main.tag n WHERE n.stream = t.stream);
`;
