/** Cuts the next batch for one publisher: entries to publish, and what is passed over, parked or given up on the way.
 *  block feed → [take batch] → runner */
import type { UtcMicros } from "@nonreturn/wire-format";
import type { Lane } from "../record/store.ts";
import type { BlockFeed, FeedBlock } from "./block-feed.ts";
import { rowCount, rowsOf } from "./entry-rows.ts";
import type { ParkedBlock, ProgressStep, QuarantinedRows, RetentionGap } from "./progress.ts";
import { progressStep, unreadableBlock } from "./progress.ts";
import type { StoredEntry } from "./publisher.ts";

export interface BatchLimits {
  readonly entries: number;
  /** Alarm events count like samples. */
  readonly samples: number;
  /** Of sealed blocks. */
  readonly bytes: number;
  /** No block above this position; Infinity if any may be taken. */
  readonly throughPosition: number;
  /** unwanted: their entries are passed over. */
  readonly events: "wanted" | "unwanted";
  /** Blocks that are not open yet are opened until then. Left out: as many as there are. */
  readonly isLongEnough?: () => boolean;
}

export interface TakenBatch {
  readonly lane: Lane;
  readonly entries: readonly StoredEntry[];
  /** When the block of each entry was sealed, for latency. */
  readonly sealedAt: readonly UtcMicros[];
  /** Alarm events in all entries; the step counts the samples. */
  readonly events: number;
  /** more: the lane holds blocks behind it. */
  readonly behind: "more" | "nothing";
  /** What becomes true once every entry is held by the far side. */
  readonly step: ProgressStep;
}

/** Blocks looked at per batch: those without anything to publish are passed over in bulk. */
const MAXIMUM_BLOCKS = 256;

/**
 * @returns undefined if the lane holds nothing after the cursor (up to `throughPosition`). A batch without entries still has a step to save.
 *   At least one entry is taken if there is one, whatever its size.
 */
export function takeBatch(
  feed: BlockFeed,
  lane: Lane,
  cursor: number,
  limits: BatchLimits,
  now: UtcMicros,
): TakenBatch | undefined {
  // No more than can be taken: what is read is opened, and a full store would have every block opened once per batch in front of it.
  const most = Math.min(MAXIMUM_BLOCKS, limits.entries);
  const blocks = feed.readAfter(lane, cursor, most, limits.bytes, limits.samples, limits.isLongEnough);
  // Read first, look for removed blocks afterwards: what retention removes in between is held here already.
  const removedThrough = Math.min(
    feed.store.removedThrough(lane),
    (blocks[0]?.position ?? Number.POSITIVE_INFINITY) - 1,
  );
  const gaps: RetentionGap[] =
    removedThrough > cursor
      ? [{ lane, reason: "store", firstPosition: cursor + 1, lastPosition: removedThrough, at: now }]
      : [];
  const entries: StoredEntry[] = [];
  const sealedAt: UtcMicros[] = [];
  const park: ParkedBlock[] = [];
  const quarantine: QuarantinedRows[] = [];
  let through = gaps.length > 0 ? removedThrough : cursor;
  let samples = 0;
  let events = 0;
  for (const block of blocks) {
    if (block.position > limits.throughPosition) break;
    if (block.is === "entry") {
      if (passedOver(block.entry, limits.events)) {
        through = block.position;
        continue;
      }
      const more = block.entry.samples.count + eventsOf(block.entry);
      if (entries.length > 0 && (entries.length >= limits.entries || samples + events + more > limits.samples)) break;
      entries.push(block.entry);
      sealedAt.push(block.sealedAt);
      samples += block.entry.samples.count;
      events += eventsOf(block.entry);
    } else if (block.is === "unnamed") park.push(parkedOf(block));
    else if (block.is === "unreadable") quarantine.push(unreadableBlock(block.position, lane, block.reason, now));
    through = block.position;
  }
  if (through === cursor) return undefined;
  const batches = entries.length > 0 ? 1 : 0;
  const step = progressStep({ [lane]: through, samples, batches, park, quarantine, gaps });
  const behind = through < feed.store.lastPosition(lane) ? "more" : "nothing";
  return { lane, entries, sealedAt, events, behind, step };
}

/** Parked blocks whose directory is there by now, as late entries. Those that retention removed are named in a gap. */
export function takeParked(
  feed: BlockFeed,
  parked: readonly ParkedBlock[],
  wantsEvents: BatchLimits["events"],
  now: UtcMicros,
): TakenBatch {
  const entries: StoredEntry[] = [];
  const sealedAt: UtcMicros[] = [];
  const unpark: number[] = [];
  const park: ParkedBlock[] = [];
  const quarantine: QuarantinedRows[] = [];
  const gaps: RetentionGap[] = [];
  let samples = 0;
  let events = 0;
  for (const { position } of parked) {
    const block = feed.blockAt(position);
    if (block === undefined) {
      gaps.push({ lane: "late", reason: "store", firstPosition: position, lastPosition: position, at: now });
      unpark.push(position);
    } else if (block.is === "unnamed") {
      park.push(parkedOf(block)); // again, with the revision it needs now
    } else {
      unpark.push(position);
      if (block.is === "unreadable") quarantine.push(unreadableBlock(position, "late", block.reason, now));
      if (block.is !== "entry" || passedOver(block.entry, wantsEvents)) continue;
      entries.push({ ...block.entry, lane: "late" });
      sealedAt.push(block.sealedAt);
      samples += block.entry.samples.count;
      events += eventsOf(block.entry);
    }
  }
  const batches = entries.length > 0 ? 1 : 0;
  const step = progressStep({ samples, batches, park, unpark, quarantine, gaps });
  return { lane: "late", entries, sealedAt, events, behind: "more", step };
}

/** Rows that were set aside and are to be offered again, as late entries. What cannot be read or named, or is gone, stays set aside and says why. */
export function takeRetried(
  feed: BlockFeed,
  records: readonly QuarantinedRows[],
  wantsEvents: BatchLimits["events"],
  now: UtcMicros,
): TakenBatch {
  const entries: StoredEntry[] = [];
  const sealedAt: UtcMicros[] = [];
  const quarantine: QuarantinedRows[] = [];
  for (const record of records) {
    const block = feed.blockAt(record.position);
    const keep = (reason: string): void => void quarantine.push({ ...record, reason, at: now });
    if (block === undefined) keep(`the store does not hold it any more; before: ${record.reason}`.slice(0, 500));
    else if (block.is === "unnamed") keep("its tag directory is not held yet");
    else if (block.is === "unreadable") keep(block.reason);
    else if (block.is === "entry" && !passedOver(block.entry, wantsEvents)) {
      entries.push(retried(block.entry, record));
      sealedAt.push(block.sealedAt);
    }
  }
  const samples = entries.reduce((sum, entry) => sum + entry.samples.count, 0);
  const events = entries.reduce((sum, entry) => sum + eventsOf(entry), 0);
  const step = progressStep({ samples, batches: entries.length > 0 ? 1 : 0, quarantine, release: records });
  return { lane: "late", entries, sealedAt, events, behind: "more", step };
}

/** A block that could not be read was never held, not even in part. */
function retried(entry: StoredEntry, { firstRow, rows }: QuarantinedRows): StoredEntry {
  if (rows === 0) return { ...entry, lane: "late" };
  const end = Math.min(firstRow + rows, rowCount(entry));
  return { ...rowsOf(entry, firstRow, end), firstRow, lane: "late", offer: "retried" };
}

function passedOver({ events }: StoredEntry, wanted: BatchLimits["events"]): boolean {
  return events !== undefined && wanted === "unwanted";
}

function eventsOf({ events }: StoredEntry): number {
  return events?.length ?? 0;
}

function parkedOf(block: FeedBlock & { readonly is: "unnamed" }): ParkedBlock {
  const { position, stream, journalEpoch, neededRevision } = block;
  return { position, stream, journalEpoch, neededRevision };
}
