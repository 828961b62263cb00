/** The store contract: recording a block is storing it. Ledger and sealed bytes in one transaction.
 *  ingress → assemble → open → [record] → publishers */
import type { BatchKind, BlockIdentity, UtcMicros } from "@nonreturn/wire-format";

/** live: in sequence, as it came. late: healed, backlog or replay; flagged historical, never overwrites a last value. */
export type Lane = "live" | "late";

export interface StoredBlock {
  /** Rises by at least one per block in the order of recording; the publishers' cursor. One numbering for both lanes. */
  readonly position: number;
  readonly lane: Lane;
  readonly identity: BlockIdentity;
  readonly journalEpoch: number;
  readonly batchKind: BatchKind;
  readonly sampleCount: number;
  readonly recordedAt: UtcMicros;
  /** The sealed block, byte-identical to what the OT station journaled. */
  readonly bytes: Uint8Array;
}

/** A block without its bytes. */
export interface BlockOutline {
  readonly position: number;
  readonly kind: BatchKind;
  readonly samples: number;
  /** Sealed. */
  readonly bytes: number;
  readonly sealedAt: UtcMicros;
  readonly recordedAt: UtcMicros;
}

/** Read side, used by publishers, the historian's rebuild and `verify`. Its own read-only connection; never blocks the writer. */
export interface StoreReader {
  /**
   * Blocks of one lane with position > `after`, ascending, at most `maxBlocks`, and no more than hold `maxBytes` and `maxSamples` (at least one
   * block if there is any).
   */
  readAfter(lane: Lane, after: number, maxBlocks: number, maxBytes: number, maxSamples?: number): StoredBlock[];
  /** Blocks of one lane with position > `after`, ascending, at most `maxBlocks`; none of their bytes is read. */
  outline(lane: Lane, after: number, maxBlocks: number): BlockOutline[];
  /** Every stored block of kind directory, ascending by position. Retention never removes the newest complete revision of a journal. */
  directoryBlocks(): StoredBlock[];
  /** Blocks of alarm events of both lanes with position > `after`, ascending, at most `maxBlocks`. */
  eventBlocks(after: number, maxBlocks: number): StoredBlock[];
  /** One block, e.g. to publish a parked one. */
  blockAt(position: number): StoredBlock | undefined;
  /** Highest position of the lane; 0 if it is empty. */
  lastPosition(lane: Lane): number;
  /** Lowest position of the lane still stored; last + 1 if none. */
  oldestPosition(lane: Lane): number;
  /**
   * Highest position of the lane that retention has removed; 0 if none. A cursor below it has lost blocks.
   * (Not to be told from `oldestPosition`: positions of the two lanes interleave, so a hole in one lane's numbers is no loss.)
   */
  removedThrough(lane: Lane): number;
  close(): void;
}
