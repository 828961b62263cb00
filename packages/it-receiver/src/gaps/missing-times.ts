/** When something is missing of what the plant measured: gaps of the link, and what the OT station could not keep; as times, by interval.
 *  store.db → [missing times] → history of REST, OPC UA, SQL */
import { openDatabase } from "@nonreturn/station/thread";
import type { UtcMicros } from "@nonreturn/wire-format";

export interface MissingTime {
  /** Stays the same as long as the state does. */
  readonly id: number;
  /** open: may still be healed. lost: the OT station does not hold it any more. unrecorded: the OT station could not keep it. */
  readonly state: "open" | "lost" | "unrecorded";
  readonly from: UtcMicros;
  readonly to: UtcMicros;
  /** not-received: of the link. Otherwise why the OT station could not keep it, in the words of its loss record. */
  readonly reason: string;
  readonly stream: number;
  /** How many blocks, or how many samples of an unrecorded one. */
  readonly blocks: number | null;
  readonly samples: number | null;
}

export interface MissingTimes {
  /** The first of the range, in order of time. */
  readonly list: readonly MissingTime[];
  readonly inAll: number;
  /** Of each interval, the share in which something is missing, of some tag: 0 … 1. */
  readonly share: Float64Array;
  /** 1 where something is, and be it a moment. */
  readonly touched: Uint8Array;
}

export type ReadMissingTimes = (from: UtcMicros, to: UtcMicros, interval: number) => MissingTimes;
export type ReadMissingList = (
  from: UtcMicros,
  to: UtcMicros,
  most: number,
  after?: Pick<MissingTime, "from" | "id">,
) => MissingTime[];

const LISTED = 100;
/** Some tens of milliseconds. Behind the last one of so many everything counts as touched. */
const MAXIMUM_READ = 100_000;

/**
 * A gap reaches from the block before it to the one behind it. Without one before it begins with its journal, whose epoch counts minutes since
 * 1970; without one behind it ends when it was named.
 */
const MISSING = `
  SELECT id * 2 AS id, state, coalesce(time_from, journal_epoch * 60000000) AS "from", coalesce(time_to, opened_at) AS "to",
    'not-received' AS reason, stream, last - first + 1 AS blocks, NULL AS samples
  FROM gaps WHERE state IN ('open', 'lost')
  UNION ALL
  SELECT id * 2 + 1, 'unrecorded', first_timestamp, last_timestamp, reason, stream, NULL, sample_count FROM losses`;

/**
 * Of every stream: history is kept by path, whatever stream it came of.
 *
 * @param to  not included. @param interval  µs; the last one may be cut short by `to`
 * @throws {StationError} DATABASE_…
 */
export function readMissingTimes(storePath: string, from: UtcMicros, to: UtcMicros, interval: number): MissingTimes {
  const count = Math.ceil((to - from) / interval);
  const share = new Float64Array(count);
  const touched = new Uint8Array(count);
  const list: MissingTime[] = [];
  let inAll = 0;
  let [coveredTo, touchedTo] = [from, 0];
  const touch = (first: UtcMicros, last: UtcMicros): void => {
    const end = Math.min(count - 1, Math.floor((last - from) / interval));
    for (let at = Math.max(touchedTo, Math.floor((first - from) / interval)); at <= end; at++) touched[at] = 1;
    touchedTo = Math.max(touchedTo, end);
  };
  const database = openDatabase(storePath, { durability: "full", readOnly: true });
  try {
    const rows = database.prepare<[number, number, number], MissingTime>(
      `SELECT * FROM (${MISSING}) WHERE "from" < ? AND "to" >= ? ORDER BY "from", id LIMIT ?`,
    );
    for (const row of rows.iterate(to, from, MAXIMUM_READ)) {
      inAll++;
      if (list.length < LISTED) list.push(row);
      const begin = Math.max(from, row.from);
      touch(begin, inAll === MAXIMUM_READ ? to : Math.max(begin, row.to));
      // In order of their beginnings: each moment is counted once.
      for (let at = Math.max(begin, coveredTo); at < Math.min(row.to, to); ) {
        const index = Math.floor((at - from) / interval);
        const start = from + index * interval;
        const end = Math.min(start + interval, to);
        const until = Math.min(end, row.to);
        share[index]! += (until - at) / (end - start);
        at = until;
      }
      coveredTo = Math.max(coveredTo, Math.min(row.to, to));
    }
  } finally {
    database.close();
  }
  return { list, inAll, share, touched };
}

/** Another text whenever anything was named, healed, lost or told to be unrecorded since. @throws {StationError} DATABASE_… */
export function readMissingVersion(storePath: string): string {
  const database = openDatabase(storePath, { durability: "full", readOnly: true });
  try {
    // Each change of a gap is a new row; neither table loses rows otherwise.
    const rows = database
      .prepare<[], { name: string; seq: number }>(
        "SELECT name, seq FROM sqlite_sequence WHERE name IN ('gaps', 'losses') ORDER BY name",
      )
      .all();
    return rows.map(({ name, seq }) => `${name} ${seq}`).join(" ");
  } finally {
    database.close();
  }
}

/**
 * All that touches a range, in order of time, `most` at a time.
 *
 * @param to  not included. @param after  only what comes behind this one
 * @throws {StationError} DATABASE_…
 */
export function readMissingList(
  storePath: string,
  from: UtcMicros,
  to: UtcMicros,
  most: number,
  after: Pick<MissingTime, "from" | "id"> = { from: -1, id: 0 },
): MissingTime[] {
  const database = openDatabase(storePath, { durability: "full", readOnly: true });
  try {
    return database
      .prepare<[number, number, number, number, number], MissingTime>(
        `SELECT * FROM (${MISSING}) WHERE "from" < ? AND "to" >= ? AND ("from", id) > (?, ?) ORDER BY "from", id LIMIT ?`,
      )
      .all(to, from, after.from, after.id, most);
  } finally {
    database.close();
  }
}
