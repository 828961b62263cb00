/** One sample for each row of a plan, filled in reply by reply.
 *  driver → [sample rows] → samples in the order of the plan */
import { type Sample, StatusCode, type UtcMicros, type Value } from "@nonreturn/wire-format";
import type { RawReading, ReadPlan } from "./driver.ts";

/** Rows of the refused tags, which are the last of the plan, are Bad from the start. Every other row is for the driver to fill. */
export class SampleRows {
  readonly #tagIds: readonly number[];
  readonly #samples: Sample[];
  readonly #raw: string[] | undefined;
  readonly #reasons: string[] | undefined;

  constructor({ tagIds, refused }: ReadPlan, now: UtcMicros, wanted: "samples" | "samples and raw") {
    this.#tagIds = tagIds;
    this.#samples = new Array<Sample>(tagIds.length);
    if (wanted === "samples and raw") {
      this.#raw = new Array<string>(tagIds.length).fill("");
      this.#reasons = new Array<string>(tagIds.length).fill("");
    }
    const first = tagIds.length - refused.length;
    for (const [index, { statusCode, reason }] of refused.entries()) this.bad(first + index, statusCode, reason, now);
  }

  /** Whether somebody wants to see what the device sent. */
  get wantsRaw(): boolean {
    return this.#raw !== undefined;
  }

  good(row: number, value: Value, now: UtcMicros): void {
    this.#samples[row] = { tagId: this.#tagIds[row]!, value, statusCode: StatusCode.Good, sourceTimestamp: now };
    if (this.#reasons !== undefined) this.#reasons[row] = "";
  }

  bad(row: number, statusCode: number, reason: string, now: UtcMicros): void {
    this.#samples[row] = { tagId: this.#tagIds[row]!, value: null, statusCode, sourceTimestamp: now };
    if (this.#reasons !== undefined) this.#reasons[row] = reason;
  }

  /** A sample that the driver made itself: with the device's own time and status. */
  take(row: number, sample: Sample, reason: string): void {
    this.#samples[row] = sample;
    if (this.#reasons !== undefined) this.#reasons[row] = reason;
  }

  /** What the device sent for a row, as text. */
  raw(row: number, text: string): void {
    if (this.#raw !== undefined) this.#raw[row] = text;
  }

  samples(): readonly Sample[] {
    return this.#samples;
  }

  rawReadings(): readonly RawReading[] {
    return this.#samples.map((sample, row) => ({
      sample,
      raw: this.#raw?.[row] ?? "",
      reason: this.#reasons?.[row] ?? "",
    }));
  }
}
