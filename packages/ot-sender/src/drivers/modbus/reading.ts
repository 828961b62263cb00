/** Gathers the samples of one read, reply by reply.
 *  replies → convert → [reading] → samples in the order of the plan */
import type { Clock } from "@nonreturn/station";
import { type SampleColumns, StatusCode } from "@nonreturn/wire-format";
import type { RawReading } from "../driver.ts";
import { SampleRows } from "../sample-rows.ts";
import type { Block } from "./block.ts";
import type { ModbusPlan } from "./plan.ts";

export class Reading {
  readonly plan: ModbusPlan;
  readonly #clock: Clock;
  readonly #rows: SampleRows;

  constructor(plan: ModbusPlan, clock: Clock, wanted: "samples" | "samples and raw") {
    this.plan = plan;
    this.#clock = clock;
    this.#rows = new SampleRows(plan, clock.nowUtcMicros(), wanted);
  }

  /** Every tag of the block, from one reply and with one timestamp: the instant it was received. */
  take(block: Block, bytes: Uint8Array): void {
    const now = this.#clock.nowUtcMicros();
    const rows = this.#rows;
    const { layout, members } = block;
    for (let index = 0; index < members.length; index++) {
      const row = layout.rows[index]!;
      const at = layout.offsets[index]!;
      const convert = layout.conversions[index];
      if (convert === undefined) {
        const bit = (bytes[at >> 3]! >>> (at & 7)) & 1;
        rows.good(row, bit === 1, now);
        if (rows.wantsRaw) rows.raw(row, String(bit));
        continue;
      }
      const value = convert(bytes, at * 2);
      if (rows.wantsRaw) {
        const { quantity } = members[index]!.place;
        rows.raw(row, hexRegisters(bytes.subarray(at * 2, (at + quantity) * 2)));
      }
      if (value === undefined) rows.bad(row, StatusCode.BadDataEncodingInvalid, "the bytes are no such text", now);
      else rows.good(row, value, now);
    }
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
}

/** "42C8 0000" */
function hexRegisters(bytes: Uint8Array): string {
  return Buffer.from(bytes)
    .toString("hex")
    .toUpperCase()
    .replace(/(.{4})(?=.)/g, "$1 ");
}
