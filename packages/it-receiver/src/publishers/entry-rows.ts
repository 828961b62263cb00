/** The rows of an entry, samples or alarm events: counted, cut out, left out.
 *  refused search → [entry rows] → publisher */
import { SampleColumnsBuilder, sampleAt, type UtcMicros, type Value } from "@nonreturn/wire-format";
import type { RowRange, StoredEntry } from "./publisher.ts";

export function rowCount({ samples, events }: StoredEntry): number {
  return events?.length ?? samples.count;
}

/** The same block with these rows alone; the entry itself if they are all of it. */
export function rowsOf(entry: StoredEntry, first: number, end: number): StoredEntry {
  if (first === 0 && end === rowCount(entry)) return entry;
  const firstRow = (entry.firstRow ?? 0) + first;
  if (entry.events !== undefined) return { ...entry, firstRow, events: entry.events.slice(first, end) };
  return { ...entry, firstRow, samples: samplesOf(entry, [{ first, end }]) };
}

/** The whole block but for these rows, ascending; the entry itself if there are none. */
export function withoutRows(entry: StoredEntry, left: readonly RowRange[]): StoredEntry {
  if (left.length === 0) return entry;
  const kept: RowRange[] = [];
  let at = 0;
  for (const { first, end } of left) {
    if (first > at) kept.push({ first: at, end: first });
    at = end;
  }
  kept.push({ first: at, end: rowCount(entry) });
  if (entry.events === undefined) return { ...entry, samples: samplesOf(entry, kept) };
  return { ...entry, events: kept.flatMap(({ first, end }) => entry.events!.slice(first, end)) };
}

export interface RowWords {
  readonly path: string;
  readonly sourceTime: UtcMicros;
  readonly value: Value | null;
}

/** What names a row to people. */
export function wordsOfRow({ samples, events, tagOf }: StoredEntry, row: number): RowWords {
  const { tagId, value, time } =
    events === undefined ? { ...sampleAt(samples, row), time: samples.timestamps[row]! } : events[row]!;
  return { path: tagOf(tagId)?.path ?? "", sourceTime: time, value };
}

function samplesOf({ samples }: StoredEntry, ranges: readonly RowRange[]): StoredEntry["samples"] {
  const rows = ranges.reduce((sum, { first, end }) => sum + end - first, 0);
  const builder = new SampleColumnsBuilder(Math.max(1, rows));
  for (const { first, end } of ranges)
    for (let row = first; row < end; row++) builder.pushSample(sampleAt(samples, row));
  return builder.take();
}
