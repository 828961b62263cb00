/** What block number n of the crash test holds: the child writes it, the test knows it.
 *  crash child, crash test → [crash blocks] */
import type { StoredEntry } from "../../../src/publishers/publisher.ts";
import { columns, entry, sample, tag } from "../support/samples.ts";

export const CRASH_TAGS = Array.from({ length: 30 }, (_, index) => tag(index + 1, `crash/${index + 1}`));
const SCANS = 5;

/** Value of a tag in a block's scan: no two are the same. */
function crashValue(position: number, tagId: number, scan: number): number {
  return (position * SCANS + scan) * 100 + tagId;
}

export function crashEntry(position: number): StoredEntry {
  const scans = Array.from({ length: SCANS }, (_, scan) => scan);
  const samples = scans.flatMap((scan) =>
    CRASH_TAGS.map(({ tagId }) => sample(tagId, crashValue(position, tagId, scan), position * SCANS + scan)),
  );
  return entry(position, columns(...samples), CRASH_TAGS);
}

/** Every value of a tag up to a block, in order. */
export function crashValues(tagId: number, through: number): number[] {
  return Array.from({ length: through }, (_, index) => index + 1).flatMap((position) =>
    Array.from({ length: SCANS }, (_, scan) => crashValue(position, tagId, scan)),
  );
}
