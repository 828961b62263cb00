/** Gathers the samples of one read, reply by reply.
 *  replies → convert → [reading] → samples in the order of the plan */
import { StatusCode } from "@nonreturn/wire-format";
import { hexWords } from "../hex-words.ts";
import { PlanReading } from "../plan-reading.ts";
import type { Block } from "./block.ts";
import type { ModbusPlan } from "./plan.ts";

export class Reading extends PlanReading<ModbusPlan> {
  /** Every tag of the block, from one reply and with one timestamp: the instant it was received. */
  takeReply(block: Block, bytes: Uint8Array): void {
    const now = this.clock.nowUtcMicros();
    const { layout, members } = block;
    for (let index = 0; index < members.length; index++) {
      const row = layout.rows[index]!;
      const at = layout.offsets[index]!;
      const convert = layout.conversions[index];
      if (convert === undefined) {
        const bit = (bytes[at >> 3]! >>> (at & 7)) & 1;
        this.good(row, bit === 1, now);
        if (this.wantsRaw) this.raw(row, String(bit));
        continue;
      }
      const value = convert(bytes, at * 2);
      if (this.wantsRaw) {
        const { quantity } = members[index]!.place;
        this.raw(row, hexWords(bytes.subarray(at * 2, (at + quantity) * 2)));
      }
      if (value === undefined) this.bad(row, StatusCode.BadDataEncodingInvalid, "the bytes are no such text", now);
      else this.good(row, value, now);
    }
  }
}
