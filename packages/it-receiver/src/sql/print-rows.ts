/** Rows of a query as text: a table for people, JSON or CSV for programs.
 *  SELECT → [print rows] → standard output */
import type { SqlValue } from "../publishers/historian/index.ts";

export type RowFormat = "table" | "json" | "csv";

/** Widths are those of the first rows: printing begins before the last row is known. */
const ROWS_FOR_WIDTHS = 100;
const WIDEST_COLUMN = 60;

/** Lines, made as rows come. JSON: one object per line, integers beyond 2^53 as strings. CSV: RFC 4180, with a header line. */
export function* formatRows(
  columns: readonly string[],
  rows: Iterable<readonly SqlValue[]>,
  format: RowFormat,
): Generator<string, void, void> {
  if (format === "json") for (const row of rows) yield jsonLine(columns, row);
  else if (format === "csv") {
    yield columns.map(csvField).join(",");
    for (const row of rows) yield row.map((value) => csvField(textOf(value) ?? "")).join(",");
  } else yield* tableLines(columns, rows);
}

function* tableLines(columns: readonly string[], rows: Iterable<readonly SqlValue[]>): Generator<string, void, void> {
  const first: (readonly SqlValue[])[] = [];
  let widths: number[] | undefined;
  const begin = (): string[] => {
    const found = columns.map((column, index) =>
      Math.min(WIDEST_COLUMN, Math.max(column.length, ...first.map((row) => shown(row[index]).length))),
    );
    widths = found;
    return [
      line(columns, found),
      found.map((width) => "─".repeat(width)).join("  "),
      ...first.map((row) => line(row.map(shown), found)),
    ];
  };
  for (const row of rows) {
    if (widths !== undefined) yield line(row.map(shown), widths);
    else if (first.push(row) === ROWS_FOR_WIDTHS) yield* begin();
  }
  if (widths === undefined) yield* begin();
}

function line(cells: readonly string[], widths: readonly number[]): string {
  return cells
    .map((cell, index) => cell.padEnd(widths[index] ?? 0))
    .join("  ")
    .trimEnd();
}

/** One line, whatever is in it: a tag's string must not move the cursor or colour the terminal. */
function shown(value: SqlValue | undefined): string {
  const text = value === undefined ? "" : (textOf(value) ?? "NULL");
  return text.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, (character) => `\\u{${character.codePointAt(0)!.toString(16)}}`);
}

function textOf(value: SqlValue): string | undefined {
  if (value === null) return undefined;
  if (value instanceof Uint8Array) return Buffer.from(value).toString("hex");
  return Object.is(value, -0) ? "-0" : String(value);
}

function jsonLine(columns: readonly string[], row: readonly SqlValue[]): string {
  return `{${columns.map((column, index) => `${JSON.stringify(column)}:${jsonOf(row[index] ?? null)}`).join(",")}}`;
}

function jsonOf(value: SqlValue): string {
  if (value === null) return "null";
  if (typeof value === "bigint") {
    const safe = value >= BigInt(Number.MIN_SAFE_INTEGER) && value <= BigInt(Number.MAX_SAFE_INTEGER);
    return safe ? String(value) : `"${value}"`;
  }
  if (typeof value === "number") {
    if (!Number.isFinite(value)) return `"${value}"`;
    return Object.is(value, -0) ? "-0" : String(value);
  }
  if (typeof value === "string") return JSON.stringify(value);
  return `"${Buffer.from(value).toString("base64")}"`;
}

function csvField(text: string): string {
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
