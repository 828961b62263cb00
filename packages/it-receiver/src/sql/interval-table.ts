/** Figures by interval as rows of an SQL table function.
 *  historian.db, store.db → [interval table] → SELECT */
import { existsSync } from "node:fs";
import { duration, StationError } from "@nonreturn/station";
import type { UtcMicros } from "@nonreturn/wire-format";
import { readMissingTimes } from "../gaps/missing-times.ts";
import type { HistoryReader } from "../publishers/historian/index.ts";
import { isoMicros } from "../publishers/iso-micros.ts";
import { readIntervalsAtOnce } from "../publishers/read-intervals.ts";

export const INTERVAL_COLUMNS = [
  "path", // text
  "timestamp", // integer, microseconds since 1970 UTC: begin of the interval
  "time", // text, ISO 8601, UTC
  "min",
  "max",
  "avg",
  "time_weighted",
  "samples", // integer: good and uncertain numbers and booleans
  "unusable", // integer: bad ones, and others
  "coverage", // share of the interval in which a value held
  "resolution", // exact; coarser: made of figures that are longer than an interval
  "gap", // 1: something is known to be missing of it, perhaps of this path; null without the store, which knows
] as const;

/** 56 bytes each while they are read. */
const MAXIMUM_ROWS = 1_000_000;

/** @throws {StationError} SQL_STATEMENT */
export function* intervalRows(
  reader: HistoryReader,
  storePath: string,
  { path, interval, from, to }: { path: unknown; interval: unknown; from: UtcMicros | undefined; to: UtcMicros },
): Generator<unknown[], void, void> {
  const micros = microsOf(interval);
  if (typeof path !== "string" || micros === undefined || from === undefined)
    throw wrong("intervals(path, interval, since, until) lacks one of the first three, or the interval is no duration");
  if (!((to - from) / micros <= MAXIMUM_ROWS))
    throw wrong(`that would be more than ${MAXIMUM_ROWS} intervals, or until is before since`);
  const source = {
    lastBefore: reader.lastBefore.bind(reader),
    readParts: (of: string, first: UtcMicros, last: UtcMicros, fits: Parameters<HistoryReader["readParts"]>[2]) =>
      reader.readParts(of, { from: first, to: last + 1 }, fits),
  };
  const { figures, resolution } = readIntervalsAtOnce(source, { path, from, to, interval: micros }, to);
  const missing = existsSync(storePath) ? readMissingTimes(storePath, from, to, micros) : undefined;
  for (const [row, { start, min, max, avg, timeWeighted, samples, unusable, coverage }] of figures.entries())
    yield [
      ...[path, BigInt(start), isoMicros(start), min, max, avg, timeWeighted],
      ...[BigInt(samples), BigInt(unusable), coverage, resolution],
      missing === undefined ? null : BigInt(missing.touched[row]!),
    ];
}

function microsOf(interval: unknown): number | undefined {
  const parsed = duration.safeParse(interval);
  return parsed.success && parsed.data > 0 ? parsed.data * 1000 : undefined;
}

function wrong(what: string): StationError {
  return new StationError({
    code: "SQL_STATEMENT",
    what,
    action: "Write intervals('plant/tag', '1h', '2026-01-01', '2027-01-01'); at most a million of them.",
  });
}
