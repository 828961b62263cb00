/** Gathers the samples of one read, reply by reply.
 *  replies → convert → [reading] → samples in the order of the plan */
import type { Clock } from "@nonreturn/station";
import { type SampleColumns, StatusCode, type UtcMicros } from "@nonreturn/wire-format";
import type { RawReading } from "../driver.ts";
import { SampleRows } from "../sample-rows.ts";
import { writeType } from "./cip-type.ts";
import { convert } from "./convert.ts";
import { judge } from "./cursor.ts";
import type { EthernetIpPlan } from "./plan.ts";
import { elementBytes, hexBytes, type TagBytes } from "./read-reply.ts";
import type { TagRead } from "./tag-read.ts";

export class Reading {
  readonly plan: EthernetIpPlan;
  readonly #clock: Clock;
  readonly #rows: SampleRows;

  constructor(plan: EthernetIpPlan, clock: Clock, wanted: "samples" | "samples and raw") {
    this.plan = plan;
    this.#clock = clock;
    this.#rows = new SampleRows(plan, clock.nowUtcMicros(), wanted);
  }

  /** Every tag of the read, from one complete reply. @param now  when it was received. */
  take(read: TagRead, reply: TagBytes, now: UtcMicros): void {
    const each = judge(() => elementBytes(reply, read.elements));
    if (typeof each !== "number") {
      this.fail(read, StatusCode.BadDecodingError, `damaged reply: ${each.damage}`);
      return;
    }
    const rows = this.#rows;
    for (const { row, place } of read.members) {
      const offset = (place.index ?? 0) - (read.first ?? 0);
      const isWhole = each === 0 || place.elements === read.elements;
      const element = isWhole ? reply.bytes : reply.bytes.subarray(offset * each, (offset + place.elements) * each);
      const converted = convert(place.conversion, reply.type, element, each);
      if (rows.wantsRaw) rows.raw(row, `${writeType(reply.type)} ${hexBytes(element)}`);
      if (converted.kind === "value") rows.good(row, converted.value, now);
      else rows.bad(row, STATUS_OF[converted.kind], converted.why, now);
    }
  }

  fail(read: TagRead, statusCode: number, reason: string): void {
    const now = this.#clock.nowUtcMicros();
    for (const { row } of read.members) this.#rows.bad(row, statusCode, reason, now);
  }

  columns(): SampleColumns {
    return this.#rows.columns();
  }

  rawReadings(): readonly RawReading[] {
    return this.#rows.rawReadings();
  }
}

const STATUS_OF = {
  mistyped: StatusCode.BadTypeMismatch,
  undecodable: StatusCode.BadDataEncodingInvalid,
} as const;
