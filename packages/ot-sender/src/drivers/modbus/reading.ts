/** Gathers the samples of one read, reply by reply.
 *  replies → convert → [reading] → samples in the order of the plan */
import type { Clock } from "@nonreturn/station";
import { type Sample, StatusCode, type UtcMicros } from "@nonreturn/wire-format";
import type { RawReading } from "../driver.ts";
import type { Block } from "./block.ts";
import type { ModbusPlan } from "./plan.ts";

export class Reading {
  readonly plan: ModbusPlan;
  readonly #clock: Clock;
  readonly #samples: Sample[];
  readonly #raw: string[] | undefined;
  readonly #reasons: string[] | undefined;

  constructor(plan: ModbusPlan, clock: Clock, wanted: "samples" | "samples and registers") {
    this.plan = plan;
    this.#clock = clock;
    const { tagIds, members, refused } = plan;
    const now = clock.nowUtcMicros();
    this.#samples = new Array<Sample>(tagIds.length);
    if (wanted === "samples and registers") {
      this.#raw = new Array<string>(tagIds.length).fill("");
      this.#reasons = new Array<string>(tagIds.length).fill("");
    }
    for (const [index, { statusCode, reason }] of refused.entries())
      this.#fail(members.length + index, statusCode, reason, now);
  }

  /** Every tag of the block, from one reply and with one timestamp: the instant it was received. */
  take(block: Block, bytes: Uint8Array): void {
    const now = this.#clock.nowUtcMicros();
    for (const { row, place } of block.members) {
      const at = place.start - block.start;
      if (place.convert === undefined) {
        const bit = (bytes[at >> 3]! >>> (at & 7)) & 1;
        this.#set(row, {
          tagId: this.#tagId(row),
          value: bit === 1,
          statusCode: StatusCode.Good,
          sourceTimestamp: now,
        });
        if (this.#raw !== undefined) this.#raw[row] = String(bit);
        continue;
      }
      const value = place.convert(bytes, at * 2);
      if (this.#raw !== undefined) this.#raw[row] = hexRegisters(bytes.subarray(at * 2, (at + place.quantity) * 2));
      if (value === undefined) this.#fail(row, StatusCode.BadDataEncodingInvalid, "the bytes are no such text", now);
      else this.#set(row, { tagId: this.#tagId(row), value, statusCode: StatusCode.Good, sourceTimestamp: now });
    }
  }

  fail(block: Block, statusCode: number, reason: string): void {
    const now = this.#clock.nowUtcMicros();
    for (const { row } of block.members) this.#fail(row, statusCode, reason, now);
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

  #fail(row: number, statusCode: number, reason: string, now: UtcMicros): void {
    this.#set(row, { tagId: this.#tagId(row), value: null, statusCode, sourceTimestamp: now });
    if (this.#reasons !== undefined) this.#reasons[row] = reason;
  }

  #set(row: number, sample: Sample): void {
    this.#samples[row] = sample;
    if (this.#reasons !== undefined) this.#reasons[row] = "";
  }

  #tagId(row: number): number {
    return this.plan.tagIds[row]!;
  }
}

/** "42C8 0000" */
function hexRegisters(bytes: Uint8Array): string {
  return Buffer.from(bytes)
    .toString("hex")
    .toUpperCase()
    .replace(/(.{4})(?=.)/g, "$1 ");
}
