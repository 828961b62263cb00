/** Turns segments into chunks per tag, in slices short enough for the publishers' thread, safe against a crash between any two.
 *  segment → [compaction] → chunk */
import type { Clock, Database, Statement } from "@nonreturn/station";
import type { Lane } from "../../record/store.ts";
import {
  CHUNK_SAMPLES,
  type ChunkBody,
  cutSeries,
  decodeChunk,
  encodeChunk,
  SeriesBuilder,
  type TagSeries,
} from "./chunk.ts";
import { Level0 } from "./level-0.ts";
import { firstRowFrom } from "./merge-sources.ts";
import type { PendingUnits } from "./pending-units.ts";
import type { RollUp } from "./roll-up.ts";
import { FULL_LEVEL, readCompaction } from "./schema.ts";
import { decodeSegment } from "./segment.ts";
import type { TagTable } from "./tag-table.ts";

export interface CompactionSettings {
  /** A round begins when so many samples lie in segments, or SAMPLES_PER_TAG for every tag, whichever is more … */
  readonly beginSamples: number;
  /** … or when the oldest segment has waited so long. */
  readonly beginAfterMs: number;
  /** Samples of one round, at most about: memory is 37 bytes each. */
  readonly roundSamples: number;
}

/** Chunks of a sample or two cost more than what is in them: with many tags a round waits for more. */
const SAMPLES_PER_TAG = 16;

/** Small chunks of one level that are merged into one of the next. */
const MERGE = 8;
/** Small levels are 1 … 7; a chunk that came so far without being full (impossible with MERGE^7 rows) would simply stay. */
const LEVELS = 8;
/** Between two looks at the clock. */
const TAGS_PER_LOOK = 8;

interface Round {
  readonly through: number;
  readonly waiting: number[]; // segment ids to read yet
  readonly level0: Level0;
  /** Tag numbers in ascending order; undefined until everything is read and indexed. */
  tags: number[] | undefined;
  next: number;
}

/**
 * A round takes the oldest segments up to an id, then writes each tag's samples as chunks, in the order of tag numbers. The compaction row
 * says how far: up to which tag the round's samples lie in chunks. Readers leave exactly those out of the segments. At the end the segments
 * go and the row is cleared in one transaction. After a crash the round is read again and goes on at the next tag.
 */
export class Compaction {
  readonly #database: Database;
  readonly #tags: TagTable;
  readonly #clock: Clock;
  readonly #settings: CompactionSettings;
  readonly #statements: Statements;
  readonly #pending: PendingUnits;
  readonly #rollUp: RollUp;
  #waitingSamples: number;
  /** A crash interrupted a round: go on with it before anything else. */
  #interrupted: boolean;
  #round: Round | undefined;
  #firstSeenMs: number | undefined;
  #small: SmallCounts;

  constructor(
    database: Database,
    tags: TagTable,
    { pending, rollUp }: { readonly pending: PendingUnits; readonly rollUp: RollUp },
    clock: Clock,
    settings: CompactionSettings,
  ) {
    this.#database = database;
    this.#tags = tags;
    this.#clock = clock;
    this.#settings = settings;
    this.#statements = new Statements(database);
    this.#pending = pending;
    this.#rollUp = rollUp;
    this.#small = new SmallCounts(database);
    this.#waitingSamples = database.prepare("SELECT total(samples) FROM segment").pluck().get() as number;
    this.#interrupted = readCompaction(database).roundThrough > 0;
  }

  /** Samples in segments, those of the round in progress included. */
  get waitingSamples(): number {
    return this.#waitingSamples;
  }

  /** True if {@link step} would not be idle. */
  get due(): boolean {
    return this.#round !== undefined || this.#due("when due");
  }

  /** A segment was committed. */
  segmentAdded(samples: number): void {
    this.#waitingSamples += samples;
  }

  /**
   * Work for about `budgetMs`.
   *
   * @returns more: call again. idle: nothing to do before more samples or time.
   * Errors are SQLite's or of a damaged segment; the round is then begun again by the next call.
   */
  step(budgetMs: number, urgency: "when due" | "now" = "when due"): "more" | "idle" {
    const untilMs = this.#clock.monotonicMs() + budgetMs;
    if (this.#round === undefined && !this.#due(urgency)) return "idle";
    try {
      this.#round ??= this.#begin();
      if (this.#round === undefined) return "idle";
      this.#advance(this.#round, untilMs);
      return "more";
    } catch (error) {
      this.#round = undefined;
      this.#interrupted = true;
      this.#small = new SmallCounts(this.#database); // the slice was rolled back
      this.#pending.forget(this.#database);
      throw error;
    }
  }

  #due(urgency: "when due" | "now"): boolean {
    if (this.#waitingSamples === 0) {
      this.#firstSeenMs = undefined;
      return false;
    }
    const now = this.#clock.monotonicMs();
    this.#firstSeenMs ??= now;
    return (
      urgency === "now" ||
      this.#interrupted ||
      this.#waitingSamples >= this.#beginSamples() ||
      now - this.#firstSeenMs >= this.#settings.beginAfterMs
    );
  }

  #beginSamples(): number {
    const { beginSamples, roundSamples } = this.#settings;
    return Math.min(roundSamples, Math.max(beginSamples, this.#tags.count * SAMPLES_PER_TAG));
  }

  /** The round that a crash interrupted, or a new one over the oldest segments. */
  #begin(): Round | undefined {
    const { roundThrough } = readCompaction(this.#database);
    const rows = this.#database
      .prepare("SELECT id, samples FROM segment WHERE id <= ? ORDER BY id")
      .all(roundThrough > 0 ? roundThrough : Number.MAX_SAFE_INTEGER) as { id: number; samples: number }[];
    const waiting: number[] = [];
    let samples = 0;
    for (const row of rows) {
      if (roundThrough === 0 && waiting.length > 0 && samples + row.samples > this.#settings.roundSamples) break;
      waiting.push(row.id);
      samples += row.samples;
    }
    const through = waiting.at(-1);
    if (through === undefined) return undefined;
    if (roundThrough === 0) this.#statements.progress.run(through, 0);
    this.#firstSeenMs = undefined;
    const level0 = new Level0((stream, journalEpoch) => this.#tags.numbersOf(stream, journalEpoch));
    return { through, waiting: waiting.reverse(), level0, tags: undefined, next: 0 };
  }

  #advance(round: Round, untilMs: number): void {
    const inTime = (): boolean => this.#clock.monotonicMs() < untilMs;
    if (round.waiting.length > 0) {
      do this.#read(round);
      while (round.waiting.length > 0 && inTime());
      return;
    }
    if (round.tags === undefined) {
      round.level0.index();
      const { tagsThrough } = readCompaction(this.#database);
      round.tags = round.level0.tagNumbers().filter((number) => number > tagsThrough);
      return;
    }
    const { tags } = round;
    this.#database
      .transaction(() => {
        do {
          const some = tags.slice(round.next, round.next + TAGS_PER_LOOK);
          for (const number of some) this.#writeTag(round.level0, number);
          round.next += some.length;
        } while (round.next < tags.length && inTime());
        if (round.next < tags.length) this.#statements.progress.run(round.through, tags[round.next - 1] ?? 0);
        else this.#finish(round);
      })
      .immediate();
    if (round.next < tags.length) return;
    this.#round = undefined;
    this.#interrupted = false;
    this.#waitingSamples = Math.max(0, this.#waitingSamples - round.level0.samples);
    round.level0.release();
  }

  #read(round: Round): void {
    const id = round.waiting.pop()!;
    const { lane, body } = this.#statements.segment.get(id) as { lane: Lane; body: Uint8Array };
    round.level0.add(lane, decodeSegment(body));
  }

  #finish(round: Round): void {
    this.#database.prepare("DELETE FROM segment WHERE id <= ?").run(round.through);
    this.#statements.progress.run(0, 0);
  }

  #writeTag(level0: Level0, number: number): void {
    for (const lane of ["live", "late"] as const) {
      const series = this.#withoutFolded(number, level0.series(number, lane));
      if (series.count === 0) continue;
      this.#pending.note(number, series);
      this.#writeSeries(number, lane, 1, series);
      this.#mergeUp(number, lane);
    }
  }

  /** What comes from a time whose samples were removed goes into its figures. */
  #withoutFolded(number: number, series: TagSeries): TagSeries {
    const end = firstRowFrom(series, this.#pending.reducedThrough(number));
    if (end === 0) return series;
    this.#rollUp.foldLate(number, series, end);
    const builder = new SeriesBuilder();
    for (let row = end; row < series.count; row++) builder.push(series, row);
    return builder.take();
  }

  #writeSeries(number: number, lane: Lane, level: number, given: TagSeries): void {
    const series = given.count < CHUNK_SAMPLES ? given : this.#withSmall(number, lane, given);
    for (const { piece, size } of cutSeries(series)) {
      const { codec, plainBytes, body } = encodeChunk(piece);
      const first = piece.timestamps[0]!;
      const last = piece.timestamps[piece.count - 1]!;
      if (size === "rest") this.#small.set(number, lane, level, this.#small.count(number, lane, level) + 1);
      const own = size === "full" ? FULL_LEVEL : level;
      this.#statements.insert.run(...[number, lane, own, first, last, piece.count, codec, plainBytes, body]);
    }
  }

  /** Whatever lies in small chunks comes before a full one, so that none of them is ever merged into one that stretches over it. */
  #withSmall(number: number, lane: Lane, series: TagSeries): TagSeries {
    const builder = new SeriesBuilder();
    for (let level = 1; level < LEVELS; level++) {
      if (this.#small.count(number, lane, level) === 0) continue;
      for (const { id, ...chunk } of this.#statements.small.all(number, lane, level, -1) as ({
        id: number;
      } & ChunkBody)[]) {
        builder.pushAll(decodeChunk(chunk));
        this.#statements.remove.run(id);
      }
      this.#small.set(number, lane, level, 0);
    }
    builder.pushAll(series);
    return builder.take();
  }

  /** Eight of a level become one of the next: a sample is rewritten once per level, log8(4096) = 4 times. */
  #mergeUp(number: number, lane: Lane): void {
    for (let level = 1; level < LEVELS; level++) {
      if (this.#small.count(number, lane, level) < MERGE) return;
      const small = this.#statements.small.all(number, lane, level, MERGE) as ({ id: number } & ChunkBody)[];
      if (small.length < MERGE) {
        this.#small.set(number, lane, level, small.length); // retention removed some
        return;
      }
      const builder = new SeriesBuilder();
      for (const chunk of small) builder.pushAll(decodeChunk(chunk));
      for (const { id } of small) this.#statements.remove.run(id);
      this.#small.set(number, lane, level, 0);
      const merged = builder.take();
      this.#pending.noteMerged(number, merged);
      this.#writeSeries(number, lane, level + 1, merged);
    }
  }
}

/** How many small chunks each tag has, per lane and level: asked for every tag of every round. 16 bytes per tag. */
class SmallCounts {
  #counts = new Uint8Array(1024);

  constructor(database: Database) {
    const rows = database
      .prepare(
        "SELECT tag, lane, level, count(*) FROM chunk INDEXED BY chunk_small WHERE level < 100 GROUP BY tag, lane, level",
      )
      .raw()
      .all() as [number, Lane, number, number][];
    for (const [number, lane, level, count] of rows) this.set(number, lane, level, Math.min(count, 255));
  }

  count(number: number, lane: Lane, level: number): number {
    return this.#counts[placeOf(number, lane, level)] ?? 0;
  }

  set(number: number, lane: Lane, level: number, count: number): void {
    const place = placeOf(number, lane, level);
    if (place >= this.#counts.length) {
      const grown = new Uint8Array(Math.max(this.#counts.length * 2, place + 1));
      grown.set(this.#counts);
      this.#counts = grown;
    }
    this.#counts[place] = count;
  }
}

function placeOf(number: number, lane: Lane, level: number): number {
  return (number * 2 + (lane === "late" ? 1 : 0)) * LEVELS + level;
}

class Statements {
  readonly segment: Statement;
  readonly progress: Statement;
  readonly insert: Statement;
  readonly small: Statement;
  readonly remove: Statement;

  constructor(database: Database) {
    this.segment = database.prepare("SELECT lane, body FROM segment WHERE id = ?");
    this.progress = database.prepare("UPDATE compaction SET round_through = ?, tags_through = ?");
    this.insert = database.prepare(
      `INSERT INTO chunk (tag, lane, level, first_timestamp, last_timestamp, samples, codec, plain_bytes, body)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    );
    this.small = database.prepare(
      `SELECT id, codec, plain_bytes AS plainBytes, body FROM chunk INDEXED BY chunk_small
       WHERE level < 100 AND tag = ? AND lane = ? AND level = ? ORDER BY id LIMIT ?`,
    );
    this.remove = database.prepare("DELETE FROM chunk WHERE id = ?");
  }
}
