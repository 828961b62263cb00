/** Samples of several chunks and segments in order of time, as few of them open at once as possible.
 *  chunk, segment, figures → [merge sources] → read history */
import type { HistoryPart, HistoryRun } from "../publisher.ts";
import type { SampleCell } from "../sample-cells.ts";
import type { TagSeries } from "./chunk.ts";

export interface Source {
  readonly firstTimestamp: number;
  readonly lastTimestamp: number;
  /** Decodes; called only when the merge comes to it. */
  readonly open: () => TagSeries;
  /** Its figures, if it has any. samples: they stand for what `open` gives. nothing: the samples are gone, they are all there is. */
  readonly figures?:
    | { readonly cells: () => readonly SampleCell[]; readonly beside: "samples" | "nothing" }
    | undefined;
}

export function byBeginning(a: Source, b: Source): number {
  return a.firstTimestamp - b.firstTimestamp;
}

/** Merge series that may overlap, sorted by beginning. Only those that overlap at one moment are open at once. */
export function* mergeSources(sources: readonly Source[], from: number, to: number): Generator<HistoryRun, void, void> {
  for (const part of mergeParts(sources, from, to, () => false)) if (part.is === "rows") yield part;
}

/**
 * The same with the figures of a source in place of its rows, where no other source has samples in its time, all of it lies in the range, and
 * `fits` holds for every cell.
 */
export function* mergeParts(
  sources: readonly Source[],
  from: number,
  to: number,
  fits: (cell: SampleCell) => boolean,
): Generator<HistoryPart, void, void> {
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
      const cells = figuresFor(source, sources[next], open.length, from, to, fits);
      if (cells !== undefined) {
        if (cells.length > 0) yield { is: "cells", cells };
        continue;
      }
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
    yield { is: "rows", series, first, end };
    least.row = end;
    if (end === series.count) open.splice(open.indexOf(least), 1);
  }
}

/** undefined: the source must be opened. */
function figuresFor(
  { firstTimestamp, lastTimestamp, figures }: Source,
  following: Source | undefined,
  open: number,
  from: number,
  to: number,
  fits: (cell: SampleCell) => boolean,
): readonly SampleCell[] | undefined {
  if (figures === undefined) return undefined;
  if (figures.beside === "nothing") return figures.cells().filter(({ firstAt }) => firstAt >= from && firstAt < to);
  const alone = open === 0 && (following === undefined || following.firstTimestamp > lastTimestamp);
  if (!alone || firstTimestamp < from || lastTimestamp >= to) return undefined;
  const cells = figures.cells();
  return cells.every(fits) ? cells : undefined;
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
