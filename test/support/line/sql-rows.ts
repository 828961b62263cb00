/** What SQL says, row by row, as facts.
 *  nonreturn-it sql, history tables → [SQL rows] → compare samples */
import type { DataType } from "@nonreturn/wire-format";
import { openHistoryTables } from "../../../packages/it-receiver/src/sql/history-tables.ts";
import { microsOf } from "./mqtt-witness.ts";
import { type SampleFact, valueBits, valueOfJson } from "./sample-fact.ts";

export interface SqlSample extends SampleFact {
  readonly tagId: number;
  readonly journalEpoch: number;
}

export const SQL_STATEMENT =
  "SELECT path, timestamp, time, value_text, value_kind, status_code, quality, unit, data_type, tag_id, journal_epoch FROM samples";

export interface SqlRow {
  readonly path: string;
  readonly timestamp: number;
  readonly time: string;
  readonly value_text: string | null;
  readonly value_kind: string;
  readonly status_code: number;
  readonly quality: string;
  readonly unit: string;
  readonly data_type: DataType;
  readonly tag_id: number;
  readonly journal_epoch: number;
}

/** One moment of the historian, read in this process. None while the station has not made its file. */
export function readHistorian(dataFolder: string): SqlSample[] {
  const tables = openHistoryTables(dataFolder);
  try {
    return (tables.database.prepare(SQL_STATEMENT).all() as SqlRow[]).map(factOf);
  } finally {
    tables.close();
  }
}

/** What `nonreturn-it sql --json` printed. */
export function parseSqlOutput(output: string): SqlSample[] {
  return output
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => factOf(JSON.parse(line) as SqlRow));
}

/** @throws if the row contradicts itself. */
function factOf(row: SqlRow): SqlSample {
  if (microsOf(row.time) !== row.timestamp) throw new Error(`${row.path}: ${row.time} is not ${row.timestamp}`);
  if (row.quality !== ["good", "uncertain", "bad", "bad"][row.status_code >>> 30])
    throw new Error(`${row.path}: status ${row.status_code} is not ${row.quality}`);
  return {
    path: row.path,
    timestamp: row.timestamp,
    value: valueBits(valueOfRow(row)),
    statusCode: row.status_code,
    unit: row.unit,
    tagId: row.tag_id,
    journalEpoch: row.journal_epoch,
  };
}

function valueOfRow({ value_text: text, value_kind: kind, data_type: dataType }: SqlRow) {
  if (kind === "none" || text === null) return null;
  if (kind === "boolean") return text === "true";
  if (kind === "array")
    return valueOfJson(JSON.parse(text, asWritten as (key: string, value: unknown) => unknown), dataType, 0);
  // A scaled 64-bit integer is a number; its kind says so.
  return valueOfJson(text, dataType, kind === "bigint" || kind === "string" ? 0 : 1);
}

/** Digits as text where a double would not hold them. */
function asWritten(_key: string, value: unknown, { source }: { readonly source?: string }): unknown {
  return typeof value === "number" && !Number.isSafeInteger(value) && /^-?\d+$/.test(source ?? "") ? source : value;
}
