/** Gathers the samples of one read, answer by answer.
 *  answers → convert → [reading] → samples in the order of the plan */
import { StatusCode } from "@nonreturn/wire-format";
import { hexWords } from "../hex-words.ts";
import { PlanReading } from "../plan-reading.ts";
import type { Block } from "./block.ts";
import type { Item } from "./pack-requests.ts";
import type { S7Plan } from "./plan.ts";

export class Reading extends PlanReading<S7Plan> {
  /** Blocks longer than a reply, and how many of their bytes have come. */
  readonly #partial = new Map<Block, { readonly bytes: Uint8Array; missing: number }>();

  /** Every tag of the block, with one timestamp: the instant its last bytes were received. @param from  where the item's bytes begin in the answer. */
  takeItem({ block, start, quantity }: Item, answer: DataView, from: number): void {
    if (quantity === block.quantity) {
      this.#convert(block, answer, from);
      return;
    }
    const partial = this.#partial.get(block) ?? { bytes: new Uint8Array(block.quantity), missing: block.quantity };
    this.#partial.set(block, partial);
    partial.bytes.set(bytesOf(answer, from, quantity), start - block.start);
    partial.missing -= quantity;
    if (partial.missing === 0) this.#convert(block, new DataView(partial.bytes.buffer), 0);
  }

  #convert(block: Block, bytes: DataView, from: number): void {
    const now = this.clock.nowUtcMicros();
    const { layout, members } = block;
    for (let index = 0; index < members.length; index++) {
      const row = layout.rows[index]!;
      const at = from + layout.offsets[index]!;
      if (this.wantsRaw) this.raw(row, hexWords(bytesOf(bytes, at, members[index]!.place.quantity)));
      const value = layout.conversions[index]!(bytes, at);
      if (value === undefined)
        this.bad(row, StatusCode.BadDataEncodingInvalid, "the bytes are no value of this type and length", now);
      else this.good(row, value, now);
    }
  }
}

function bytesOf({ buffer, byteOffset }: DataView, from: number, quantity: number): Uint8Array {
  return new Uint8Array(buffer, byteOffset + from, quantity);
}
