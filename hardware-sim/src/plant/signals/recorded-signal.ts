/** One column of a recording, played back in its own time and looped.
 *  CSV → recording → [recorded signal] → register value */
import type { Recording } from "./recording.ts";
import { roundTo, type Signal } from "./signal.ts";

/** @param speed 10 plays ten times as fast. */
export function recordedSignal(recording: Recording, column: Float64Array, speed: number, resolution: number): Signal {
  const { offsetsMs, lengthMs } = recording;
  return {
    at(timeMs) {
      const position = (timeMs * speed) % lengthMs;
      return roundTo(column[rowAt(offsetsMs, position)] ?? 0, resolution);
    },
  };
}

/** The last row at or before the position. */
function rowAt(offsetsMs: Float64Array, position: number): number {
  let low = 0;
  let high = offsetsMs.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (offsetsMs[middle]! <= position) low = middle;
    else high = middle - 1;
  }
  return low;
}
