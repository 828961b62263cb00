/** How far one publisher is: two cursors, what was set aside, what was counted.
 *  runner → [progress] → publishers.db, or the publisher's own transaction */
import type { UtcMicros } from "@nonreturn/wire-format";
import type { Lane } from "../record/store.ts";

/** Everything up to and including `live` / `late` is published, parked, quarantined or named in a gap. */
export interface Progress {
  readonly live: number;
  readonly late: number;
  /** Distinct samples, over the life of these cursors: a retry does not count twice. */
  readonly samples: number;
  readonly batches: number;
  readonly parked: number;
  /** Blocks with rows that were set aside, and how many rows those are. */
  readonly quarantined: number;
  readonly quarantinedRows: number;
  readonly gaps: number;
  /** Of all gaps, as far as they are known: what store retention removed before is not counted here. */
  readonly droppedBlocks: number;
  readonly droppedSamples: number;
}

/** A block that cannot be named yet: its tag directory is not held. */
export interface ParkedBlock {
  readonly position: number;
  readonly stream: number;
  readonly journalEpoch: number;
  /** Lowest directory revision that may resolve it. */
  readonly neededRevision: number;
}

/** Rows of a block that were given up, or all of it, and why. It stays in the store. */
export interface QuarantinedRows {
  readonly position: number;
  readonly lane: Lane;
  /** Of the block's samples or alarm events. */
  readonly firstRow: number;
  /** One, unless there were too many to look for each. 0: the whole block, which cannot be read. */
  readonly rows: number;
  /** These three of the first row; "" and 0 where the block cannot be read. */
  readonly path: string;
  readonly sourceTime: UtcMicros;
  /** Its beginning, as text. */
  readonly value: string;
  /** The far side's words. */
  readonly reason: string;
  readonly at: UtcMicros;
}

/** A block that cannot be read. */
export function unreadableBlock(position: number, lane: Lane, reason: string, at: UtcMicros): QuarantinedRows {
  return { position, lane, firstRow: 0, rows: 0, path: "", sourceTime: 0, value: "", reason, at };
}

/** Blocks between two positions of a lane that retention removed before they were published. */
export interface RetentionGap {
  readonly lane: Lane;
  /** store: the store removed them. age, size: further behind than this publisher's configuration allows; the store may still hold them. */
  readonly reason: "store" | "age" | "size";
  readonly firstPosition: number;
  readonly lastPosition: number;
  readonly at: UtcMicros;
  /** Known unless the store removed them. */
  readonly blocks?: number;
  readonly samples?: number;
  /** When the first and the last of them were sealed. */
  readonly sealedFrom?: UtcMicros;
  readonly sealedTo?: UtcMicros;
}

/** What becomes true at once. Saved in one transaction. */
export interface ProgressStep {
  /** Cursors after this step; left out where they do not move. */
  readonly live?: number;
  readonly late?: number;
  /** Samples and calls of publish that this step confirms. */
  readonly samples: number;
  readonly batches: number;
  readonly park?: readonly ParkedBlock[];
  /** Positions that are no longer parked: published, quarantined or gone. */
  readonly unpark?: readonly number[];
  readonly quarantine?: readonly QuarantinedRows[];
  /** Records that are offered again: no longer set aside, unless they are in `quarantine` anew. */
  readonly release?: readonly Pick<QuarantinedRows, "position" | "firstRow">[];
  /** One that goes on where an earlier one of its lane and reason ended makes that one longer. */
  readonly gaps?: readonly RetentionGap[];
}

/** A step that changes nothing but what is given. */
export function progressStep(parts: Partial<ProgressStep>): ProgressStep {
  return { samples: 0, batches: 0, ...parts };
}

export interface ProgressKeeper {
  /** undefined for a publisher that never ran: the runner then starts it from where its configuration says. */
  load(): Progress | undefined;
  save(step: ProgressStep): void;
  /** True if an earlier step confirmed the journal entry of this lane and position, which `step` is to confirm. */
  holds(lane: Lane, position: number, step: ProgressStep): boolean;
  /** Parked blocks that a complete directory of this revision may resolve, ascending by position. */
  parkedUpTo(stream: number, journalEpoch: number, revision: number, limit: number): ParkedBlock[];
  /** Records that somebody asked to be offered again, in order. */
  toRetry(limit: number): QuarantinedRows[];
  /** The latest ones, newest first. */
  quarantined(limit: number): QuarantinedRows[];
  gaps(limit: number): RetentionGap[];
}
