/** The tables of the store: ledger and sealed blocks in one file, so that recording a block is storing it.
 *  [store schema] ← SQLite store, store reader, gaps and verify commands */
import type { Migration } from "@nonreturn/station";
import { addRowChecks } from "./row-check.ts";

export const STORE_FILE = "store.db";

export const LANE_NUMBER = { live: 0, late: 1 } as const;

/** Appended to, never changed: `PRAGMA user_version` counts what a file has seen. */
export const STORE_MIGRATIONS: readonly Migration[] = [
  `
  CREATE TABLE blocks (
    position      INTEGER PRIMARY KEY AUTOINCREMENT,
    lane          INTEGER NOT NULL,
    stream        INTEGER NOT NULL,
    journal_epoch INTEGER NOT NULL,
    sealing_epoch INTEGER NOT NULL,
    sequence      INTEGER NOT NULL,
    kind          INTEGER NOT NULL,
    sample_count  INTEGER NOT NULL,
    sealed_at     INTEGER NOT NULL,
    recorded_at   INTEGER NOT NULL,
    hash          BLOB NOT NULL,
    previous_hash BLOB NOT NULL,
    bytes         BLOB NOT NULL
  ) STRICT;
  -- Not unique: two blocks of one sequence are a fork, and both are kept.
  CREATE INDEX blocks_by_sequence ON blocks (stream, journal_epoch, sequence);
  CREATE INDEX blocks_by_lane ON blocks (lane, position);
  CREATE INDEX directory_blocks ON blocks (position) WHERE kind = 3;

  -- The ledger: every sequence ever recorded, as intervals. Permanent.
  CREATE TABLE held (
    stream        INTEGER NOT NULL,
    journal_epoch INTEGER NOT NULL,
    sealing_epoch INTEGER NOT NULL,
    first         INTEGER NOT NULL,
    last          INTEGER NOT NULL,
    PRIMARY KEY (stream, journal_epoch, sealing_epoch, first)
  ) STRICT, WITHOUT ROWID;

  -- One row per journal: from where on blocks are expected, and how far the sender says it is.
  CREATE TABLE chains (
    stream        INTEGER NOT NULL,
    journal_epoch INTEGER NOT NULL,
    origin        INTEGER NOT NULL,
    head          INTEGER NOT NULL,
    oldest        INTEGER NOT NULL,
    PRIMARY KEY (stream, journal_epoch)
  ) STRICT, WITHOUT ROWID;

  CREATE TABLE gaps (
    id            INTEGER PRIMARY KEY AUTOINCREMENT,
    stream        INTEGER NOT NULL,
    journal_epoch INTEGER NOT NULL,
    first         INTEGER NOT NULL,
    last          INTEGER NOT NULL,
    time_from     INTEGER,
    time_to       INTEGER,
    opened_at     INTEGER NOT NULL,
    closed_at     INTEGER,
    state         TEXT NOT NULL CHECK (state IN ('open', 'healed', 'lost'))
  ) STRICT;
  CREATE INDEX gaps_by_state ON gaps (state, stream, journal_epoch, first);

  CREATE TABLE forks (
    id            INTEGER PRIMARY KEY AUTOINCREMENT,
    stream        INTEGER NOT NULL,
    journal_epoch INTEGER NOT NULL,
    sequence      INTEGER NOT NULL,
    sealing_epoch INTEGER NOT NULL,
    hash          BLOB NOT NULL,
    reason        TEXT NOT NULL,
    noticed_at    INTEGER NOT NULL
  ) STRICT;

  CREATE TABLE losses (
    id              INTEGER PRIMARY KEY AUTOINCREMENT,
    stream          INTEGER NOT NULL,
    journal_epoch   INTEGER NOT NULL,
    sequence        INTEGER NOT NULL,
    reason          TEXT NOT NULL,
    sample_count    INTEGER NOT NULL,
    first_timestamp INTEGER NOT NULL,
    last_timestamp  INTEGER NOT NULL,
    first_sequence  INTEGER NOT NULL,
    last_sequence   INTEGER NOT NULL,
    tag_count       INTEGER NOT NULL
  ) STRICT;

  -- Highest heartbeat counter seen of each sealing epoch: only a higher one is a sign of life.
  CREATE TABLE life (
    stream        INTEGER NOT NULL,
    sealing_epoch INTEGER NOT NULL,
    counter       INTEGER NOT NULL,
    PRIMARY KEY (stream)
  ) STRICT, WITHOUT ROWID;

  -- Highest position that retention removed, per lane.
  CREATE TABLE removed (
    lane     INTEGER PRIMARY KEY,
    position INTEGER NOT NULL
  ) STRICT;
  INSERT INTO removed (lane, position) VALUES (0, 0), (1, 0);
  `,
  addRowChecks,
  "CREATE INDEX event_blocks ON blocks (position) WHERE kind = 2",
  `
  -- Per data stream: the last status of its OT station, sealed. The block itself is of the stream of announcements.
  CREATE TABLE announced (
    stream        INTEGER PRIMARY KEY,
    journal_epoch INTEGER NOT NULL,
    sealing_epoch INTEGER NOT NULL,
    sequence      INTEGER NOT NULL,
    heard_at      INTEGER NOT NULL,
    bytes         BLOB NOT NULL
  ) STRICT`,
];
