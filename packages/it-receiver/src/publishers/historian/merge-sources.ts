/** Samples of several chunks and segments in order of time, as few of them open at once as possible.
 *  chunk, segment → [merge sources] → read history, roll up */
import type { HistoryRun } from "../publisher.ts";
import type { TagSeries } from "./chunk.ts";

export interface Source {
  readonly firstTimestamp: number;
  readonly lastTimestamp: number;
  /** Decodes; called only when the merge comes to it. */
  readonly open: () => TagSeries;
}

export function byBeginning(a: Source, b: Source): number {
  return a.firstTimestamp - b.firstTimestamp;
}

/** Merge series that may overlap, sorted by beginning. Only those that overlap at one moment are open at once. */
export function* mergeSources(sources: readonly Source[], from: number, to: number): Generator<HistoryRun, void, void> {
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
export function firstRowFrom(series: TagSeries, from: number): number {
  let low = 0;
  let high = series.count;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (series.timestamps[middle]! < from) low = middle + 1;
    else high = middle;
  }
  return low;
}

export function* mergeByTime<Sample extends { readonly sourceTimestamp: number }>(
  iterables: readonly Iterable<Sample>[],
): Generator<Sample, void, void> {
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
