/** Reads a tag list and finds every bad row in it.
 *  CSV → [read list] → compare list */
import { type ConfigMistake, closestWord } from "@nonreturn/station";
import { CsvError, parse } from "csv-parse/sync";
import {
  CALCULATED_KEYS,
  CALCULATED_ONLY,
  COLUMNS,
  type Column,
  cellValue,
  DEVICE_COLUMN,
  type WrittenTag,
} from "./columns.ts";
import { unguard } from "./formula-guard.ts";
import { CALCULATED, type WrittenDevice } from "./written-devices.ts";

const LIST_ROWS = 1_000_000;
const RECORD_CHARACTERS = 100_000;

export interface ListRow {
  /** In the list, from 1; of a row over several lines the first. */
  readonly line: number;
  /** "" for a calculated tag. */
  readonly device: string;
  readonly tag: WrittenTag & { readonly path: string };
}

export interface TagList {
  readonly rows: readonly ListRow[];
  /** Keys that the list has columns for: the others say nothing about a tag. */
  readonly keys: ReadonlySet<string>;
  readonly mistakes: readonly ConfigMistake[];
}

interface ParsedRecord {
  readonly record: readonly string[];
  readonly raw: string;
  readonly info: { readonly lines: number };
}

/**
 * Never throws. Separators may be commas, semicolons or tabs: whichever the header has. Empty lines count as nothing, and so does what
 * spreadsheets leave where cells were cleared: rows and last columns without any text.
 */
export function readList(text: string, devices: readonly WrittenDevice[]): TagList {
  const mistakes: ConfigMistake[] = [];
  const add = (line: number, path: string, what: string): void =>
    void mistakes.push({ line, column: 1, path, text: what });
  const failed = (): TagList => ({ rows: [], keys: new Set(), mistakes });
  let records: readonly ParsedRecord[];
  try {
    records = parseRecords(text);
  } catch (error) {
    if (!(error instanceof CsvError)) throw error;
    add(
      Number((error as { lines?: unknown }).lines ?? 1),
      "",
      `${error.message}; correct the quotes or separators here`,
    );
    return failed();
  }
  const [header, ...body] = records.filter(({ record }) => record.some((cell) => cell.trim() !== ""));
  if (header === undefined) {
    add(1, "", "the list is empty; its first line names the columns: path,device,address,type");
    return failed();
  }
  if (body.length > LIST_ROWS) {
    add(1, "", `the list has ${body.length} rows; write at most ${LIST_ROWS}`);
    return failed();
  }
  const unnamedFrom = header.record.findLastIndex((cell) => cell.trim() !== "") + 1;
  const columns = columnsOf(header.record.slice(0, unnamedFrom), (name, what) => add(firstLineOf(header), name, what));
  if (columns === undefined) return failed();
  const byName = new Map(devices.map((device) => [device.name, device]));
  const lines = new Map<string, number>();
  const rows: ListRow[] = [];
  for (const record of body) {
    const line = firstLineOf(record);
    if (record.record.slice(unnamedFrom).some((cell) => cell.trim() !== "")) {
      add(line, "", "has a cell in a column without a name; write its name in the header, or correct the separators");
      continue;
    }
    if (record.record.length !== header.record.length) {
      add(
        line,
        "",
        `has ${record.record.length} cells where the header has ${header.record.length}; correct the separators`,
      );
      continue;
    }
    const row = rowOf(record.record, line, columns, byName, (column, what) => add(line, column, what));
    if (row === undefined) continue;
    const name = JSON.stringify([row.device, row.tag.path]);
    const other = lines.get(name);
    if (other !== undefined) {
      add(line, "path", `is the tag of line ${other} again; remove one of the two`);
      continue;
    }
    lines.set(name, line);
    rows.push(row);
  }
  return { rows, keys: new Set(columns.flatMap(({ name, key }) => (name === DEVICE_COLUMN ? [] : [key]))), mistakes };
}

/** What some programs put before the header so that a spreadsheet knows the separator. */
const SEPARATOR_LINE = /^\ufeff?sep=([,;\t])[,;\t]*\r?$/;

function parseRecords(text: string): readonly ParsedRecord[] {
  const [firstLine = ""] = text.split("\n", 1);
  const separator = SEPARATOR_LINE.exec(firstLine)?.[1];
  const delimiter =
    separator ?? [";", "\t"].find((each) => firstLine.includes(each) && !firstLine.includes(",")) ?? ",";
  const options = {
    delimiter,
    bom: true,
    info: true,
    raw: true,
    relax_column_count: true,
    skip_empty_lines: true,
    max_record_size: RECORD_CHARACTERS,
  };
  const records = parse(text, options) as unknown as readonly ParsedRecord[];
  return separator === undefined ? records : records.slice(1);
}

function firstLineOf({ raw, info }: ParsedRecord): number {
  const breaks = raw.replace(/^[\r\n]+|[\r\n]+$/g, "").match(/\r\n|\n|\r/g)?.length ?? 0;
  return Math.max(1, info.lines - breaks);
}

/** @returns undefined if rows cannot be understood with these. */
function columnsOf(
  header: readonly string[],
  add: (name: string, what: string) => void,
): readonly Column[] | undefined {
  const columns: Column[] = [];
  const names = header.map((cell) => cell.trim());
  for (const name of names) {
    const known = COLUMNS.get(name);
    if (known !== undefined) columns.push(known);
    else {
      const meant = closestWord(name, [...COLUMNS.keys()]);
      add(
        name,
        meant === undefined
          ? "is no column of a tag list; remove it, see docs/tags.md"
          : `is no column; did you mean ${meant}?`,
      );
    }
  }
  const missing = [...["path", DEVICE_COLUMN, "address"], ...columns.flatMap(otherHalf)].filter(
    (name) => !names.includes(name),
  );
  for (const name of missing) add(name, "this column is missing; add it");
  const twice = names.filter((name, index) => names.indexOf(name) !== index);
  for (const name of twice) add(name, "this column is there twice; remove one of the two");
  return columns.length === names.length && missing.length === 0 && twice.length === 0 ? columns : undefined;
}

function otherHalf({ key, part }: Column): string[] {
  return part === "whole"
    ? []
    : [...COLUMNS.values()].filter((each) => each.key === key && each.part !== part).map(({ name }) => name);
}

function rowOf(
  cells: readonly string[],
  line: number,
  columns: readonly Column[],
  devices: ReadonlyMap<string, WrittenDevice>,
  add: (column: string, what: string) => void,
): ListRow | undefined {
  const cellOfColumn = (name: string): string => cells[columns.findIndex((column) => column.name === name)] ?? "";
  const name = unguard(cellOfColumn(DEVICE_COLUMN));
  const device = devices.get(name);
  if (device === undefined) {
    const meant = closestWord(
      name,
      [...devices.keys()].filter((each) => each !== CALCULATED),
    );
    add(
      DEVICE_COLUMN,
      `there is no device ${JSON.stringify(name)} in the configuration; ${meant === undefined ? "add it there first" : `did you mean ${meant}?`}`,
    );
    return undefined;
  }
  const isCalculated = device.kind === "calculated";
  if (isCalculated && cellOfColumn("expression") === "") {
    add(DEVICE_COLUMN, "is empty; write it, or for a calculated tag its expression");
    return undefined;
  }
  const tag: Record<string, unknown> = {};
  let isGood = true;
  for (const [index, column] of columns.entries()) {
    if (column.name === DEVICE_COLUMN) continue;
    const cell = cells[index] ?? "";
    const foreign = cell === "" ? undefined : foreignTo(device, column);
    if (foreign !== undefined) {
      isGood = false;
      add(column.name, foreign);
      continue;
    }
    const read = cellValue(cell, column, device.tagShape);
    if ("mistake" in read) {
      isGood = false;
      add(column.name, read.mistake);
    } else if (column.part === "whole") {
      if (read.value !== undefined) tag[column.key] = read.value;
    } else {
      const range = (tag[column.key] ?? [undefined, undefined]) as unknown[];
      range[column.part === "low" ? 0 : 1] = read.value;
      tag[column.key] = range;
    }
  }
  for (const key of ["range", "rawRange"]) {
    const ends = tag[key] as readonly unknown[] | undefined;
    if (ends === undefined) continue;
    const given = ends.filter((end) => end !== undefined).length;
    if (given === 0) delete tag[key];
    if (given !== 1) continue;
    isGood = false;
    add(key === "range" ? "rangeLow" : "rawLow", "one of the two ends is missing; write both or none");
  }
  for (const key of isCalculated ? ["path", ...CALCULATED_ONLY] : ["path", "address"]) {
    if (cellOfColumn(key) !== "") continue;
    isGood = false;
    add(key, "is empty; write it");
  }
  return isGood ? { line, device: name, tag: tag as ListRow["tag"] } : undefined;
}

/** Why a tag of this kind has no such key. Which keys a driver knows is said with the value. */
function foreignTo({ kind }: WrittenDevice, { key }: Column): string | undefined {
  if (kind === "calculated")
    return CALCULATED_KEYS.has(key) ? undefined : "a calculated tag has no such key; leave the cell empty";
  return CALCULATED_ONLY.includes(key)
    ? "is for calculated tags, which belong to no device; leave this cell or that of the device empty"
    : undefined;
}
