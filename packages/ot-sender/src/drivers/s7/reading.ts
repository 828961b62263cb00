/** Gathers the samples of one read, answer by answer.
 *  answers → convert → [reading] → samples in the order of the plan */
import type { Clock } from "@nonreturn/station";
import { type SampleColumns, StatusCode } from "@nonreturn/wire-format";
import type { RawReading } from "../driver.ts";
import { SampleRows } from "../sample-rows.ts";
import type { Block } from "./block.ts";
import type { Item } from "./pack-requests.ts";
import type { S7Plan } from "./plan.ts";

export class Reading {
  readonly plan: S7Plan;
  readonly #clock: Clock;
  readonly #rows: SampleRows;
  /** Blocks longer than a reply, and how many of their bytes have come. */
  readonly #partial = new Map<Block, { readonly bytes: Uint8Array; missing: number }>();

  constructor(plan: S7Plan, clock: Clock, wanted: "samples" | "samples and raw") {
    this.plan = plan;
    this.#clock = clock;
    this.#rows = new SampleRows(plan, clock.nowUtcMicros(), wanted);
  }

  /** Every tag of the block, with one timestamp: the instant its last bytes were received. @param from  where the item's bytes begin in the answer. */
  take({ block, start, quantity }: Item, answer: DataView, from: number): void {
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

  fail(block: Block, statusCode: number, reason: string): void {
    const now = this.#clock.nowUtcMicros();
    for (const { row } of block.members) this.#rows.bad(row, statusCode, reason, now);
  }

  columns(): SampleColumns {
    return this.#rows.columns();
  }

  rawReadings(): readonly RawReading[] {
    return this.#rows.rawReadings();
  }

  #convert(block: Block, bytes: DataView, from: number): void {
    const now = this.#clock.nowUtcMicros();
    const rows = this.#rows;
    const { layout, members } = block;
    for (let index = 0; index < members.length; index++) {
      const row = layout.rows[index]!;
      const at = from + layout.offsets[index]!;
      if (rows.wantsRaw) rows.raw(row, hex(bytesOf(bytes, at, members[index]!.place.quantity)));
      const value = layout.conversions[index]!(bytes, at);
      if (value === undefined)
        rows.bad(row, StatusCode.BadDataEncodingInvalid, "the bytes are no value of this type and length", now);
      else rows.good(row, value, now);
    }
  }
}

function bytesOf({ buffer, byteOffset }: DataView, from: number, quantity: number): Uint8Array {
  return new Uint8Array(buffer, byteOffset + from, quantity);
}

/** "42C8 0000" */
function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes)
    .toString("hex")
    .toUpperCase()
    .replace(/(.{4})(?=.)/g, "$1 ");
}
