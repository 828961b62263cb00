/** How long live samples take until the far side holds them.
 *  runner → [publish latency] → figures */
import type { UtcMicros } from "@nonreturn/wire-format";
import { RecentLatency } from "./latency-histogram.ts";
import type { TakenBatch } from "./take-batch.ts";

export class PublishLatency {
  /** From their source timestamp, in ms. Includes how far the two stations' clocks differ. */
  readonly source = new RecentLatency();
  /** From the moment their block was sealed. */
  readonly sealed = new RecentLatency();

  /** Recent latency covers the last turns: call this at a steady pace. */
  turn(): void {
    this.source.turn();
    this.sealed.turn();
  }

  record({ entries, sealedAt }: TakenBatch, now: UtcMicros): void {
    entries.forEach(({ samples }, index) => {
      this.sealed.record((now - sealedAt[index]!) / 1000, samples.count);
      // Samples of one scan share their timestamp: one bucket look-up per run.
      for (let row = 0; row < samples.count; ) {
        const timestamp = samples.timestamps[row]!;
        let end = row + 1;
        while (end < samples.count && samples.timestamps[end] === timestamp) end++;
        this.source.record((now - timestamp) / 1000, end - row);
        row = end;
      }
    });
  }
}
