/** Reads samples back in order of time, wherever they lie: chunks, segments, or half-way between.
 *  segment, chunk → [read history] → console, SQL, tests */
import { type Database, openDatabase, type Statement } from "@nonreturn/station";
import { sampleAt, type UtcMicros, type Value } from "@nonreturn/wire-format";
import type { Lane } from "../../record/store.ts";
import type { AlarmQuery, AlarmRecord } from "../publisher.ts";
import { type ChunkBody, decodeChunk, type TagSeries } from "./chunk.ts";
import { Level0, type TagNumbers } from "./level-0.ts";
import { readAlarms } from "./read-alarms.ts";
import { historianPath, readCompaction } from "./schema.ts";
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
}

/**
 * One read-only connection; works while the station writes. Every iteration sees one moment of the database.
 * Samples of one tag come in order of source timestamp; order among equal timestamps is that of arrival where they lie in one chunk.
 */
export class HistoryReader {
  readonly #database: Database;
  readonly #chunks: Statement;
  readonly #body: Statement;
  readonly #beforeMoment: Statement;
  #holders = 0;
  #level0:
    | { readonly key: string; readonly index: Level0; readonly tagsThrough: number; readonly round: Level0 }
    | undefined;

  constructor(database: Database) {
    this.#database = database;
    this.#chunks = database.prepare(
      `SELECT id, first_timestamp AS firstTimestamp FROM chunk
       WHERE tag = ? AND first_timestamp < ? AND last_timestamp >= ? ORDER BY first_timestamp, id`,
    );
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

  /** The same samples as rows of columns, many at a time: for reading millions. Order among equal timestamps of several tags is not told. */
  *readRuns(path: string, { from = 0, to = Number.MAX_SAFE_INTEGER }: HistoryRange): Generator<HistoryRun, void, void> {
    this.hold();
    try {
      const sources = this.tags(path).flatMap((tag) => this.#sourcesOf(tag, from, to));
      yield* mergeSources(sources.sort(byBeginning), from, to);
    } finally {
      this.release();
    }
  }

  /** The newest sample of a path before a moment. Cost: the chunks that stretch over the moment, or one. */
  lastBefore(path: string, at: UtcMicros): HistoricalSample | undefined {
    this.hold();
    try {
      let newest: HistoricalSample | undefined;
      for (const tag of this.tags(path)) {
        for (const sample of this.#samplesOf(tag, { from: this.#beginOfLast(tag.number, at), to: at })) {
          if (newest === undefined || sample.sourceTimestamp >= newest.sourceTimestamp) newest = sample;
        }
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
    const level0 = this.#recent();
    const recent = [level0.index.series(tag.number)];
    if (tag.number > level0.tagsThrough) recent.push(level0.round.series(tag.number));
    return [
      ...recent
        .filter((series) => series.count > 0)
        .map((series): Source => ({ firstTimestamp: series.timestamps[0]!, open: () => series })),
      ...chunks.map(
        ({ id, firstTimestamp }): Source => ({
          firstTimestamp,
          open: () => decodeChunk(this.#body.get(id) as ChunkBody),
        }),
      ),
    ];
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

/** @throws {StationError} DATABASE_OPEN if there is no historian yet. */
export function openHistoryReader(dataFolder: string): HistoryReader {
  return new HistoryReader(openDatabase(historianPath(dataFolder), { durability: "normal", readOnly: true }));
}

interface Source {
  readonly firstTimestamp: number;
  /** Decodes; called only when the merge comes to it. */
  readonly open: () => TagSeries;
}

function byBeginning(a: Source, b: Source): number {
  return a.firstTimestamp - b.firstTimestamp;
}

/** Rows first … end − 1 of a series, each of them next in order of time. */
export interface HistoryRun {
  readonly series: TagSeries;
  readonly first: number;
  readonly end: number;
}

/** Merge series that may overlap, sorted by beginning. Only those that overlap at one moment are open at once. */
function* mergeSources(sources: readonly Source[], from: number, to: number): Generator<HistoryRun, void, void> {
  const open: { readonly series: TagSeries; row: number }[] = [];
  let next = 0;
  while (true) {
    let least: { readonly series: TagSeries; row: number } | undefined;
    for (const candidate of open) {
      if (least === undefined || candidate.series.timestamps[candidate.row]! < least.series.timestamps[least.row]!)
        least = candidate;
    }
    const source = sources[next];
    if (source !== undefined && (least === undefined || source.firstTimestamp <= least.series.timestamps[least.row]!)) {
      next++;
      const series = source.open();
      const row = firstRowFrom(series, from);
      if (row < series.count) open.push({ series, row });
      continue;
    }
    if (least === undefined) return;
    const { series, row: first } = least;
    if (series.timestamps[first]! >= to) return;
    // This row, and those before whatever could come next.
    let bound = Math.min(to, source?.firstTimestamp ?? to);
    for (const other of open) if (other !== least) bound = Math.min(bound, other.series.timestamps[other.row]!);
    const end = Math.max(first + 1, firstRowFrom(series, bound));
    yield { series, first, end };
    least.row = end;
    if (end === series.count) open.splice(open.indexOf(least), 1);
  }
}

/** Binary search for the first row at or after a time. */
function firstRowFrom(series: TagSeries, from: number): number {
  let low = 0;
  let high = series.count;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (series.timestamps[middle]! < from) low = middle + 1;
    else high = middle;
  }
  return low;
}

function* mergeByTime(iterables: readonly Iterable<HistoricalSample>[]): Generator<HistoricalSample, void, void> {
  const only = iterables.length === 1 ? iterables[0] : undefined;
  if (only !== undefined) {
    yield* only;
    return;
  }
  const heads = iterables
    .map((iterable) => iterable[Symbol.iterator]())
    .map((iterator) => ({ iterator, head: iterator.next() }));
  while (true) {
    let least: (typeof heads)[number] | undefined;
    for (const candidate of heads) {
      if (candidate.head.done === true) continue;
      if (
        least === undefined ||
        least.head.done === true ||
        candidate.head.value.sourceTimestamp < least.head.value.sourceTimestamp
      ) {
        least = candidate;
      }
    }
    if (least === undefined || least.head.done === true) return;
    yield least.head.value;
    least.head = least.iterator.next();
  }
}
