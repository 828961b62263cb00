/** Tables and views in MariaDB, by migrations that only ever grow. The same tables as in PostgreSQL; names carry the configured prefix.
 *  connect → [MariaDB schema] → MariaDB */

/** Comparing texts bit by bit, trailing blanks included: tag paths that differ stay different. */
const TEXT = "CHARACTER SET utf8mb4 COLLATE utf8mb4_nopad_bin";
const VALUE = `time datetime(6) NOT NULL, value double, status int unsigned NOT NULL, kind tinyint NOT NULL,
    integer_value decimal(20), text_value longtext ${TEXT}, bytes_value longblob`;

/** DDL commits by itself in MariaDB, so every statement may be repeated. `{}` stands for the prefix. */
export const MIGRATIONS: readonly (readonly string[])[] = [
  [
    `CREATE TABLE IF NOT EXISTS {}tag (
      id int NOT NULL AUTO_INCREMENT PRIMARY KEY, stream int NOT NULL, journal_epoch bigint NOT NULL, tag_id bigint NOT NULL,
      path mediumtext ${TEXT} NOT NULL, data_type varchar(16) NOT NULL, unit mediumtext ${TEXT} NOT NULL,
      description mediumtext ${TEXT} NOT NULL, device mediumtext ${TEXT} NOT NULL, range_low double, range_high double,
      retired boolean NOT NULL, digest char(64) NOT NULL, UNIQUE (stream, journal_epoch, tag_id), INDEX (path(190))) ENGINE InnoDB`,
    `CREATE TABLE IF NOT EXISTS {}sample (tag int NOT NULL, ${VALUE}, historical boolean NOT NULL, INDEX (tag, time)) ENGINE InnoDB`,
    `CREATE TABLE IF NOT EXISTS {}current_value (tag int NOT NULL PRIMARY KEY, ${VALUE}, stale boolean NOT NULL) ENGINE InnoDB`,
    `CREATE TABLE IF NOT EXISTS {}block_range (
      stream int NOT NULL, sealing_epoch bigint NOT NULL, first bigint NOT NULL, last bigint NOT NULL,
      PRIMARY KEY (stream, sealing_epoch, first)) ENGINE InnoDB`,
    "CREATE TABLE IF NOT EXISTS {}writer (one int NOT NULL PRIMARY KEY) ENGINE InnoDB",
    "INSERT IGNORE INTO {}writer VALUES (1)",
    "CREATE TABLE IF NOT EXISTS {}link (one int NOT NULL PRIMARY KEY, state varchar(16) NOT NULL, since datetime(6) NOT NULL) ENGINE InnoDB",
  ],
  [
    `CREATE TABLE IF NOT EXISTS {}alarm_event (
      stream int NOT NULL, journal_epoch bigint NOT NULL, event_sequence bigint NOT NULL, tag int NOT NULL, time datetime(6) NOT NULL,
      \`condition\` mediumtext ${TEXT} NOT NULL, state varchar(8) NOT NULL, severity smallint NOT NULL, message mediumtext ${TEXT} NOT NULL,
      value double, value_text longtext ${TEXT}, historical boolean NOT NULL,
      PRIMARY KEY (stream, journal_epoch, event_sequence), INDEX (time), INDEX (tag, time)) ENGINE InnoDB`,
    `CREATE TABLE IF NOT EXISTS {}alarm_state (
      tag int NOT NULL, condition_key char(32) NOT NULL, stream int NOT NULL, journal_epoch bigint NOT NULL, event_sequence bigint NOT NULL,
      PRIMARY KEY (tag, condition_key)) ENGINE InnoDB`,
  ],
  [
    `CREATE TABLE IF NOT EXISTS {}retried_rows (
      stream int NOT NULL, sealing_epoch bigint NOT NULL, sequence bigint NOT NULL, first_row int NOT NULL, row_count int NOT NULL,
      PRIMARY KEY (stream, sealing_epoch, sequence, first_row, row_count)) ENGINE InnoDB`,
  ],
  [
    `CREATE TABLE IF NOT EXISTS {}gap (
      station varchar(100) ${TEXT} NOT NULL, id bigint NOT NULL, stream int NOT NULL, state varchar(16) NOT NULL, since datetime(6) NOT NULL,
      until datetime(6) NOT NULL, reason varchar(64) NOT NULL, blocks bigint, samples bigint, PRIMARY KEY (station, id), INDEX (since)) ENGINE InnoDB`,
  ],
];

const quality = (status: string): string => `ELT((${status} >> 30) + 1, 'good', 'uncertain', 'bad', 'bad')`;
/** NaN, infinities and −0, which MariaDB's double cannot hold, are in text_value. */
const text = (table: string): string =>
  `CASE ${table}.kind WHEN 1 THEN IF(${table}.value = 1, 'true', 'false') WHEN 2 THEN coalesce(${table}.text_value, CAST(${table}.value AS CHAR))
    WHEN 3 THEN CAST(${table}.integer_value AS CHAR) WHEN 5 THEN lower(hex(${table}.bytes_value)) ELSE ${table}.text_value END`;

/** Views for people and BI tools; replaced at every start. Columns are appended, never taken away: views of others stand on them. @param lineLevels  path levels that name a line. */
export function viewsOf(lineLevels: number): string[] {
  const line = `SUBSTRING_INDEX(t.path, '/', ${lineLevels})`;
  const split = `${line} AS line, SUBSTRING(t.path, CHAR_LENGTH(${line}) + 2) AS name,`;
  const latest = (columns: string): string =>
    `SELECT ${columns} t.path, c.time, c.value, ${text("c")} AS value_text, c.integer_value,
      IF(c.stale, 'stale', ${quality("c.status")}) AS quality, c.status, c.stale,
      coalesce((SELECT state FROM {}link), 'unknown') AS link_state, t.unit, t.data_type, t.description, t.device
    FROM {}current_value c JOIN {}tag t ON t.id = c.tag
    WHERE NOT t.retired AND (t.stream, t.journal_epoch) IN (SELECT stream, max(journal_epoch) FROM {}tag GROUP BY stream)`;
  const history = (columns: string): string =>
    `SELECT ${columns} t.path, s.time, s.value, ${text("s")} AS value_text, s.integer_value,
      ${quality("s.status")} AS quality, s.status, s.historical, t.unit, t.data_type, t.device
    FROM {}sample s JOIN {}tag t ON t.id = s.tag`;
  const event = "t.path, e.time, e.`condition`, e.state, e.severity, e.message, e.value, e.value_text";
  const alarms = `SELECT ${split} ${event}, e.historical, t.unit, t.device, e.stream, e.journal_epoch, e.event_sequence
    FROM {}alarm_event e JOIN {}tag t ON t.id = e.tag`;
  const active = `SELECT ${split} ${event}, coalesce((SELECT state FROM {}link), 'unknown') AS link_state, t.unit, t.description, t.device
    FROM {}alarm_state a JOIN {}alarm_event e ON e.stream = a.stream AND e.journal_epoch = a.journal_epoch AND e.event_sequence = a.event_sequence
      JOIN {}tag t ON t.id = a.tag
    WHERE e.state = 'active' AND t.journal_epoch = (SELECT max(n.journal_epoch) FROM {}tag n WHERE n.stream = t.stream)`;
  return [
    `CREATE OR REPLACE VIEW {}latest AS ${latest("")}`,
    `CREATE OR REPLACE VIEW {}history AS ${history("")}`,
    `CREATE OR REPLACE VIEW {}line_latest AS ${latest(split)}`,
    `CREATE OR REPLACE VIEW {}line_history AS ${history(split)}`,
    `CREATE OR REPLACE VIEW {}alarm_events AS ${alarms}`,
    `CREATE OR REPLACE VIEW {}active_alarms AS ${active}`,
    "CREATE OR REPLACE VIEW {}gaps AS SELECT g.since, g.until, g.state, g.reason, g.blocks, g.samples, g.stream, g.station FROM {}gap g",
  ];
}
