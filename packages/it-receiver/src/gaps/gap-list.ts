/** What is missing, was healed, or is lost for good, as the store's file says; whether the station runs or not.
 *  store.db → [gap list] → gaps command, status */
import { openDatabase } from "@nonreturn/station/thread";
import { encodeGapCode, type UtcMicros } from "@nonreturn/wire-format";
import { assertKept } from "../record/assert-kept.ts";

export interface ListedGap {
  readonly stream: number;
  readonly journalEpoch: number;
  readonly first: number;
  readonly last: number;
  /** From the blocks around it; undefined where there is none. */
  readonly timeFrom: UtcMicros | undefined;
  readonly timeTo: UtcMicros | undefined;
  readonly openedAt: UtcMicros;
  readonly closedAt: UtcMicros | undefined;
  readonly state: "open" | "healed" | "lost";
  /** What is carried to the OT station. */
  readonly gapCode: string;
}

export interface ListedLoss {
  readonly reason: string;
  readonly samples: number;
  readonly tags: number;
  readonly timeFrom: UtcMicros;
  readonly timeTo: UtcMicros;
  readonly sequence: number;
}

export interface ListedFork {
  readonly journalEpoch: number;
  readonly sequence: number;
  readonly sealingEpoch: number;
  readonly reason: string;
  readonly noticedAt: UtcMicros;
}

export interface GapList {
  readonly gaps: readonly ListedGap[];
  readonly losses: readonly ListedLoss[];
  readonly forks: readonly ListedFork[];
}

/** Newest of each kind that are read. */
const LIMIT = 10_000;

interface GapRow {
  stream: number;
  journal_epoch: number;
  first: number;
  last: number;
  time_from: number | null;
  time_to: number | null;
  opened_at: number;
  closed_at: number | null;
  state: ListedGap["state"];
}

/** @throws {StationError} STORE_MISSING, DATABASE_… */
export function readGapList(storePath: string): GapList {
  assertKept(storePath, "blocks");
  const database = openDatabase(storePath, { durability: "full", readOnly: true });
  try {
    const gaps = database
      .prepare<[number], GapRow>("SELECT * FROM gaps ORDER BY state = 'open' DESC, opened_at DESC LIMIT ?")
      .all(LIMIT);
    const losses = database
      .prepare<
        [number],
        {
          reason: string;
          sample_count: number;
          tag_count: number;
          first_timestamp: number;
          last_timestamp: number;
          sequence: number;
        }
      >("SELECT * FROM losses ORDER BY id DESC LIMIT ?")
      .all(LIMIT);
    const forks = database
      .prepare<
        [number],
        { journal_epoch: number; sequence: number; sealing_epoch: number; reason: string; noticed_at: number }
      >("SELECT * FROM forks ORDER BY id DESC LIMIT ?")
      .all(LIMIT);
    return {
      gaps: gaps.map(listedGap),
      losses: losses.map((row) => ({
        reason: row.reason,
        samples: row.sample_count,
        tags: row.tag_count,
        timeFrom: row.first_timestamp,
        timeTo: row.last_timestamp,
        sequence: row.sequence,
      })),
      forks: forks.map((row) => ({
        journalEpoch: row.journal_epoch,
        sequence: row.sequence,
        sealingEpoch: row.sealing_epoch,
        reason: row.reason,
        noticedAt: row.noticed_at,
      })),
    };
  } finally {
    database.close();
  }
}

function listedGap(row: GapRow): ListedGap {
  const { stream, first, last, state } = row;
  const journalEpoch = row.journal_epoch;
  return {
    stream,
    journalEpoch,
    first,
    last,
    timeFrom: row.time_from ?? undefined,
    timeTo: row.time_to ?? undefined,
    openedAt: row.opened_at,
    closedAt: row.closed_at ?? undefined,
    state,
    gapCode: encodeGapCode({ stream, journalEpoch, firstSequence: first, lastSequence: last }),
  };
}
