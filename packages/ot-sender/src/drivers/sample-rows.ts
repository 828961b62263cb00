/** One sample for each row of a plan, filled in reply by reply.
 *  driver → [sample rows] → columns in the order of the plan */
import {
  type OpenColumns,
  openColumns,
  type Sample,
  type SampleColumns,
  StatusCode,
  sampleAt,
  setValue,
  type UtcMicros,
  type Value,
} from "@nonreturn/wire-format";
import type { RawReading, ReadPlan } from "./driver.ts";

/**
 * Columns from the beginning: numbers and booleans become no objects between a reply and the report. Rows of the refused tags, which are the
 * last of the plan, are Bad from the start. Every other row is for the driver to fill; one that it forgets is Bad.
 */
export class SampleRows {
  readonly #columns: OpenColumns;
  readonly #raw: string[] | undefined;
  readonly #reasons: string[] | undefined;

  constructor({ tagIds, refused }: ReadPlan, now: UtcMicros, wanted: "samples" | "samples and raw") {
    const count = tagIds.length;
    this.#columns = openColumns(count);
    this.#columns.tagIds.set(tagIds);
    this.#columns.timestamps.fill(now);
    this.#columns.statusCodes.fill(StatusCode.BadWaitingForInitialData);
    if (wanted === "samples and raw") {
      this.#raw = new Array<string>(count).fill("");
      this.#reasons = new Array<string>(count).fill("");
    }
    const first = count - refused.length;
    for (const [index, { statusCode, reason }] of refused.entries()) this.bad(first + index, statusCode, reason, now);
  }

  /** Whether somebody wants to see what the device sent. */
  get wantsRaw(): boolean {
    return this.#raw !== undefined;
  }

  good(row: number, value: Value, now: UtcMicros): void {
    this.#set(row, value, StatusCode.Good, now);
    if (this.#reasons !== undefined) this.#reasons[row] = "";
  }

  bad(row: number, statusCode: number, reason: string, now: UtcMicros): void {
    this.#set(row, null, statusCode, now);
    if (this.#reasons !== undefined) this.#reasons[row] = reason;
  }

  /** With the device's own time and status. */
  put(row: number, value: Value | null, statusCode: number, timestamp: UtcMicros, reason: string): void {
    this.#set(row, value, statusCode, timestamp);
    if (this.#reasons !== undefined) this.#reasons[row] = reason;
  }

  /** A sample that the driver made itself. */
  take(row: number, { value, statusCode, sourceTimestamp }: Sample, reason: string): void {
    this.put(row, value, statusCode, sourceTimestamp, reason);
  }

  /** What the device sent for a row, as text. */
  raw(row: number, text: string): void {
    if (this.#raw !== undefined) this.#raw[row] = text;
  }

  columns(): SampleColumns {
    return this.#columns;
  }

  rawReadings(): readonly RawReading[] {
    return Array.from({ length: this.#columns.count }, (_, row) => ({
      sample: sampleAt(this.#columns, row),
      raw: this.#raw?.[row] ?? "",
      reason: this.#reasons?.[row] ?? "",
    }));
  }

  #set(row: number, value: Value | null, statusCode: number, timestamp: UtcMicros): void {
    const columns = this.#columns;
    columns.timestamps[row] = timestamp;
    columns.statusCodes[row] = statusCode;
    setValue(columns, row, value);
  }
}
