import { SampleColumnsBuilder, type UtcMicros } from "@nonreturn/wire-format";
import { expect, test } from "vitest";
import { Level0 } from "../../../src/publishers/historian/level-0.ts";
import { decodeSegment, encodeSegment } from "../../../src/publishers/historian/segment.ts";

const TAGS = 20_000;
const NUMBERS = new Map(Array.from({ length: TAGS }, (_, tagId) => [tagId, tagId + 1]));

function segment(scan: number): Uint8Array {
  const builder = new SampleColumnsBuilder();
  for (let tagId = 0; tagId < TAGS; tagId++) {
    const sourceTimestamp = (1_700_000_000_000_000 + scan * 1_000_000) as UtcMicros;
    builder.push(tagId, scan + tagId / 10, 0, sourceTimestamp);
  }
  return encodeSegment([{ stream: 1, journalEpoch: 1, samples: builder.take() }]);
}

test("a released level 0 gives its memory back at once, whenever V8 would collect it", () => {
  const bodies = [0, 1, 2, 3, 4].map(segment);
  const level0 = new Level0(() => NUMBERS);
  for (const body of bodies) level0.add("live", decodeSegment(body));
  level0.index();
  expect([...level0.series(TAGS).numbers]).toEqual([0, 1, 2, 3, 4].map((scan) => scan + (TAGS - 1) / 10));

  const held = process.memoryUsage().arrayBuffers;
  level0.release();
  const freed = held - process.memoryUsage().arrayBuffers;
  expect(freed).toBeGreaterThanOrEqual(37 * 5 * TAGS); // 25 of the samples, 4 of their numbers, 8 of the index
  expect(level0.samples).toBe(0);
});
