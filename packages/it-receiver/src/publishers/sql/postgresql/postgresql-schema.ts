/** Tables and views in PostgreSQL, by migrations that only ever grow.
 *  connect → [PostgreSQL schema] → PostgreSQL */

/** Times INTERVAL '1 microsecond': exact, unlike to_timestamp of seconds */
export const MICROS = "TIMESTAMPTZ 'epoch' +";

/**
 * tag           one row per tag id of a journal; a renamed tag keeps its row
 * sample        history, append-only. kind: 0 none, 1 boolean, 2 number, 3 64-bit integer, 4 text, 5 bytes, 6 array (as JSON)
 * current_value the latest of each tag
 * block_range   which blocks are stored: what makes a repeated offer harmless
 * writer        one row: whoever holds its lock writes
 * link          state of the one-way link
 * alarm_event   every alarm event
 * gap           what a station knows to be missing, by its own numbers
 * retried_rows  rows of stored blocks that were refused with them, and taken later
 * alarm_state   of each tag and condition the event with the highest number
 */
const TABLES = `
  CREATE TABLE tag (
    id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    stream integer NOT NULL, journal_epoch bigint NOT NULL, tag_id bigint NOT NULL,
    path text NOT NULL, data_type text NOT NULL, unit text NOT NULL, description text NOT NULL, device text NOT NULL,
    range_low double precision, range_high double precision, retired boolean NOT NULL, digest text NOT NULL,
    UNIQUE (stream, journal_epoch, tag_id));
  CREATE INDEX tag_path ON tag USING hash (path);
  CREATE TABLE sample (
    tag integer NOT NULL, time timestamptz NOT NULL, value double precision, status bigint NOT NULL, kind smallint NOT NULL,
    historical boolean NOT NULL, integer_value numeric(20), text_value text, bytes_value bytea);
  CREATE TABLE current_value (
    tag integer PRIMARY KEY, time timestamptz NOT NULL, value double precision, status bigint NOT NULL, kind smallint NOT NULL,
    stale boolean NOT NULL, integer_value numeric(20), text_value text, bytes_value bytea) WITH (fillfactor = 70);
  CREATE TABLE block_range (
    stream integer NOT NULL, sealing_epoch bigint NOT NULL, first bigint NOT NULL, last bigint NOT NULL,
    PRIMARY KEY (stream, sealing_epoch, first));
  CREATE TABLE writer (one integer PRIMARY KEY);
  INSERT INTO writer VALUES (1);
  CREATE TABLE link (one integer PRIMARY KEY, state text NOT NULL, since timestamptz NOT NULL);`;

/** A condition may be longer than an index row, so its digest is the key. */
const ALARM_TABLES = `
  CREATE TABLE alarm_event (
    stream integer NOT NULL, journal_epoch bigint NOT NULL, event_sequence bigint NOT NULL, tag integer NOT NULL, time timestamptz NOT NULL,
    condition text NOT NULL, state text NOT NULL, severity smallint NOT NULL, message text NOT NULL, value double precision, value_text text,
    historical boolean NOT NULL, PRIMARY KEY (stream, journal_epoch, event_sequence));
  CREATE INDEX alarm_event_time ON alarm_event (time DESC);
  CREATE INDEX alarm_event_tag_time ON alarm_event (tag, time DESC);
  CREATE TABLE alarm_state (
    tag integer NOT NULL, condition_key text NOT NULL, stream integer NOT NULL, journal_epoch bigint NOT NULL, event_sequence bigint NOT NULL,
    PRIMARY KEY (tag, condition_key));`;

const RETRIED_TABLE = `
  CREATE TABLE retried_rows (
    stream integer NOT NULL, sealing_epoch bigint NOT NULL, sequence bigint NOT NULL, first_row integer NOT NULL, rows integer NOT NULL,
    PRIMARY KEY (stream, sealing_epoch, sequence, first_row, rows));`;

const GAP_TABLE = `
  CREATE TABLE gap (
    station text NOT NULL, id bigint NOT NULL, stream integer NOT NULL, state text NOT NULL, since timestamptz NOT NULL, until timestamptz NOT NULL,
    reason text NOT NULL, blocks bigint, samples bigint, PRIMARY KEY (station, id));
  CREATE INDEX gap_since ON gap (since);`;

/** Newest first within a tag: the order in which histories are read. */
const PLAIN_INDEX = "CREATE INDEX sample_tag_time ON sample (tag, time DESC);";

/** Migrations in order; each runs once, in a transaction. */
export const MIGRATIONS: readonly string[] = [TABLES + PLAIN_INDEX, ALARM_TABLES, RETRIED_TABLE, GAP_TABLE];

const QUALITY = (status: string): string =>
  `CASE (${status} >> 30) WHEN 0 THEN 'good' WHEN 1 THEN 'uncertain' ELSE 'bad' END`;
const TEXT = (table: string): string => `CASE ${table}.kind
    WHEN 0 THEN NULL WHEN 1 THEN CASE WHEN ${table}.value = 1 THEN 'true' ELSE 'false' END WHEN 2 THEN ${table}.value::text
    WHEN 3 THEN ${table}.integer_value::text WHEN 5 THEN encode(${table}.bytes_value, 'hex') ELSE ${table}.text_value END`;

export interface View {
  readonly name: string;
  readonly query: string;
}

/** Views for people and BI tools, none of another one; replaced at every start. Columns are appended, never taken away: views of others stand on them. @param lineLevels  path levels that name a line. */
export function viewsOf(lineLevels: number): View[] {
  const levels = `string_to_array(t.path, '/')`;
  const line = `array_to_string((${levels})[1:${lineLevels}], '/')`;
  const name = `array_to_string((${levels})[${lineLevels + 1}:], '/')`;
  const latest = `SELECT {{COLUMNS}} c.time, c.value, ${TEXT("c")} AS value_text, c.integer_value,
      CASE WHEN c.stale THEN 'stale' ELSE ${QUALITY("c.status")} END AS quality, c.status, c.stale,
      coalesce((SELECT state FROM link), 'unknown') AS link_state, t.unit, t.data_type, t.description, t.device
    FROM current_value c JOIN tag t ON t.id = c.tag
    WHERE NOT t.retired AND (t.stream, t.journal_epoch) IN (SELECT stream, max(journal_epoch) FROM tag GROUP BY stream)`;
  const history = `SELECT {{COLUMNS}} s.time, s.value, ${TEXT("s")} AS value_text, s.integer_value,
      ${QUALITY("s.status")} AS quality, s.status, s.historical, t.unit, t.data_type, t.device
    FROM sample s JOIN tag t ON t.id = s.tag`;
  const event = "e.time, e.condition, e.state, e.severity, e.message, e.value, e.value_text";
  const alarms = `SELECT {{COLUMNS}} ${event}, e.historical, t.unit, t.device, e.stream, e.journal_epoch, e.event_sequence
    FROM alarm_event e JOIN tag t ON t.id = e.tag`;
  const active = `SELECT {{COLUMNS}} ${event}, coalesce((SELECT state FROM link), 'unknown') AS link_state, t.unit, t.description, t.device
    FROM alarm_state a JOIN alarm_event e USING (stream, journal_epoch, event_sequence) JOIN tag t ON t.id = a.tag
    WHERE e.state = 'active' AND t.journal_epoch = (SELECT max(n.journal_epoch) FROM tag n WHERE n.stream = t.stream)`;
  const path = "t.path,";
  const split = `${line} AS line, ${name} AS name, t.path,`;
  return [
    { name: "latest", query: latest.replace("{{COLUMNS}}", path) },
    { name: "history", query: history.replace("{{COLUMNS}}", path) },
    { name: "line_latest", query: latest.replace("{{COLUMNS}}", split) },
    { name: "line_history", query: history.replace("{{COLUMNS}}", split) },
    { name: "alarm_events", query: alarms.replace("{{COLUMNS}}", split) },
    { name: "active_alarms", query: active.replace("{{COLUMNS}}", split) },
    {
      name: "gaps",
      query: "SELECT g.since, g.until, g.state, g.reason, g.blocks, g.samples, g.stream, g.station FROM gap g",
    },
  ];
}
