/** The head that the next block continues from: made with the journal, and checked at every start.
 *  journal.db → [check head] → open journal */
import { type Database, StationError } from "@nonreturn/station/thread";
import { decodeHeader, type SealingKeys } from "@nonreturn/wire-format";
import { journalMutated } from "./check-chain.ts";

export interface HeadPlace {
  readonly path: string;
  readonly stream: number;
  /** The epoch this start seals in; the journal's own epoch if it is new. */
  readonly sealingEpoch: number;
}

interface HeadRow {
  readonly site: Buffer;
  readonly stream: number;
  readonly journal_epoch: number;
  readonly sequence: number;
  readonly sealing_epoch: number;
  readonly sealed_at: number;
}

/** Does nothing where there is one already. */
export function createHead(database: Database, { stream, sealingEpoch }: HeadPlace, { site }: SealingKeys): void {
  database
    .prepare(
      `INSERT INTO head (one, site, stream, journal_epoch, sequence, sealing_epoch, hash, sealed_at, oldest, directory_revision, directory_digest)
       VALUES (1, ?, ?, ?, 0, ?, zeroblob(32), 0, 1, 0, zeroblob(32)) ON CONFLICT DO NOTHING`,
    )
    .run(site, stream, sealingEpoch, sealingEpoch);
}

/** @throws {StationError} JOURNAL_OTHER_STATION */
export function refuseOtherStation(database: Database, { path, stream }: HeadPlace, { site }: SealingKeys): void {
  const head = headOf(database);
  if (head.site.equals(site) && head.stream === stream) return;
  throw new StationError({
    code: "JOURNAL_OTHER_STATION",
    what: `the journal belongs to ${head.stream === stream ? "another pairing" : `stream ${head.stream}, the configuration says ${stream}`}`,
    where: path,
    action: "Restore the keys or the stream number it was written with, or move the journal aside to start a new one.",
  });
}

/**
 * What the next block continues from must be what the newest block says; check the chain first, which proves that block.
 * @throws {StationError} JOURNAL_MUTATED
 */
export function refuseOtherHead(database: Database, path: string): void {
  const head = headOf(database);
  const newest = database
    .prepare<[number], { bytes: Buffer }>("SELECT bytes FROM blocks WHERE sequence = ?")
    .get(head.sequence);
  if (newest === undefined) return; // no block yet
  const { journalEpoch, sealingEpoch, sealedAt } = decodeHeader(newest.bytes);
  if (journalEpoch === head.journal_epoch && sealingEpoch === head.sealing_epoch && sealedAt === head.sealed_at) return;
  throw journalMutated(path, "the recorded head does not agree with the newest block");
}

/**
 * A second start in one epoch would give announce sequences and datagram numbers twice.
 * @throws {StationError} EPOCH_FILE
 */
export function refuseUsedEpoch(database: Database, { path, sealingEpoch }: HeadPlace): void {
  const head = headOf(database);
  if (sealingEpoch > head.sealing_epoch || (head.sequence === 0 && sealingEpoch === head.sealing_epoch)) return;
  throw new StationError({
    code: "EPOCH_FILE",
    what: `the journal was sealed in epoch ${head.sealing_epoch} already, and this start would seal in ${sealingEpoch}`,
    where: path,
    action: `The epoch file of the data folder was lost or rolled back: write ${head.sealing_epoch} into it and start again.`,
  });
}

function headOf(database: Database): HeadRow {
  return database.prepare<[], HeadRow>("SELECT * FROM head").get()!;
}
