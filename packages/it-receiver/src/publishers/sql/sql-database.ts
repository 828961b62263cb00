/** What the SQL publisher needs of a database, and no more: one transaction per call, eight statements in it.
 *  SQL publisher → [SQL database] ← PostgreSQL, MariaDB */
import type { BlockIdentity, SequenceRange, TagDefinition } from "@nonreturn/wire-format";
import type { LinkState, MissingTime } from "../publisher.ts";
import type { EventRow } from "./map-event.ts";
import type { CurrentRows, SampleRows } from "./map-sample.ts";

export interface HeldTag {
  /** Primary key in the tag table. */
  readonly number: number;
  readonly tagId: number;
  /** Equal for equal definitions. */
  readonly digest: string;
}

/** Statements within one transaction, which no other writer of the same tables runs beside. */
export interface SqlTransaction {
  /** Stored sequences of one stream and sealing epoch that touch first − 1 … last + 1. */
  blockRanges(stream: number, sealingEpoch: number, first: number, last: number): Promise<SequenceRange[]>;
  /** Put `after` in the place of `before`. */
  replaceBlockRanges(
    stream: number,
    sealingEpoch: number,
    before: readonly SequenceRange[],
    after: readonly SequenceRange[],
  ): Promise<void>;
  /** Note rows of a stored block that were left out of it. @returns whether they were not noted before. */
  noteRetried(block: BlockIdentity, firstRow: number, rows: number): Promise<boolean>;
  tags(stream: number, journalEpoch: number): Promise<HeldTag[]>;
  /** Insert, or update those with the same stream, journal epoch and tag id. */
  writeTags(stream: number, journalEpoch: number, tags: readonly (readonly [TagDefinition, string])[]): Promise<void>;
  addSamples(rows: SampleRows, historical: boolean): Promise<void>;
  /** Events that are there already stay as they are. An alarm's state changes only to an event with a higher number. */
  addEvents(rows: readonly EventRow[]): Promise<void>;
  /** At most one row per tag. @param replace  earlier: a row takes effect unless the tag already shows a later time. */
  setCurrent(rows: CurrentRows, replace: "any" | "earlier"): Promise<void>;
  /** Tags whose current value is no longer known to hold. */
  setStale(rows: { readonly tags: readonly number[]; readonly statusCodes: readonly number[] }): Promise<void>;
}

export interface SqlDatabase {
  /** Connect, and bring tables and views up to date. @throws {StationError} */
  connect(signal: AbortSignal): Promise<void>;
  /**
   * Commits if `work` resolves (or rolls back, as a trial of what a commit would say), rolls back if it rejects. Gives up when the signal aborts; the connection is gone then.
   *
   * @throws {StationError} PUBLISH_REFUSED_ENTRY if the database will never take the values.
   */
  transaction(
    work: (transaction: SqlTransaction) => Promise<void>,
    signal: AbortSignal,
    end: "commit" | "roll back",
  ): Promise<void>;
  setLink(link: LinkState, signal: AbortSignal): Promise<void>;
  /** all: rows of this station that are not among them go. */
  setGaps(station: string, gaps: readonly MissingTime[], is: "all" | "more", signal: AbortSignal): Promise<void>;
  /** Idempotent. Called while a close is still at work: cuts the connection. */
  close(): Promise<void>;
}
