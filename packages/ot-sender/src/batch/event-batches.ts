/** Cuts alarm events into batches that the link carries.
 *  alarms → [event batches] → recorder → journal */
import type { AlarmChange } from "../alarm/alarm-settings.ts";

/** Of one batch, by the estimate below: an event without long texts takes about 60. */
const BATCH_BYTES = 32 * 1024;
const EVENT_BYTES = 40;

/** In order; a batch has at least one event, however long its texts. */
export function eventBatches(events: readonly AlarmChange[]): AlarmChange[][] {
  const batches: AlarmChange[][] = [];
  let bytes = Number.POSITIVE_INFINITY;
  for (const event of events) {
    const more = estimateBytes(event);
    if (bytes + more > BATCH_BYTES) {
      batches.push([]);
      bytes = 0;
    }
    batches.at(-1)!.push(event);
    bytes += more;
  }
  return batches;
}

function estimateBytes({ condition, text, value }: AlarmChange): number {
  return EVENT_BYTES + condition.length + 3 * (text.length + (typeof value === "string" ? value.length : 0));
}
