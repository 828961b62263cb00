import { describe, expect, it } from "vitest";
import { BlockFeed } from "../../src/publishers/block-feed.ts";
import { type BatchLimits, takeBatch } from "../../src/publishers/take-batch.ts";
import { TagDirectory } from "../../src/tag/directory.ts";
import { FakeStore } from "./support/fake-store.ts";
import { columns, sample, tag } from "./support/samples.ts";

const LIMITS: BatchLimits = {
  entries: Number.POSITIVE_INFINITY,
  samples: 4,
  bytes: 1_000_000,
  throughPosition: Number.POSITIVE_INFINITY,
  events: "unwanted",
};
const BLOCKS = 200;

/** Blocks of two samples; nothing is kept opened. */
function fullStore() {
  const store = new FakeStore();
  store.addDirectory("live", [tag(1, "a")]);
  for (let value = 0; value < BLOCKS; value++) store.addData("live", columns(sample(1, value), sample(1, value)));
  const feed = new BlockFeed(store, store.open, new TagDirectory(), 0);
  feed.loadDirectory();
  return { store, feed };
}

function drain(feed: BlockFeed, limits: BatchLimits): number[] {
  const sizes: number[] = [];
  for (let cursor = 0; ; ) {
    const batch = takeBatch(feed, "live", cursor, limits, 0);
    if (batch === undefined) return sizes;
    if (batch.entries.length > 0) sizes.push(batch.entries.length);
    cursor = batch.step.live!;
  }
}

describe("take batch", () => {
  it("opens every block of a full store once, whatever lies behind it", () => {
    const { store, feed } = fullStore();
    store.opened = 0;
    expect(drain(feed, LIMITS)).toEqual(Array(BLOCKS / 2).fill(2));
    expect(store.opened).toBe(BLOCKS);
  });

  it("opens no block twice when entries go one at a time", () => {
    const { store, feed } = fullStore();
    store.opened = 0;
    expect(drain(feed, { ...LIMITS, entries: 1 })).toEqual(Array(BLOCKS).fill(1));
    expect(store.opened).toBe(BLOCKS);
  });

  it("takes a block that is larger than a batch", () => {
    const { feed } = fullStore();
    expect(drain(feed, { ...LIMITS, samples: 1 })).toEqual(Array(BLOCKS).fill(1));
  });
});
