import { describe, expect, it } from "vitest";
import { manualClock } from "../../../../test/support/manual-clock.ts";
import { BlockFeed } from "../../src/publishers/block-feed.ts";
import { LookAhead } from "../../src/publishers/look-ahead.ts";
import { type BatchLimits, takeBatch } from "../../src/publishers/take-batch.ts";
import { Turns } from "../../src/publishers/turns.ts";
import { TagDirectory } from "../../src/tag/directory.ts";
import { clockTurns } from "./support/clock-turns.ts";
import { FakeStore } from "./support/fake-store.ts";
import { alarm, columns, sample, tag } from "./support/samples.ts";

const LIMITS: BatchLimits = {
  entries: Number.POSITIVE_INFINITY,
  samples: 4,
  bytes: 1_000_000,
  throughPosition: Number.POSITIVE_INFINITY,
  events: "wanted",
};

/** Eight live blocks of two samples, and one late one between them. */
function bench() {
  const clock = manualClock();
  const store = new FakeStore();
  store.addDirectory("live", [tag(1, "a")]);
  for (let value = 0; value < 8; value++) {
    store.addData("live", columns(sample(1, value), sample(1, value)));
    if (value === 3) store.addData("late", columns(sample(1, 99)));
  }
  const feed = new BlockFeed(store, store.open, new TagDirectory());
  feed.loadDirectory();
  const take = (cursor: number) => takeBatch(feed, "live", cursor, LIMITS, 0)!;
  const call = () => Promise.withResolvers<void>();
  return { clock, store, feed, take, call, ahead: new LookAhead(feed, clockTurns(clock)) };
}

describe("look ahead", () => {
  it("opens as much as the next batch may have, while the call goes on; that batch is the same", async () => {
    const { clock, store, take, call, ahead } = bench();
    const batch = take(1);
    const expected = bench().take(batch.step.live!);
    const { promise, resolve } = call();
    const during = ahead.during(batch, LIMITS.samples, () => promise);
    expect(store.opened).toBe(3); // the directory and two blocks
    await clock.advanceAsync(10);
    expect([store.opened, clock.waiting]).toEqual([5, 0]);
    resolve();
    await during;
    const next = take(batch.step.live!);
    expect(store.opened).toBe(5);
    expect(next.entries.map(({ position }) => position)).toEqual(expected.entries.map(({ position }) => position));
    expect(next.step).toEqual(expected.step);
  });

  it("opens what takes its time in several turns", async () => {
    const { clock, store, feed, take, call } = bench();
    const batch = take(1);
    let busyMs = 0;
    const openNext: BlockFeed["openNext"] = (lane, after) => {
      busyMs += 3;
      return feed.openNext(lane, after);
    };
    const { promise, resolve } = call();
    const soon = (callback: () => void) => void clock.after(1, callback);
    const turns = new Turns({ clock: { monotonicMs: () => busyMs }, soon, busyMs: () => busyMs });
    const during = new LookAhead({ openNext }, turns).during(batch, 8, () => promise);
    const opened: number[] = [];
    while (clock.waiting > 0) {
      const before = store.opened;
      await clock.advanceAsync(1);
      opened.push(store.opened - before);
    }
    expect(opened).toEqual([2, 2]);
    resolve();
    await during;
  });

  it("does nothing where nothing comes behind", async () => {
    const { clock, store, take, call, ahead } = bench();
    const batch = take(store.lastPosition("live") - 1);
    const { promise, resolve } = call();
    const during = ahead.during(batch, LIMITS.samples, () => promise);
    expect(clock.waiting).toBe(0);
    resolve();
    await during;
  });

  it("ends with the call, and says what the call says", async () => {
    const { clock, store, take, call, ahead } = bench();
    const { promise, reject } = call();
    const during = ahead.during(take(1), LIMITS.samples, () => promise);
    reject(new Error("not now"));
    await expect(during).rejects.toThrow("not now");
    await clock.advanceAsync(10);
    expect([store.opened, clock.waiting]).toEqual([3, 0]);
  });

  it("stops at the end of the store, and where the store cannot be read", async () => {
    const { clock, store, feed, take, call } = bench();
    const last = take(store.lastPosition("live") - 1);
    const { promise, resolve } = call();
    const atEnd = new LookAhead(feed, clockTurns(clock)).during(last, LIMITS.samples, () => promise);
    const broken = new LookAhead({ openNext: () => expect.fail("closed") }, clockTurns(clock)).during(
      take(1),
      LIMITS.samples,
      () => promise,
    );
    await clock.advanceAsync(10);
    expect(clock.waiting).toBe(0);
    resolve();
    await Promise.all([atEnd, broken]);
  });

  it("counts alarm events as batches do", async () => {
    const { clock, store, take, call } = bench();
    const cursor = store.lastPosition("live");
    for (let block = 0; block < 6; block++) store.addEvents("live", [alarm(block * 2 + 1, 1), alarm(block * 2 + 2, 1)]);
    const batch = take(cursor);
    expect(batch.entries).toHaveLength(2);
    const before = store.opened;
    const { promise, resolve } = call();
    const fresh = new BlockFeed(store, store.open, new TagDirectory()); // nothing is opened for it yet
    const during = new LookAhead(fresh, clockTurns(clock)).during(batch, LIMITS.samples, () => promise);
    await clock.advanceAsync(10);
    expect(store.opened - before).toBe(2);
    resolve();
    await during;
  });
});
