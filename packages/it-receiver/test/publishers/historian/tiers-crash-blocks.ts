/** What block number n of the crash test of tiers holds: half an hour of three tags; every fifth block comes ten hours late.
 *  tiers crash child, tiers crash test → [tiers crash blocks] */
import { type Sample, StatusCode } from "@nonreturn/wire-format";
import type { StoredEntry } from "../../../src/publishers/publisher.ts";
import { columns, entry, sample, T0, tag } from "../support/samples.ts";

export const TIER_TAGS = [1, 2, 3].map((tagId) => tag(tagId, `crash/${tagId}`));
export const BLOCK_MS = 1_800_000;
const LATE_BLOCKS = 20;

export function isLate(block: number): boolean {
  return block % 5 === 0;
}

/** The late block that is published before a live one. */
export function lateBefore(block: number): number {
  return Math.floor((block - LATE_BLOCKS) / 5) * 5;
}

export function samplesOf(block: number, tagId: number): Sample[] {
  return Array.from({ length: 30 * tagId }, (_, row) => {
    const mixed = (block * 7919 + row * 31 + tagId) % 1009;
    const status = mixed % 41 === 0 ? StatusCode.BadTimeout : StatusCode.Good;
    const at = (block - 1) * BLOCK_MS + (row * BLOCK_MS) / (30 * tagId) + (mixed % 10);
    return sample(tagId, status === StatusCode.Good ? mixed / 10 : null, at, status);
  });
}

export function blockEntry(block: number): StoredEntry {
  const samples = TIER_TAGS.flatMap(({ tagId }) => samplesOf(block, tagId));
  return entry(block, columns(...samples), TIER_TAGS, isLate(block) ? "late" : "live");
}

/** Where the wall clock of the station stands when a block has come. */
export function timeOf(block: number): number {
  return T0 + block * BLOCK_MS * 1000;
}
