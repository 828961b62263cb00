/** A plant that goes on all day at one rate: every tag once a second, in two scans that follow each other.
 *  seed → [steady plant] → filled store, backlog process, far sides' checks */
import { hash32 } from "../../../hardware-sim/src/index.ts";
import { type SampleColumns, SampleColumnsBuilder } from "../../../packages/wire-format/src/index.ts";
import { generatedSignals, STEPS } from "../plant/signals.ts";
import { lineTags } from "../publishers/bench-plant.ts";

export const SCANS_PER_SECOND = 2;
/** samples/s; four hours of more take longer than four minutes on a busy machine of two cores. */
export const LIVE_RATE = Number(process.env.BENCH_RATE ?? 500);
export const SAMPLES_PER_SCAN = LIVE_RATE / SCANS_PER_SECOND;
export const SCAN_MS = 1000 / SCANS_PER_SECOND;

/** Tag ids 1 … LIVE_RATE; each scan reads one device. */
export const STEADY_TAGS = lineTags(LIVE_RATE, SAMPLES_PER_SCAN);

const signals = generatedSignals(1);

/** What one scan reads. @param scan  counts on through backlog and live data. @param time  microseconds */
export function steadyScan(scan: number, time: number): SampleColumns {
  const builder = new SampleColumnsBuilder(SAMPLES_PER_SCAN);
  const first = (scan % SCANS_PER_SECOND) * SAMPLES_PER_SCAN;
  const step = Math.floor(scan / SCANS_PER_SECOND);
  for (let index = first; index < first + SAMPLES_PER_SCAN; index++) {
    const signal = signals[index % signals.length]!;
    builder.push(index + 1, signal[(step + hash32(index + 1, "offset")) & (STEPS - 1)]!, 0, time);
  }
  return builder.take();
}
