/** A recording of real signals: a CSV file whose first column is the time and whose others are numbers.
 *  CSV file → [recording] → recorded signal */
import { readFileSync, statSync } from "node:fs";
import { StationError } from "@nonreturn/station";
import { parse } from "csv-parse/sync";

const MAX_BYTES = 256 << 20;

export interface Recording {
  /** Of each row, in ms since the first; strictly rising. */
  readonly offsetsMs: Float64Array;
  /** Of one round: the last offset plus the median distance between rows. */
  readonly lengthMs: number;
  readonly columns: ReadonlyMap<string, Float64Array>;
}

/**
 * Read a recording. Separator `;` or `,` (whichever the header has more of); times as ISO 8601, "2020-03-09 10:14:33" (taken as UTC) or seconds.
 * A cell that is no number repeats the one above it; rows whose time does not rise are left out.
 * @throws {StationError} CONFIG_RECORDING
 */
export function readRecording(path: string): Recording {
  let text: string;
  try {
    if (statSync(path).size > MAX_BYTES) throw unreadable(path, `it is larger than ${MAX_BYTES >> 20} MiB`);
    text = readFileSync(path, "utf8");
  } catch (cause) {
    if (cause instanceof StationError) throw cause;
    throw unreadable(path, `it cannot be opened (${(cause as NodeJS.ErrnoException).code})`, cause);
  }
  return parseRecording(text, path);
}

/** @throws {StationError} CONFIG_RECORDING */
export function parseRecording(text: string, path: string): Recording {
  const header = text.slice(0, text.search(/[\r\n]|$/));
  const delimiter = header.split(";").length > header.split(",").length ? ";" : ",";
  let rows: string[][];
  try {
    rows = parse(text, { delimiter, bom: true, trim: true, skip_empty_lines: true, relax_column_count: true });
  } catch (cause) {
    throw unreadable(path, "it is not CSV", cause);
  }
  const names = rows.shift() ?? [];
  const offsets: number[] = [];
  const kept: string[][] = [];
  let firstMs: number | undefined;
  for (const row of rows) {
    const timeMs = parseTime(row[0] ?? "");
    if (timeMs === undefined) continue;
    firstMs ??= timeMs;
    if (offsets.length > 0 && timeMs - firstMs <= offsets.at(-1)!) continue;
    offsets.push(timeMs - firstMs);
    kept.push(row);
  }
  if (offsets.length < 2) throw unreadable(path, "it has fewer than two rows with a rising time in the first column");
  const columns = new Map(names.slice(1).map((name, index) => [name, numbersOf(kept, index + 1)] as const));
  return { offsetsMs: Float64Array.from(offsets), lengthMs: offsets.at(-1)! + medianStep(offsets), columns };
}

function parseTime(cell: string): number | undefined {
  if (cell === "") return undefined;
  const seconds = Number(cell);
  if (Number.isFinite(seconds)) return seconds * 1000;
  const text = cell.replace(" ", "T");
  const ms = Date.parse(/(?:Z|[+-]\d\d:?\d\d)$/.test(text) || !text.includes("T") ? text : `${text}Z`);
  return Number.isNaN(ms) ? undefined : ms;
}

function numbersOf(rows: readonly string[][], index: number): Float64Array {
  const isNumber = (cell: string | undefined) => cell !== undefined && cell !== "" && Number.isFinite(Number(cell));
  let last = Number(rows.find((row) => isNumber(row[index]))?.[index] ?? 0);
  return Float64Array.from(rows, (row) => {
    if (isNumber(row[index])) last = Number(row[index]);
    return last;
  });
}

function medianStep(offsets: readonly number[]): number {
  const steps = offsets.slice(1).map((offset, index) => offset - offsets[index]!);
  return steps.sort((a, b) => a - b)[steps.length >> 1]!;
}

function unreadable(path: string, what: string, cause?: unknown): StationError {
  return new StationError(
    {
      code: "CONFIG_RECORDING",
      what,
      where: path,
      action: "Name a CSV file: first column the time, one row per instant, a header line.",
    },
    { cause },
  );
}
