/** What lies between one publisher's cursors and the end of the store: how much, and what is further behind than it may be.
 *  store → [backlog] → runner */
import { BatchKind, type UtcMicros } from "@nonreturn/wire-format";
import type { BlockOutline, Lane, StoreReader } from "../record/store.ts";
import type { RetentionGap } from "./progress.ts";

/** Infinity where there is no bound. */
export interface BacklogLimits {
  readonly forMs: number;
  /** Of sealed blocks, both lanes together. */
  readonly bytes: number;
}

export interface LaneFill {
  readonly blocks: number;
  readonly bytes: number;
}

export type BacklogFill = Readonly<Record<Lane, LaneFill>>;

type Cursors = Readonly<Record<Lane, number>>;

/** What is beyond the limits: the cursors behind it, and what a publisher loses by that. */
export interface Excess {
  readonly live?: number;
  readonly late?: number;
  readonly gaps: readonly RetentionGap[];
}

const LANES: readonly Lane[] = ["live", "late"];
/** Blocks outlined per lane and look, so that a full store is measured in many short turns. */
const LOOK_BLOCKS = 4096;
const SEGMENT_BLOCKS = 256;
/** Once a limit is passed, so much of it is kept: a slow publisher has a gap now and then rather than one per second. */
const KEPT_SHARE = 0.95;

/** Each block is outlined once when it is seen behind a cursor; memory is one small object per 256 blocks. */
export class Backlog {
  readonly #store: StoreReader;
  readonly #limits: BacklogLimits;
  readonly #lanes: Readonly<Record<Lane, LaneBacklog>>;

  constructor(store: StoreReader, limits: BacklogLimits) {
    this.#store = store;
    this.#limits = limits;
    this.#lanes = { live: new LaneBacklog(store, "live"), late: new LaneBacklog(store, "late") };
  }

  /** What lies behind the cursors. Right after the start of a station with a large backlog, what of it was measured so far. */
  fill({ live, late }: Cursors): BacklogFill {
    return { live: this.#lanes.live.fill(live), late: this.#lanes.late.fill(late) };
  }

  /**
   * The oldest blocks beyond the limits, both lanes in order of recording. What store retention removed before them is named beside them.
   *
   * @param events  unwanted: blocks of alarm events are no loss.
   * @returns undefined if nothing is beyond the limits; at most 4096 blocks of each lane, so call again.
   */
  excess(cursors: Cursors, events: "wanted" | "unwanted", now: UtcMicros): Excess | undefined {
    const { forMs, bytes: mostBytes } = this.#limits;
    if (forMs === Number.POSITIVE_INFINITY && mostBytes === Number.POSITIVE_INFINITY) return undefined;
    const tooOld = now - forMs * 1000;
    const fill = this.fill(cursors);
    let bytes = fill.live.bytes + fill.late.bytes;
    const oldest = LANES.flatMap((lane) => this.#store.outline(lane, cursors[lane], 1));
    const isOld = oldest.some(({ recordedAt }) => recordedAt < tooOld);
    if (bytes <= mostBytes && !isOld) return undefined;
    const keptSince = isOld ? now - forMs * 1000 * KEPT_SHARE : Number.NEGATIVE_INFINITY;
    const keptBytes = bytes > mostBytes ? mostBytes * KEPT_SHARE : mostBytes;

    const through: Partial<Record<Lane, number>> = {};
    const gaps: Growing[] = [];
    for (const block of this.#oldestOfBoth(cursors)) {
      const reason = block.recordedAt < keptSince ? "age" : "size";
      if (reason === "size" && bytes <= keptBytes) break;
      const { lane, position } = block;
      bytes -= block.bytes;
      if (through[lane] === undefined) {
        const removed = Math.min(this.#store.removedThrough(lane), position - 1);
        const firstPosition = cursors[lane] + 1;
        if (removed >= firstPosition)
          gaps.push({ lane, reason: "store", firstPosition, lastPosition: removed, at: now });
      }
      through[lane] = position;
      if (block.kind === BatchKind.data || (block.kind === BatchKind.events && events === "wanted"))
        grow(gaps, block, reason, now);
    }
    return Object.keys(through).length === 0 ? undefined : { ...through, gaps };
  }

  #oldestOfBoth(cursors: Cursors): (BlockOutline & { readonly lane: Lane })[] {
    const rows = LANES.map((lane) =>
      this.#store.outline(lane, cursors[lane], LOOK_BLOCKS).map((block) => ({ ...block, lane })),
    );
    // Where one lane was not read to its end, what comes behind that in the other has to wait.
    const ends = rows.map((row) => (row.length < LOOK_BLOCKS ? Number.POSITIVE_INFINITY : row.at(-1)!.position));
    const end = Math.min(...ends);
    return rows
      .flat()
      .filter(({ position }) => position <= end)
      .sort((a, b) => a.position - b.position);
  }
}

type Growing = { -readonly [Key in keyof RetentionGap]: RetentionGap[Key] };

function grow(gaps: Growing[], block: BlockOutline & { lane: Lane }, reason: "age" | "size", at: UtcMicros): void {
  const { lane, position, samples, sealedAt } = block;
  const gap = gaps.find((one) => one.lane === lane && one.reason === reason);
  if (gap === undefined) {
    const times = { sealedFrom: sealedAt, sealedTo: sealedAt };
    gaps.push({ lane, reason, firstPosition: position, lastPosition: position, at, blocks: 1, samples, ...times });
    return;
  }
  gap.lastPosition = position;
  gap.blocks = (gap.blocks ?? 0) + 1;
  gap.samples = (gap.samples ?? 0) + samples;
  gap.sealedFrom = Math.min(gap.sealedFrom ?? sealedAt, sealedAt);
  gap.sealedTo = Math.max(gap.sealedTo ?? sealedAt, sealedAt);
}

interface Segment {
  readonly after: number;
  through: number;
  blocks: number;
  bytes: number;
}

/** One lane's blocks behind the cursor, summed up in segments. */
class LaneBacklog {
  readonly #store: StoreReader;
  readonly #lane: Lane;
  #segments: Segment[] = [];
  #cursor = 0;
  #seen = 0;

  constructor(store: StoreReader, lane: Lane) {
    this.#store = store;
    this.#lane = lane;
  }

  fill(cursor: number): LaneFill {
    const after = Math.max(cursor, this.#store.removedThrough(this.#lane));
    // Up to date, or moved back because the store is another one: nothing of what was measured counts.
    if (after >= this.#seen || after < this.#cursor) {
      this.#segments = [];
      this.#seen = after;
    }
    this.#cursor = after;
    const first = this.#segments.findIndex(({ through }) => through > after);
    if (first > 0) this.#segments.splice(0, first);
    this.#cutFirst(after);
    this.#extend();
    let blocks = 0;
    let bytes = 0;
    for (const segment of this.#segments) {
      blocks += segment.blocks;
      bytes += segment.bytes;
    }
    return { blocks, bytes };
  }

  /** The cursor is inside of the first segment: count what is left of it. */
  #cutFirst(after: number): void {
    const [first] = this.#segments;
    if (first === undefined || first.after >= after) return;
    const { through } = first;
    const left: Segment = { after, through, blocks: 0, bytes: 0 };
    for (const { position, bytes } of this.#store.outline(this.#lane, after, SEGMENT_BLOCKS)) {
      if (position > through) break;
      left.blocks++;
      left.bytes += bytes;
    }
    this.#segments[0] = left;
  }

  #extend(): void {
    for (const { position, bytes } of this.#store.outline(this.#lane, this.#seen, LOOK_BLOCKS)) {
      let last = this.#segments.at(-1);
      if (last === undefined || last.blocks >= SEGMENT_BLOCKS) {
        last = { after: this.#seen, through: position, blocks: 0, bytes: 0 };
        this.#segments.push(last);
      }
      last.through = position;
      last.blocks++;
      last.bytes += bytes;
      this.#seen = position;
    }
  }
}
