/** Gathers the samples of one read, reply by reply.
 *  replies → convert → [reading] → samples in the order of the plan */
import { StatusCode, type UtcMicros } from "@nonreturn/wire-format";
import { PlanReading } from "../plan-reading.ts";
import { writeType } from "./cip-type.ts";
import { judge } from "./cursor.ts";
import type { EthernetIpPlan } from "./plan.ts";
import { hexBytes, type TagBytes } from "./read-reply.ts";
import { layOutReply } from "./reply-layout.ts";
import type { ReplyLayout, TagRead } from "./tag-read.ts";

export class Reading extends PlanReading<EthernetIpPlan> {
  /** Every tag of the read, from one complete reply. @param now  when it was received. */
  takeReply(read: TagRead, reply: TagBytes, now: UtcMicros): void {
    const layout = layoutOf(read, reply);
    if ("damage" in layout) {
      this.fail(read, StatusCode.BadDecodingError, `damaged reply: ${layout.damage}`);
      return;
    }
    const { bytes, type } = reply;
    for (const { row, from, to, convert } of layout.fields) {
      const begin = reply.from + from;
      const end = reply.from + to;
      if (this.wantsRaw) this.raw(row, `${writeType(type)} ${hexBytes(bytes.subarray(begin, end))}`);
      if (typeof convert !== "function") {
        this.bad(row, StatusCode.BadTypeMismatch, convert.why, now);
        continue;
      }
      const value = convert(bytes, begin, end);
      if (value === undefined) this.bad(row, StatusCode.BadDataEncodingInvalid, "the bytes are no such text", now);
      else this.good(row, value, now);
    }
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
