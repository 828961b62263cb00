/** Puts a mark among a tag's samples where something is known to be missing: Bad, without a value, at the time from which on it is missing.
 *  historian, missing times → [mark gaps] → history of REST, OPC UA
 *  Source: OPC UA Part 11 §4.3: a historian reports gaps with Bad_DataLost, at the time of the interruption. */
import { StatusCode, type UtcMicros } from "@nonreturn/wire-format";
import type { HistorySample, MissingTime } from "./publisher.ts";

/** Where marks stand in a range that begins at `from`, ascending; what began before it is marked at its beginning. */
export function marksOf(missing: readonly Pick<MissingTime, "from">[], from: UtcMicros): UtcMicros[] {
  const marks = missing.map((one) => Math.max(from, one.from)).sort((a, b) => a - b);
  return marks.filter((at, index) => at !== marks[index - 1]);
}

/** @param samples  ascending by time. @param marks  ascending; those before `from` are left out. A mark comes behind the samples of its own time. */
export function* markGaps(
  samples: Iterable<HistorySample>,
  marks: readonly UtcMicros[],
  from: UtcMicros,
): Generator<HistorySample, void, void> {
  let next = firstFrom(marks, from);
  for (const sample of samples) {
    while (next < marks.length && marks[next]! < sample.sourceTimestamp) yield markAt(marks[next++]!);
    yield sample;
  }
  while (next < marks.length) yield markAt(marks[next++]!);
}

/** Index of the first that is ≥ at. */
function firstFrom(marks: readonly UtcMicros[], at: UtcMicros): number {
  let [low, high] = [0, marks.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (marks[middle]! < at) low = middle + 1;
    else high = middle;
  }
  return low;
}

function markAt(sourceTimestamp: UtcMicros): HistorySample {
  return { value: null, statusCode: StatusCode.BadDataLost, sourceTimestamp };
}
