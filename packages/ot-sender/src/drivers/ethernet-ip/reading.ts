/** Gathers the samples of one read, reply by reply.
 *  replies → convert → [reading] → samples in the order of the plan */
import type { Clock } from "@nonreturn/station";
import { type SampleColumns, StatusCode, type UtcMicros } from "@nonreturn/wire-format";
import type { RawReading } from "../driver.ts";
import { SampleRows } from "../sample-rows.ts";
import { writeType } from "./cip-type.ts";
import { judge } from "./cursor.ts";
import type { EthernetIpPlan } from "./plan.ts";
import { hexBytes, type TagBytes } from "./read-reply.ts";
import { layOutReply } from "./reply-layout.ts";
import type { ReplyLayout, TagRead } from "./tag-read.ts";

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
    const layout = layoutOf(read, reply);
    if ("damage" in layout) {
      this.fail(read, StatusCode.BadDecodingError, `damaged reply: ${layout.damage}`);
      return;
    }
    const rows = this.#rows;
    const { bytes, type } = reply;
    for (const { row, from, to, convert } of layout.fields) {
      const begin = reply.from + from;
      const end = reply.from + to;
      if (rows.wantsRaw) rows.raw(row, `${writeType(type)} ${hexBytes(bytes.subarray(begin, end))}`);
      if (typeof convert !== "function") {
        rows.bad(row, StatusCode.BadTypeMismatch, convert.why, now);
        continue;
      }
      const value = convert(bytes, begin, end);
      if (value === undefined) rows.bad(row, StatusCode.BadDataEncodingInvalid, "the bytes are no such text", now);
      else rows.good(row, value, now);
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

/** Made anew only where a reply is another than the last. */
function layoutOf(read: TagRead, reply: TagBytes): ReplyLayout | { readonly damage: string } {
  const { layout } = read;
  if (layout !== undefined && layout.type === reply.type && layout.length === reply.to - reply.from) return layout;
  const made = judge(() => layOutReply(read, reply));
  if (!("damage" in made)) read.layout = made;
  return made;
}
