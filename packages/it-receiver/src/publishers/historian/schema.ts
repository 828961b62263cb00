/** Tables of historian.db: recent samples as they came, older ones by tag, and how far both are.
 *  publish → [segment] → compaction → [chunk] → read history, SQL */
import { join } from "node:path";
import {
  assertReadable,
  type Database,
  explainDatabaseError,
  type Migration,
  migrate,
  openDatabase,
} from "@nonreturn/station/thread";
import { QUARANTINE_TABLES } from "../quarantine-table.ts";
import { GAP_BOUNDS, GAP_COLUMNS, PROGRESS_TABLES } from "../sqlite-progress.ts";
import { EVENT_TABLES } from "./event-schema.ts";
import { CHUNK_FIGURES_TABLES, FIGURES_TABLES } from "./figures-schema.ts";

const HISTORIAN_FILE = "historian.db";

export function historianPath(dataFolder: string): string {
  return join(dataFolder, HISTORIAN_FILE);
}

/** Level of a chunk that is never merged again: it has CHUNK_SAMPLES rows, or its values are large. */
export const FULL_LEVEL = 100;

/*
 * tag         one row per (stream, journal epoch, tag id); `id` is the historian's own number. The latest definition: a rename moves all of
 *             a tag's history to its new path.
 * segment     level 0: the entries of one call of publish, in the order of publishing. Written in the transaction that moves the cursor.
 * chunk       samples of one tag, ascending by time. Made from segments tag by tag; eight small ones of a level become one of the next.
 *             Live and late samples lie in different chunks, so that one healed block does not stretch a chunk over days.
 * compaction  one row: the round in progress. Samples of segments ≤ round_through whose tag number is ≤ tags_through lie in chunks already.
 */
const TABLES = `
  CREATE TABLE tag (
    id INTEGER PRIMARY KEY, stream INTEGER NOT NULL, journal_epoch INTEGER NOT NULL, tag_id INTEGER NOT NULL,
    path TEXT NOT NULL, data_type TEXT NOT NULL, unit TEXT NOT NULL, description TEXT NOT NULL, device TEXT NOT NULL,
    range_low REAL, range_high REAL, retired INTEGER NOT NULL, UNIQUE (stream, journal_epoch, tag_id)
  ) STRICT;
  CREATE INDEX tag_by_path ON tag (path);
  CREATE TABLE segment (
    id INTEGER PRIMARY KEY AUTOINCREMENT, lane TEXT NOT NULL, first_timestamp INTEGER NOT NULL, last_timestamp INTEGER NOT NULL,
    samples INTEGER NOT NULL, body BLOB NOT NULL
  ) STRICT;
  CREATE TABLE chunk (
    id INTEGER PRIMARY KEY, tag INTEGER NOT NULL, lane TEXT NOT NULL, level INTEGER NOT NULL,
    first_timestamp INTEGER NOT NULL, last_timestamp INTEGER NOT NULL, samples INTEGER NOT NULL,
    codec INTEGER NOT NULL, plain_bytes INTEGER NOT NULL, body BLOB NOT NULL
  ) STRICT;
  CREATE INDEX chunk_by_time ON chunk (tag, first_timestamp, last_timestamp);
  CREATE INDEX chunk_by_end ON chunk (last_timestamp);
  CREATE INDEX chunk_small ON chunk (tag, lane, level) WHERE level < 100;
  CREATE TABLE compaction (
    one INTEGER PRIMARY KEY CHECK (one = 1), round_through INTEGER NOT NULL, tags_through INTEGER NOT NULL
  ) STRICT;
  INSERT INTO compaction (one, round_through, tags_through) VALUES (1, 0, 0);
`;

/** Appended to, never changed. */
const HISTORIAN_MIGRATIONS: readonly Migration[] = [
  ...[PROGRESS_TABLES, TABLES, EVENT_TABLES, CHUNK_FIGURES_TABLES, GAP_COLUMNS, GAP_BOUNDS, QUARANTINE_TABLES],
  FIGURES_TABLES,
];
/** Those that samples, alarm events and figures are read from. */
const READ_FROM = HISTORIAN_MIGRATIONS.indexOf(FIGURES_TABLES) + 1;

/**
 * Opens historian.db for writing, creating it if need be. Durability normal: a power cut may take the last commits, and with them the
 * cursor that they moved; those blocks are then published again from the store.
 *
 * @throws {StationError} DATABASE_…
 */
export function openHistorian(path: string): Database {
  const database = openDatabase(path, { durability: "normal" });
  // Compaction touches the index leaves of every tag in turn: with SQLite's own 2 MB they are read again each time. 16 MiB.
  database.pragma("cache_size = -16384");
  migrate(database, HISTORIAN_MIGRATIONS);
  return database;
}

/** Opens historian.db for reading, while the station writes or not. @throws {StationError} DATABASE_OLDER, DATABASE_… */
export function openHistorianToRead(path: string): Database {
  const database = openDatabase(path, { durability: "normal", readOnly: true });
  try {
    assertReadable(database, HISTORIAN_MIGRATIONS, READ_FROM);
    return database;
  } catch (error) {
    database.close();
    throw explainDatabaseError(error, path);
  }
}

export interface CompactionRow {
  readonly roundThrough: number;
  readonly tagsThrough: number;
}

export function readCompaction(database: Database): CompactionRow {
  return database
    .prepare("SELECT round_through AS roundThrough, tags_through AS tagsThrough FROM compaction")
    .get() as CompactionRow;
}
