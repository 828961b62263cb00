/** Which blocks a journal may give up: what was sent once it is too old or there is no room, what was never sent only for room.
 *  journal, sent blocks → [retention] → removal, loss record */
import type { Clock, Database } from "@nonreturn/station/thread";
import { decodeHeader, type LossRecord, type OpeningKeys, openBlock } from "@nonreturn/wire-format";
import type { JournalReader } from "./journal.ts";
import { LossAccumulator } from "./loss-accumulator.ts";
import type { SentBlocks } from "./sent-blocks.ts";

/** Blocks looked at per call: it runs between commits and must not hold them up. */
const RETENTION_SLICE = 256;

export interface RetentionBounds {
  readonly retentionMs: number;
  readonly maximumBytes: number;
}

export interface RetentionRow {
  readonly sequence: number;
  readonly sealed_at: number;
  readonly byte_length: number;
}

export interface Retirement {
  /** Sent or superseded. */
  readonly settled: readonly RetentionRow[];
  /** Never handed to the link: lost for good. */
  readonly unsent: readonly RetentionRow[];
}

/** Blocks of the tag directory stay as long as they name the tags; the newest block stays: the next one is chained to it. */
export class Retention {
  readonly #bounds: RetentionBounds;
  readonly #clock: Clock;
  readonly #opening: OpeningKeys;
  readonly #sent: SentBlocks;
  readonly #read: JournalReader["read"];
  readonly #statements: ReturnType<typeof prepare>;

  constructor(
    database: Database,
    bounds: RetentionBounds,
    clock: Clock,
    opening: OpeningKeys,
    sent: SentBlocks,
    read: JournalReader["read"],
  ) {
    this.#bounds = bounds;
    this.#clock = clock;
    this.#opening = opening;
    this.#sent = sent;
    this.#read = read;
    this.#statements = prepare(database);
  }

  /**
   * @param oldest  of the journal; earlier blocks that still stand are of the tag directory.
   * @param newest  the head's sequence.
   * @param bytes   what the journal holds.
   * @returns the next slice; nothing in it where all may stay.
   */
  choose(oldest: number, newest: number, bytes: number): Retirement {
    const tooOld = this.#clock.nowUtcMicros() - this.#bounds.retentionMs * 1000;
    const settled = this.#statements.supersededDirectory.all(oldest);
    const unsent: RetentionRow[] = [];
    let excess = bytes - this.#bounds.maximumBytes - lengthOf(settled);
    const sent = this.#oldestSent(newest, RETENTION_SLICE);
    for (const block of sent) {
      // Sealed-at is monotone: if this one is not too old, none behind it is.
      if (excess <= 0 && block.sealed_at >= tooOld) break;
      settled.push(block);
      excess -= block.byte_length;
    }
    // What was never sent goes only when nothing else is left and there is no room: age alone is no reason.
    if (excess > 0 && sent.length < RETENTION_SLICE) {
      const going = new Set(settled.map(({ sequence }) => sequence));
      for (const block of this.#statements.oldestBlocks.all(oldest, newest - 1, RETENTION_SLICE + going.size)) {
        if (excess <= 0 || unsent.length >= RETENTION_SLICE) break;
        if (going.has(block.sequence)) continue;
        unsent.push(block);
        excess -= block.byte_length;
      }
    }
    return { settled, unsent };
  }

  /** Call it before they are removed. */
  lossesOf(unsent: readonly RetentionRow[]): readonly LossRecord[] {
    const losses = new LossAccumulator();
    for (const { sequence } of unsent) this.#account(losses, sequence);
    return losses.isEmpty ? [] : losses.take();
  }

  /** Where the journal begins once the chosen blocks are gone; undefined if only the tag directory is left. */
  lowestFrom(oldest: number): number | undefined {
    return this.#statements.lowest.get(oldest)?.sequence;
  }

  #oldestSent(newest: number, limit: number): RetentionRow[] {
    const found: RetentionRow[] = [];
    for (const { first, last } of this.#sent.ranges()) {
      found.push(...this.#statements.oldestBlocks.all(first, Math.min(last, newest - 1), limit - found.length));
      if (found.length >= limit) break;
    }
    return found;
  }

  #account(losses: LossAccumulator, sequence: number): void {
    const block = this.#read(sequence, sequence, 1, Number.POSITIVE_INFINITY)[0];
    if (block === undefined) return;
    try {
      const { batch } = openBlock(block.bytes, this.#opening, { signature: "trusted" });
      if (batch.kind === "data") losses.addBlock("journal-full", sequence, batch.samples);
      else if (batch.kind === "events") losses.addEventBlock("journal-full", sequence, batch.events);
      else if (batch.kind === "loss") for (const record of batch.records) losses.addRecord(record);
    } catch {
      // Sealed under keys that are gone: its tags cannot be named any more, its count and times can.
      losses.addHeader("journal-full", decodeHeader(block.bytes));
    }
  }
}

function lengthOf(blocks: readonly RetentionRow[]): number {
  return blocks.reduce((sum, { byte_length }) => sum + byte_length, 0);
}

function prepare(database: Database) {
  const retentionRow = "SELECT b.sequence, b.sealed_at, length(b.bytes) AS byte_length FROM blocks b";
  const notDirectory = "NOT EXISTS (SELECT 1 FROM directory_parts d WHERE d.sequence = b.sequence)";
  return {
    oldestBlocks: database.prepare<[number, number, number], RetentionRow>(
      `${retentionRow} WHERE b.sequence BETWEEN ? AND ? AND ${notDirectory} ORDER BY b.sequence LIMIT ?`,
    ),
    /** Of earlier revisions: retention has passed them while they were exempt. */
    supersededDirectory: database.prepare<[number], RetentionRow>(
      `${retentionRow} WHERE b.sequence < ? AND ${notDirectory}`,
    ),
    lowest: database.prepare<[number], { sequence: number }>(
      `SELECT b.sequence FROM blocks b WHERE b.sequence >= ? AND ${notDirectory} ORDER BY b.sequence LIMIT 1`,
    ),
  };
}
