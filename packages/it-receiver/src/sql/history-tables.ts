/** The historian's samples as SQL tables, made on the fly: nothing is stored a second time.
 *  historian.db → [history tables] → SELECT */
import { join } from "node:path";
import { type Database, openDatabase, StationError } from "@nonreturn/station";
import {
  EVENT_VIEWS,
  type HistoricalSample,
  type HistoryRange,
  historianPath,
  openHistoryReader,
  REMOVAL_VIEW,
  SAMPLE_COLUMNS,
  sqlRowOf,
} from "../publishers/historian/index.ts";
import { parseIsoMicros } from "../publishers/iso-micros.ts";
import { assertKept } from "../record/assert-kept.ts";
import { STORE_FILE } from "../record/store-schema.ts";
import { GAP_COLUMNS, gapRows } from "./gap-table.ts";
import { INTERVAL_COLUMNS, intervalRows } from "./interval-table.ts";

export { historianPath };

export interface HistoryTables {
  /** Read-only, with the tables below. */
  readonly database: Database;
  close(): void;
}

/**
 * Opens the historian for reading; the station may be running. On the connection there are
 *
 * - `samples`: every sample. A condition on `path`, `tag_id`, `unit`, `data_type`, `stream` or `journal_epoch` (=, IN, LIKE, GLOB) is
 *   applied to tags first, so only theirs are read; one on time is applied to each sample read.
 * - `history(path, since, until)`: samples of one path, since included, until not, in order of time; only the chunks of that range are read.
 *   Times are microseconds (integer) or ISO text; both may be left out.
 * - `intervals(path, interval, since, until)`: minimum, maximum, averages of one path by interval ('1h'), from hours and minutes where they are fine enough,
 *   and whether something is known to be missing.
 * - `gaps`: what is known to be missing, from the store.
 * - `tag`: the tags.
 * - `alarm_events`, `active_alarms`: alarm events, and those that say what is active now.
 * - `removals`: what retention removed.
 *
 * All of it shows one moment of the database: that of opening.
 *
 * @throws {StationError} STORE_MISSING if there is no historian yet, DATABASE_OLDER if it was not brought up to date yet, DATABASE_…
 */
export function openHistoryTables(dataFolder: string): HistoryTables {
  const path = historianPath(dataFolder);
  assertKept(path, "history");
  const storePath = join(dataFolder, STORE_FILE);
  // Two connections: a table function cannot query the connection that is executing it.
  const reader = openHistoryReader(dataFolder);
  const database = openDatabase(path, { durability: "normal", readOnly: true });
  reader.hold();
  database.table("history", {
    columns: [...SAMPLE_COLUMNS],
    parameters: ["of_path", "since", "until"],
    safeIntegers: true,
    *rows(...parameters: unknown[]) {
      const [ofPath, since, until] = parameters;
      if (typeof ofPath !== "string") throw wrongTime("path", ofPath);
      yield* rowsOf(reader.readHistory({ path: ofPath, ...rangeOf(since, until) }));
    },
  });
  database.table("intervals", {
    columns: [...INTERVAL_COLUMNS],
    parameters: ["of_path", "of_interval", "since", "until"],
    safeIntegers: true,
    *rows(...parameters: unknown[]) {
      const [path, interval, since, until] = parameters;
      const { from, to } = rangeOf(since, until);
      if (to === undefined) throw wrongTime("until", until);
      yield* intervalRows(reader, storePath, { path, interval, from, to });
    },
  });
  database.table("gaps", {
    columns: [...GAP_COLUMNS],
    safeIntegers: true,
    *rows() {
      yield* gapRows(storePath);
    },
  });
  database.table("tag_history", {
    columns: [...SAMPLE_COLUMNS],
    parameters: ["tag_number"],
    safeIntegers: true,
    *rows(...parameters: unknown[]) {
      if (typeof parameters[0] === "bigint") yield* rowsOf(reader.readTag(Number(parameters[0])));
    },
  });
  // A view over the real table lets SQLite choose the tags by its own indexes before any sample is read.
  const fromTag: Partial<Record<string, string>> = {
    path: "t.path",
    unit: "t.unit",
    data_type: "t.data_type",
    tag_id: "t.tag_id",
    stream: "t.stream",
    journal_epoch: "t.journal_epoch",
  };
  const columns = SAMPLE_COLUMNS.map((column) => `${fromTag[column] ?? `h.${column}`} AS ${column}`).join(", ");
  database.exec(`CREATE TEMP VIEW samples AS SELECT ${columns} FROM main.tag t JOIN tag_history(t.id) h`);
  database.exec(EVENT_VIEWS);
  database.exec(REMOVAL_VIEW);
  return {
    database,
    close() {
      database.close();
      reader.close();
    },
  };
}

function* rowsOf(samples: Iterable<HistoricalSample>): Generator<unknown[], void, void> {
  for (const sample of samples) yield sqlRowOf(sample);
}

function rangeOf(since: unknown, until: unknown): HistoryRange {
  const from = timeOf("since", since);
  const to = timeOf("until", until);
  return { ...(from === undefined ? {} : { from }), ...(to === undefined ? {} : { to }) };
}

function timeOf(which: string, value: unknown): number | undefined {
  if (value === undefined) return undefined;
  if (typeof value === "bigint") return Number(value);
  if (typeof value === "number") return value;
  const parsed = typeof value === "string" ? parseIsoMicros(value) : undefined;
  if (parsed === undefined) throw wrongTime(which, value);
  return parsed;
}

function wrongTime(which: string, value: unknown): StationError {
  return new StationError({
    code: "SQL_STATEMENT",
    what: `${which} of history(path, since, until) or intervals(path, interval, since, until) is ${value === undefined ? "missing" : String(value)}`,
    action: "Write history('plant/tag', '2026-11-23T08:00Z', '2026-11-24'); times may also be microseconds since 1970.",
  });
}
