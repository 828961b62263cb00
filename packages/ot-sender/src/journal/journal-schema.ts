/** The tables of the journal's database file.
 *  [journal schema] ← SQLite journal, reader */
import type { Migration } from "@nonreturn/station/thread";

export const JOURNAL_FILE = "journal.db";

/** Appended to, never changed: `PRAGMA user_version` counts what a file has seen. */
export const JOURNAL_MIGRATIONS: readonly Migration[] = [
  `
  -- One row: everything the next block depends on. Changes in the same transaction as the blocks.
  CREATE TABLE head (
    one                INTEGER PRIMARY KEY CHECK (one = 1),
    site               BLOB NOT NULL,
    stream             INTEGER NOT NULL,
    journal_epoch      INTEGER NOT NULL,
    sequence           INTEGER NOT NULL,
    sealing_epoch      INTEGER NOT NULL,
    hash               BLOB NOT NULL,
    sealed_at          INTEGER NOT NULL,
    oldest             INTEGER NOT NULL,
    directory_revision INTEGER NOT NULL,
    directory_digest   BLOB NOT NULL
  ) STRICT;

  CREATE TABLE blocks (
    sequence      INTEGER PRIMARY KEY,
    sealing_epoch INTEGER NOT NULL,
    kind          INTEGER NOT NULL,
    sealed_at     INTEGER NOT NULL,
    sample_count  INTEGER NOT NULL,
    hash          BLOB NOT NULL,
    bytes         BLOB NOT NULL
  ) STRICT;

  -- Blocks of the current directory revision, exempt from retention.
  CREATE TABLE directory_parts (
    part     INTEGER PRIMARY KEY,
    sequence INTEGER NOT NULL
  ) STRICT;

  -- Every tag this journal ever knew. Ids are never given twice.
  CREATE TABLE tags (
    tag_id     INTEGER PRIMARY KEY AUTOINCREMENT,
    path       TEXT NOT NULL UNIQUE,
    definition TEXT NOT NULL
  ) STRICT;

  -- Sequences that were handed to the link, as intervals.
  CREATE TABLE sent (
    first INTEGER PRIMARY KEY,
    last  INTEGER NOT NULL
  ) STRICT;
  `,
  `
  -- Number of the newest alarm event, lost ones counted.
  ALTER TABLE head ADD COLUMN event_sequence INTEGER NOT NULL DEFAULT 0;

  -- Alarms whose newest event says active. Changes in the same transaction as the block of that event.
  CREATE TABLE active_alarms (
    tag_id         INTEGER NOT NULL,
    condition      TEXT NOT NULL,
    event_sequence INTEGER NOT NULL,
    severity       INTEGER NOT NULL,
    text           TEXT NOT NULL,
    since          INTEGER NOT NULL,
    PRIMARY KEY (tag_id, condition)
  ) STRICT, WITHOUT ROWID;
  `,
];
