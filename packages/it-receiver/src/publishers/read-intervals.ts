/** Reads a range of one tag as figures by interval, in slices that leave the thread to the other publishers.
 *  historian → [read intervals] → REST, OPC UA, SQL */
import type { UtcMicros } from "@nonreturn/wire-format";
import { IntervalAggregator, type IntervalFigures } from "./interval-figures.ts";
import type { HistorySource } from "./publisher.ts";
import { numberOf } from "./sample-cells.ts";

/** A few milliseconds of reading. */
const ROWS_PER_SLICE = 100_000;

export interface IntervalQuery {
  readonly path: string;
  readonly from: UtcMicros;
  /** Not included. */
  readonly to: UtcMicros;
  /** µs */
  readonly interval: number;
}

export interface ReadIntervals {
  readonly figures: readonly IntervalFigures[];
  /** coarser: of some of the range only minutes or hours are left that are longer than an interval. */
  readonly resolution: "exact" | "coarser";
}

type Source = Pick<HistorySource, "lastBefore" | "readParts">;

/** @param pause  lets others have a turn; throws to give up. @param now  asked at the end: what holds last is held so long. */
export async function readIntervals(
  source: Source,
  query: IntervalQuery,
  pause: () => Promise<void>,
  now: () => UtcMicros,
): Promise<ReadIntervals> {
  const aggregator = aggregatorOf(source, query);
  for (const _ of aggregate(source, query, aggregator)) await pause();
  return resultOf(aggregator, now());
}

/** The same in one go. */
export function readIntervalsAtOnce(source: Source, query: IntervalQuery, now: UtcMicros): ReadIntervals {
  const aggregator = aggregatorOf(source, query);
  for (const _ of aggregate(source, query, aggregator));
  return resultOf(aggregator, now);
}

function resultOf(aggregator: IntervalAggregator, until: UtcMicros): ReadIntervals {
  return { figures: aggregator.finish(until), resolution: aggregator.resolution };
}

function aggregatorOf(source: Source, { path, from, to, interval }: IntervalQuery): IntervalAggregator {
  const before = source.lastBefore(path, from);
  return new IntervalAggregator(from, to, interval, before && numberOf(before.value, before.statusCode));
}

/** Slice by slice. */
function* aggregate(
  source: Source,
  { path, from, to }: IntervalQuery,
  aggregator: IntervalAggregator,
): Generator<void, void, void> {
  let inSlice = 0;
  for (const part of source.readParts(path, from, to - 1, aggregator.fits)) {
    if (part.is === "rows") {
      aggregator.pushRows(part.series, part.first, part.end);
      inSlice += part.end - part.first;
    } else {
      for (const cell of part.cells) aggregator.pushCell(cell);
      inSlice += part.cells.length;
    }
    if (inSlice < ROWS_PER_SLICE) continue;
    inSlice = 0;
    yield;
  }
}
