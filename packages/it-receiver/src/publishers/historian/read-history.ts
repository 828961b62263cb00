/** Reads samples back in order of time, wherever they lie: chunks, segments, or half-way between.
 *  segment, chunk → [read history] → console, SQL, tests */
import type { Database, Statement } from "@nonreturn/station/thread";
import { StatusCode, sampleAt, type UtcMicros, type Value } from "@nonreturn/wire-format";
import type { Lane } from "../../record/store.ts";
import type { AlarmQuery, AlarmRecord, HistoryPart } from "../publisher.ts";
import type { SampleCell } from "../sample-cells.ts";
import { type ChunkBody, decodeChunk } from "./chunk.ts";
import { Level0, type TagNumbers } from "./level-0.ts";
import { byBeginning, firstRowFrom, mergeByTime, mergeSources, type Source } from "./merge-sources.ts";
import { readAlarms } from "./read-alarms.ts";
import { joinParts, TagFigures } from "./read-figures.ts";
import { historianPath, openHistorianToRead, readCompaction } from "./schema.ts";
import { decodeSegment } from "./segment.ts";

/** A tag as the historian knows it. One path may have several, one per journal epoch of the OT station. */
export interface HistorianTag {
  readonly number: number;
  readonly stream: number;
  readonly journalEpoch: number;
  readonly tagId: number;
  readonly path: string;
  readonly dataType: string;
  readonly unit: string;
}

export interface HistoricalSample {
  readonly tag: HistorianTag;
  readonly value: Value | null;
  readonly statusCode: number;
  readonly sourceTimestamp: UtcMicros;
}

export interface HistoryRange {
  /** Included; the beginning of all history if left out. */
  readonly from?: UtcMicros;
  /** Not included; the end of all history if left out. */
  readonly to?: UtcMicros;
}

export interface HistoryQuery extends HistoryRange {
  readonly path: string;
  /** Samples at most. */
  readonly limit?: number;
}

interface ChunkRow {
  readonly id: number;
  readonly firstTimestamp: number;
  readonly lastTimestamp: number;
}

/**
 * One read-only connection; works while the station writes. Every iteration sees one moment of the database.
 * Samples of one tag come in order of source timestamp; order among equal timestamps is that of arrival where they lie in one chunk.
 */
export class HistoryReader {
  readonly #database: Database;
  readonly #chunks: Statement;
  readonly #figures: TagFigures;
  readonly #body: Statement;
  readonly #beforeMoment: Statement;
  #holders = 0;
  #level0:
    | { readonly key: string; readonly index: Level0; readonly tagsThrough: number; readonly round: Level0 }
    | undefined;

  constructor(database: Database) {
    this.#database = database;
    this.#chunks = database.prepare(
      `SELECT id, first_timestamp AS firstTimestamp, last_timestamp AS lastTimestamp FROM chunk
       WHERE tag = ? AND first_timestamp < ? AND last_timestamp >= ? ORDER BY first_timestamp, id`,
    );
    this.#figures = new TagFigures(database);
    this.#beforeMoment = database.prepare(
      `SELECT max(CASE WHEN last_timestamp < :at THEN last_timestamp END) AS ended,
              max(CASE WHEN last_timestamp >= :at THEN first_timestamp END) AS begun
       FROM chunk WHERE tag = :number AND first_timestamp < :at`,
    );
    this.#body = database.prepare("SELECT codec, plain_bytes AS plainBytes, body FROM chunk WHERE id = ?");
  }

  close(): void {
    this.#database.close();
  }

  /** Every tag of a path. */
  tags(path: string): HistorianTag[] {
    return this.#selectTags("WHERE path = ? ORDER BY stream, journal_epoch, tag_id", path);
  }

  tag(number: number): HistorianTag | undefined {
    return this.#selectTags("WHERE id = ?", number)[0];
  }

  /** Samples of every tag of a path, in order of time. Leave the iteration with `return` or to its end: it holds a read transaction. */
  *readHistory({
    path,
    limit = Number.POSITIVE_INFINITY,
    ...range
  }: HistoryQuery): Generator<HistoricalSample, void, void> {
    this.hold();
    try {
      let read = 0;
      if (limit <= 0) return;
      for (const sample of mergeByTime(this.tags(path).map((tag) => this.#samplesOf(tag, range)))) {
        yield sample;
        if (++read >= limit) return;
      }
    } finally {
      this.release();
    }
  }

  /**
   * The same samples as rows of columns, many at a time; order among equal timestamps of several tags is not told. In place of the rows of a quarter of a day
   * its hours or its minutes, where `fits` holds for all of these; where only they are left, whatever it says.
   */
  *readParts(
    path: string,
    { from = 0, to = Number.MAX_SAFE_INTEGER }: HistoryRange,
    fits: (cell: SampleCell) => boolean,
  ): Generator<HistoryPart, void, void> {
    this.hold();
    try {
      if (to <= from) return;
      const tags = this.tags(path);
      const units = tags.map(({ number }) =>
        this.#figures.units(number, { from, to, fits, recent: this.#recentOf(number) }),
      );
      const rows = (first: UtcMicros, end: UtcMicros, index?: number) => {
        const some = index === undefined ? tags : tags.slice(index, index + 1);
        const sources = some.flatMap((tag) => this.#sourcesOf(tag, first, end));
        return mergeSources(sources.sort(byBeginning), first, end);
      };
      yield* joinParts({ units, rows }, { from, to });
    } finally {
      this.release();
    }
  }

  /** The newest sample of a path before a moment; of a time whose samples are gone what figures know of it, without its status. Cost: the chunks that
   *  stretch over the moment, or one. */
  lastBefore(path: string, at: UtcMicros): HistoricalSample | undefined {
    this.hold();
    try {
      let newest: HistoricalSample | undefined;
      for (const tag of this.tags(path)) {
        for (const sample of this.#samplesOf(tag, { from: this.#beginOfLast(tag.number, at), to: at })) {
          if (newest === undefined || sample.sourceTimestamp >= newest.sourceTimestamp) newest = sample;
        }
        const figure = this.#figures.lastBefore(tag.number, at);
        if (figure === undefined || (newest !== undefined && newest.sourceTimestamp >= figure.at)) continue;
        const known = Number.isNaN(figure.value)
          ? { value: null, statusCode: StatusCode.Bad }
          : { value: figure.value, statusCode: StatusCode.Good };
        newest = { tag, ...known, sourceTimestamp: figure.at };
      }
      return newest;
    } finally {
      this.release();
    }
  }

  readAlarms(query: AlarmQuery): AlarmRecord[] {
    return readAlarms(this.#database, query);
  }

  /** The same for one tag number; the caller holds. */
  *readTag(number: number, range: HistoryRange = {}): Generator<HistoricalSample, void, void> {
    const tag = this.tag(number);
    if (tag !== undefined) yield* this.#samplesOf(tag, range);
  }

  /** Keep one moment of the database until as many `release`s. */
  hold(): void {
    if (this.#holders++ === 0) this.#database.exec("BEGIN");
  }

  release(): void {
    if (--this.#holders === 0) this.#database.exec("COMMIT");
  }

  *#samplesOf(
    tag: HistorianTag,
    { from = 0, to = Number.MAX_SAFE_INTEGER }: HistoryRange,
  ): Generator<HistoricalSample, void, void> {
    for (const { series, first, end } of mergeSources(this.#sourcesOf(tag, from, to).sort(byBeginning), from, to)) {
      for (let row = first; row < end; row++) {
        const { value, statusCode, sourceTimestamp } = sampleAt(series, row);
        yield { tag, value, statusCode, sourceTimestamp };
      }
    }
  }

  #sourcesOf(tag: HistorianTag, from: number, to: number): Source[] {
    const chunks = this.#chunks.all(tag.number, to, from) as ChunkRow[];
    return [
      ...this.#recentOf(tag.number),
      ...chunks.map(
        ({ id, ...times }): Source => ({ ...times, open: () => decodeChunk(this.#body.get(id) as ChunkBody) }),
      ),
    ];
  }

  /** What is in no chunk yet. */
  #recentOf(number: number): Source[] {
    const level0 = this.#recent();
    const recent = [level0.index.series(number)];
    if (number > level0.tagsThrough) recent.push(level0.round.series(number));
    return recent
      .filter((series) => series.count > 0)
      .map((series) => ({
        firstTimestamp: series.timestamps[0]!,
        lastTimestamp: series.timestamps[series.count - 1]!,
        open: () => series,
      }));
  }

  /** A time at or after which the newest sample before `at` lies. */
  #beginOfLast(number: number, at: UtcMicros): UtcMicros {
    const level0 = this.#recent();
    const recent = [level0.index.series(number), level0.round.series(number)].map((series) => {
      const row = firstRowFrom(series, at) - 1;
      return row < 0 ? 0 : series.timestamps[row]!;
    });
    // Of chunks that end before `at` the last end; of those that stretch over it the last begin.
    const { ended, begun } = this.#beforeMoment.get({ number, at }) as { ended: number | null; begun: number | null };
    return Math.max(ended ?? 0, begun ?? 0, ...recent);
  }

  /** Segments indexed by tag; kept while the database has not changed. */
  #recent(): { readonly index: Level0; readonly round: Level0; readonly tagsThrough: number } {
    const { roundThrough, tagsThrough } = readCompaction(this.#database);
    const { newest, count } = this.#database
      .prepare("SELECT max(id) AS newest, count(*) AS count FROM segment")
      .get() as {
      newest: number | null;
      count: number;
    };
    const key = `${newest}/${count}/${roundThrough}/${tagsThrough}`;
    if (this.#level0?.key === key) return this.#level0;
    const numbersOf = this.#tagNumbers();
    const index = new Level0(numbersOf);
    const round = new Level0(numbersOf);
    const rows = this.#database.prepare("SELECT id, lane, body FROM segment ORDER BY id").iterate() as Iterable<{
      id: number;
      lane: Lane;
      body: Uint8Array;
    }>;
    for (const { id, lane, body } of rows) (id <= roundThrough ? round : index).add(lane, decodeSegment(body));
    index.index();
    round.index();
    this.#level0 = { key, index, round, tagsThrough };
    return this.#level0;
  }

  #tagNumbers(): (stream: number, journalEpoch: number) => TagNumbers | undefined {
    const spaces = new Map<string, Map<number, number>>();
    const rows = this.#database
      .prepare("SELECT id, stream, journal_epoch, tag_id FROM tag")
      .raw()
      .iterate() as Iterable<[number, number, number, number]>;
    for (const [number, stream, journalEpoch, tagId] of rows) {
      const key = `${stream}/${journalEpoch}`;
      const space = spaces.get(key) ?? new Map<number, number>();
      spaces.set(key, space.set(tagId, number));
    }
    return (stream, journalEpoch) => spaces.get(`${stream}/${journalEpoch}`);
  }

  #selectTags(where: string, parameter: string | number): HistorianTag[] {
    return this.#database
      .prepare(
        `SELECT id AS number, stream, journal_epoch AS journalEpoch, tag_id AS tagId, path, data_type AS dataType, unit FROM tag ${where}`,
      )
      .all(parameter) as HistorianTag[];
  }
}

/** @throws {StationError} DATABASE_OPEN if there is no historian yet, DATABASE_OLDER if it was not brought up to date yet. */
export function openHistoryReader(dataFolder: string): HistoryReader {
  return new HistoryReader(openHistorianToRead(historianPath(dataFolder)));
}
