/** The journal contract: what is appended survives a power cut, gets its place in the chain, and can be read again.
 *  batch → [journal] → egress */
import type { Batch, BatchKind, EventBatch, LossRecord, TagDefinition, UtcMicros } from "@nonreturn/wire-format";
import type { AlarmChange, JournaledAlarm } from "../alarm/alarm-settings.ts";

/** A tag as configured; the journal gives it its id and remembers it for good. */
export type ConfiguredTag = Omit<TagDefinition, "tagId" | "retired"> & {
  /** A path this tag had before: it keeps that tag's id. */
  readonly formerPath?: string;
};

/** What can be appended: the journal gives alarm events their numbers. */
export type AppendableBatch =
  | Exclude<Batch, EventBatch>
  | (Omit<EventBatch, "events"> & { readonly events: readonly AlarmChange[] });

export interface JournaledBlock {
  readonly sequence: number;
  readonly sealingEpoch: number;
  readonly batchKind: BatchKind;
  readonly sealedAt: UtcMicros;
  readonly sampleCount: number;
  readonly hash: Uint8Array; // 32
  /** The sealed block. */
  readonly bytes: Uint8Array;
}

export interface JournalHead {
  /** 0 while nothing was appended. */
  readonly sequence: number;
  readonly sealingEpoch: number;
  readonly hash: Uint8Array; // 32, zeros before the first
}

export interface ResolvedDirectory {
  readonly revision: number;
  /** Tag ids in the order of the configured tags. */
  readonly tagIds: readonly number[];
  /** Blocks of the current revision, in the order of their parts. Exempt from retention. */
  readonly sequences: readonly number[];
  /** Blocks appended by this call; empty if the directory did not change. */
  readonly appended: readonly JournaledBlock[];
}

export interface RetentionResult {
  /** Sent blocks, and directory blocks of earlier revisions, that were removed. */
  readonly removedBlocks: number;
  /** What was removed before it was ever sent; already in the chain as a loss record. */
  readonly losses: readonly LossRecord[];
  readonly appended: readonly JournaledBlock[];
}

/** What `nonreturn-ot`'s link thread needs: reading only, on a connection of its own. */
export interface JournalReader {
  /** Blocks of first … last that are still there, ascending, at most `maxBlocks` and about `maxBytes` (at least one if there is any). */
  read(first: number, last: number, maxBlocks: number, maxBytes: number): JournaledBlock[];
  /** Lowest sequence that retention has not passed; head + 1 if nothing is left. Directory blocks kept below it do not count. */
  oldest(): number;
  head(): JournalHead;
  /** First sequence sealed at or after `time`; head + 1 if there is none. */
  firstSealedSince(time: UtcMicros): number;
  close(): void;
}

/** Synchronous: it lives in a thread of its own. */
export interface Journal extends JournalReader {
  readonly journalEpoch: number;
  /** Of the newest directory; 0 before the first. Data batches name it. */
  readonly directoryRevision: number;
  /**
   * Seal and commit all batches in ONE transaction, in order. When it returns they survive a power cut (P1). Alarm events are numbered
   * on the way, and events that a loss record counts use up their numbers: a number that never arrives belongs to a named loss.
   * @throws {StationError} DISK_FULL, DATABASE_…; {WireError} BATCH_LIMIT if the format or the link cannot carry a batch. Then nothing
   *   was appended, and no sequence or number was used.
   */
  append(batches: readonly AppendableBatch[]): JournaledBlock[];
  /** Blocks appended from now on are sealed in this epoch, which must be above the present one. */
  startEpoch(sealingEpoch: number): void;
  /** Give every configured tag its id; journal a new directory revision if anything changed. @throws as append. */
  resolveDirectory(tags: readonly ConfiguredTag[]): ResolvedDirectory;
  /** These were handed to the link once. Kept with the next commit or `retain`. */
  markSent(first: number, last: number): void;
  /** Sequences not handed to the link yet, ascending. */
  unsent(): readonly { readonly first: number; readonly last: number }[];
  /**
   * Remove sent blocks that are older than the retention, and the oldest sent ones while the journal is too large. Only if none is left
   * and it is still too large, the oldest unsent ones go, with a loss record in their place. The newest block always stays.
   * Looks at a slice of blocks per call. @throws as append.
   */
  retain(): RetentionResult;
  /** Samples in the data blocks, and alarm events in the blocks of events, of first … last that are still there. */
  samplesInRange(first: number, last: number): number;
  eventsInRange(first: number, last: number): number;
  /** Number of the newest alarm event, lost ones counted; 0 before the first. Goes on across restarts. */
  readonly eventSequence: number;
  /** Alarms whose newest event says active. */
  activeAlarms(): readonly JournaledAlarm[];
  /** Bytes of all blocks held. */
  readonly bytes: number;
  readonly blocks: number;
}
