/** What the store holds of each stream, as its file says.
 *  store.db → [stream list] → known stations */
import { openDatabase } from "@nonreturn/station/thread";
import { announceStreamOf, BatchKind, type UtcMicros } from "@nonreturn/wire-format";
import type { GapCounts } from "./gap-ledger.ts";
import type { StoredBlock } from "./store.ts";

/** One OT station's data stream. */
export interface StoredStream {
  readonly stream: number;
  /** Of the newest journal. */
  readonly journalEpoch: number;
  /** Last block that the OT station is known to have handed to the link, and the oldest that its journal still held; 0 before the first heartbeat. */
  readonly head: number;
  readonly oldest: number;
  /** This one and those before it. */
  readonly journals: number;
  /** The block with the highest sequence of the newest journal; undefined where retention has removed all. */
  readonly lastBlock: StoredPlace | undefined;
  readonly gaps: GapCounts;
  /** The last status that its OT station announced, and when it was heard (recordedAt). */
  readonly announced: StoredBlock | undefined;
}

interface StoredPlace {
  readonly sequence: number;
  readonly sealedAt: UtcMicros;
  readonly recordedAt: UtcMicros;
}

interface AnnouncedRow {
  stream: number;
  journal_epoch: number;
  sealing_epoch: number;
  sequence: number;
  heard_at: number;
  bytes: Buffer;
}

interface JournalRow {
  stream: number;
  journal_epoch: number;
}

/** Ascending by stream. @throws {StationError} DATABASE_… */
export function readStreamList(storePath: string): StoredStream[] {
  const database = openDatabase(storePath, { durability: "full", readOnly: true });
  try {
    // Each step is one look into an index: a ledger may have as many intervals as blocks were lost.
    const nextOf = ["held", "chains"].map((table) =>
      database.prepare<[number, number], JournalRow>(
        `SELECT stream, journal_epoch FROM ${table} WHERE (stream, journal_epoch) > (?, ?) ORDER BY stream, journal_epoch LIMIT 1`,
      ),
    );
    const chain = database.prepare<[number, number], { head: number; oldest: number }>(
      "SELECT head, oldest FROM chains WHERE stream = ? AND journal_epoch = ?",
    );
    const last = database.prepare<[number, number], StoredPlace>(
      `SELECT sequence, sealed_at AS sealedAt, recorded_at AS recordedAt FROM blocks
       WHERE stream = ? AND journal_epoch = ? ORDER BY sequence DESC LIMIT 1`,
    );
    const announced = database.prepare<[number], AnnouncedRow>("SELECT * FROM announced WHERE stream = ?");
    const counts = database
      .prepare<[], { stream: number; state: string; gaps: number; blocks: number }>(
        "SELECT stream, state, count(*) AS gaps, sum(last - first + 1) AS blocks FROM gaps GROUP BY stream, state",
      )
      .all();
    const journals = new Map<number, number[]>();
    for (const next of nextOf) {
      let row = next.get(-1, -1);
      for (; row !== undefined; row = next.get(row.stream, row.journal_epoch))
        journals.set(row.stream, [...(journals.get(row.stream) ?? []), row.journal_epoch]);
    }
    return [...journals]
      .sort(([one], [other]) => one - other)
      .map(([stream, epochs]) => {
        const journalEpoch = Math.max(...epochs);
        const gapsIn = (state: string) => counts.find((row) => row.stream === stream && row.state === state);
        return {
          stream,
          journalEpoch,
          head: 0,
          oldest: 0,
          ...chain.get(stream, journalEpoch),
          journals: new Set(epochs).size,
          lastBlock: last.get(stream, journalEpoch),
          gaps: {
            open: gapsIn("open")?.gaps ?? 0,
            openBlocks: gapsIn("open")?.blocks ?? 0,
            healed: gapsIn("healed")?.gaps ?? 0,
            lost: gapsIn("lost")?.gaps ?? 0,
          },
          announced: announcedBlock(announced.get(stream)),
        };
      });
  } finally {
    database.close();
  }
}

function announcedBlock(row: AnnouncedRow | undefined): StoredBlock | undefined {
  if (row === undefined) return undefined;
  const { stream, journal_epoch: journalEpoch, sealing_epoch: sealingEpoch, sequence, heard_at, bytes } = row;
  return {
    position: 0,
    lane: "live",
    identity: { stream: announceStreamOf(stream), sealingEpoch, sequence },
    journalEpoch,
    batchKind: BatchKind.status,
    sampleCount: 0,
    recordedAt: heard_at,
    bytes,
  };
}
