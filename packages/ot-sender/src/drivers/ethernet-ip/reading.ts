/** Gathers the samples of one read, reply by reply.
 *  replies → convert → [reading] → samples in the order of the plan */
import type { Clock } from "@nonreturn/station";
import { type Sample, StatusCode, type UtcMicros } from "@nonreturn/wire-format";
import type { RawReading } from "../driver.ts";
import { writeType } from "./cip-type.ts";
import { convert } from "./convert.ts";
import { judge } from "./cursor.ts";
import type { EthernetIpPlan } from "./plan.ts";
import { elementBytes, hexBytes, type TagBytes } from "./read-reply.ts";
import type { TagRead } from "./tag-read.ts";

export class Reading {
  readonly plan: EthernetIpPlan;
  readonly #clock: Clock;
  readonly #samples: Sample[];
  readonly #raw: string[] | undefined;
  readonly #reasons: string[] | undefined;

  constructor(plan: EthernetIpPlan, clock: Clock, wanted: "samples" | "samples and bytes") {
    this.plan = plan;
    this.#clock = clock;
    const { tagIds, refused, placedCount } = plan;
    const now = clock.nowUtcMicros();
    this.#samples = new Array<Sample>(tagIds.length);
    if (wanted === "samples and bytes") {
      this.#raw = new Array<string>(tagIds.length).fill("");
      this.#reasons = new Array<string>(tagIds.length).fill("");
    }
    for (const [index, { statusCode, reason }] of refused.entries())
      this.#fail(placedCount + index, statusCode, reason, now);
  }

  /** Every tag of the read, from one complete reply and with one timestamp: the instant it was received. */
  take(read: TagRead, reply: TagBytes): void {
    const now = this.#clock.nowUtcMicros();
    const each = judge(() => elementBytes(reply, read.elements));
    if (typeof each !== "number") {
      this.fail(read, StatusCode.BadDecodingError, `damaged reply: ${each.damage}`);
      return;
    }
    for (const { row, place } of read.members) {
      const offset = (place.index ?? 0) - (read.first ?? 0);
      const element = each === 0 ? reply.bytes : reply.bytes.subarray(offset * each, (offset + place.elements) * each);
      const converted = convert(place.conversion, reply.type, element, each);
      if (this.#raw !== undefined) this.#raw[row] = `${writeType(reply.type)} ${hexBytes(element)}`;
      switch (converted.kind) {
        case "value":
          this.#set(row, {
            tagId: this.#tagId(row),
            value: converted.value,
            statusCode: StatusCode.Good,
            sourceTimestamp: now,
          });
          break;
        case "mistyped":
          this.#fail(row, StatusCode.BadTypeMismatch, converted.why, now);
          break;
        case "undecodable":
          this.#fail(row, StatusCode.BadDataEncodingInvalid, converted.why, now);
          break;
      }
    }
  }

  fail(read: TagRead, statusCode: number, reason: string): void {
    const now = this.#clock.nowUtcMicros();
    for (const { row } of read.members) this.#fail(row, statusCode, reason, now);
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
