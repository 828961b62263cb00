import { SampleColumnsBuilder } from "@nonreturn/wire-format";
import { describe, expect, it } from "vitest";
import { temporaryFolder } from "../../../../test/support/temporary-folder.ts";
import type { CurrentEntry } from "../../src/publishers/current-queue.ts";
import type { MissingTime } from "../../src/publishers/publisher.ts";
import { FakeFarSide } from "./support/fake-publisher.ts";
import { FakeStore } from "./support/fake-store.ts";
import { bench } from "./support/runner-bench.ts";
import { alarm, columns, entry, sample, T0, tag } from "./support/samples.ts";

const one = (value: number) => columns(sample(1, value));

const GAP: MissingTime = {
  id: 2,
  state: "open",
  from: 5,
  to: 6,
  reason: "not-received",
  stream: 1,
  blocks: 1,
  samples: null,
};

describe("publisher runner", () => {
  it("publishes live and late blocks in order and moves the cursors", async () => {
    const { store, far, progress, run, runner } = bench();
    store.addDirectory("live", [tag(1)]);
    store.addData("live", one(1));
    store.addData("late", one(100));
    store.addData("live", one(2));
    await run();
    expect(far.delivered.map(({ lane, value }) => [lane, value])).toEqual([
      ["live", 1],
      ["live", 2],
      ["late", 100],
    ]);
    const counts = { parked: 0, quarantined: 0, quarantinedRows: 0, gaps: 0, droppedBlocks: 0, droppedSamples: 0 };
    expect(progress.load()).toEqual({ live: 4, late: 3, samples: 3, batches: 2, ...counts });
    expect(runner.drained).toBe(true);
    store.addData("live", one(3));
    expect(runner.drained).toBe(false);
    await run();
    expect(far.values()).toEqual([1, 2, 100, 3]);
  });

  it("tells the tags before anything else, again after each connect and each newer directory", async () => {
    const { store, far, run } = bench();
    store.addDirectory("live", [tag(1), tag(2, "gone", { retired: true })]);
    store.addData("live", one(1));
    far.behaviours = ["fail"];
    await run(1000);
    expect(far.tags).toEqual([[], ["plant/tag-1"]]); // the directory was read on the way to the block
    store.addDirectory("live", [tag(1), tag(3)], 2);
    await run();
    expect(far.tags.at(-1)).toEqual(["plant/tag-1", "plant/tag-3"]);
    expect(far.values()).toEqual([1]);
  });

  it("gives a far side that forgets every current value after each connect, one that keeps them none", async () => {
    for (const farSide of ["forgets", "keeps"] as const) {
      const { store, far, run, now } = bench({ farSide });
      store.addDirectory("live", [tag(1)]);
      store.addData("live", one(1));
      now.push({ afterPosition: 2, entry: { ...entry(0, one(7), [tag(1)]), origin: "refresh" } });
      far.behaviours = ["fail"];
      await run(1000);
      expect(far.values()).toEqual(farSide === "forgets" ? [1, 7, 7] : [1]);
    }
  });

  it("cuts batches by samples, never below one block", async () => {
    const { store, far, run } = bench({ batchSamples: 3 });
    store.addDirectory("live", [tag(1), tag(2)]);
    const two = columns(sample(1, 1), sample(2, 2));
    const five = columns(...[1, 2, 3, 4, 5].map((value) => sample(1, value)));
    store.addData("live", one(1));
    store.addData("live", two);
    store.addData("live", two);
    store.addData("live", five);
    await run();
    expect(far.calls).toEqual([[2, 3], [4], [5]]);
  });

  it("offers the same again after a failure, backing off and connecting anew; the cursor and the count move once", async () => {
    const { store, far, progress, run, runner } = bench();
    store.addDirectory("live", [tag(1)]);
    store.addData("live", one(1));
    far.behaviours = ["fail", "take and fail", "take"];
    await run(0);
    expect(runner.status()).toMatchObject({ state: "waiting", reason: "not now", retries: 1 });
    expect(progress.load()?.live).toBe(0);
    await run(74);
    expect(far.calls.length).toBe(1);
    await run(2); // 100 ms · 0.75
    expect(far.calls.length).toBe(2);
    await run(148);
    expect(far.calls.length).toBe(2);
    await run(2); // the pause doubles
    expect(far.calls).toEqual([[2], [2], [2]]);
    expect(far.values()).toEqual([1, 1]); // at least once
    expect(progress.load()).toMatchObject({ live: 2, samples: 1, batches: 1 });
    expect(far.connected).toBe(3);
    expect(runner.status()).toMatchObject({ state: "running", reason: "", retries: 2 });
  });

  it("keeps trying to connect and says why", async () => {
    const { store, far, run, runner } = bench();
    store.addDirectory("live", [tag(1)]);
    store.addData("live", one(1));
    far.connects = ["fail", "fail", "fail"];
    await run(10);
    expect(runner.status()).toMatchObject({ state: "waiting", reason: "nobody there" });
    await run(10_000);
    expect(far.values()).toEqual([1]);
  });

  it.each([
    "publish",
    "connect",
  ] as const)("gives a hung %s a deadline, and goes on with a new publisher object", async (call) => {
    const { store, far, run, runner } = bench();
    store.addDirectory("live", [tag(1)]);
    store.addData("live", one(1));
    if (call === "publish") far.behaviours = ["hang"];
    else far.connects = ["hang"];
    expect(runner.status().eventsTold).toBeUndefined();
    far.eventsTold = 3;
    await run(999);
    expect(far.values()).toEqual([]);
    await run(2);
    expect(runner.status().reason).toContain("PUBLISHER_HUNG");
    await run(10_000);
    expect(far.values()).toEqual([1]);
    expect(far.created).toBe(2);
    far.eventsTold = 4;
    expect(runner.status().eventsTold).toBe(3 + 4); // what the hung one told stays counted
  });

  it("begins the deadline anew whenever a call moves on", async () => {
    const { store, far, run, runner, clock } = bench();
    store.addDirectory("live", [tag(1)]);
    store.addData("live", one(1));
    far.moves = "by this call";
    far.behaviours = ["move on and hang"];
    far.beforeMoving = () => new Promise((resolve) => void clock.after(700, resolve));
    await run(1699);
    expect(runner.status()).toMatchObject({ state: "running", retries: 0 });
    await run(2);
    expect(runner.status().reason).toContain("PUBLISHER_HUNG");
    await run(10_000);
    expect(far.values()).toEqual([1]);
  });

  it("does not let pauses grow while calls move on for good before they fail", async () => {
    for (const [moves, calls] of [
      ["for good", 1 + 24], // after 75 ms, always
      ["by this call", 1 + 4], // after 75, 150, 300, 600 ms
    ] as const) {
      const { store, far, run } = bench();
      store.addDirectory("live", [tag(1)]);
      store.addData("live", one(1));
      far.moves = moves;
      far.behaviours = Array.from({ length: 100 }, () => "move on and fail" as const);
      for (let ms = 0; ms < 1800; ms += 15) await run(15);
      expect(far.calls.length, moves).toBe(calls);
    }
  });

  it("quarantines a block that cannot be opened, and goes on", async () => {
    const { store, far, progress, run } = bench();
    store.addDirectory("live", [tag(1)]);
    store.addData("live", one(1));
    store.add("live", new Error("BLOCK_DECRYPT: no"));
    store.addData("live", one(2));
    await run();
    expect(far.values()).toEqual([1, 2]);
    expect(progress.quarantined(9)).toMatchObject([{ position: 3, reason: "BLOCK_DECRYPT: no" }]);
  });

  it("parks blocks whose directory is not there, across a restart, and publishes them as late when it is", async () => {
    const first = bench();
    first.store.addData("live", one(1), 2); // needs revision 2
    first.store.addDirectory("live", [tag(1)], 1);
    first.store.addData("live", one(2), 1);
    first.store.addData("live", columns(sample(9, 3)), 1); // a tag that no revision names yet
    await first.run();
    expect(first.far.values()).toEqual([2]);
    expect(first.progress.load()).toMatchObject({ live: 4, parked: 2, samples: 1 });
    await first.stop();

    const second = bench({}, { store: first.store, folder: first.folder });
    await second.run();
    expect(second.far.values()).toEqual([]);
    second.store.addDirectory("late", [tag(1), tag(9)], 2);
    second.feed.followDirectory("late", 0, 10, 1000);
    await second.run();
    expect(second.far.delivered).toMatchObject([
      { position: 1, lane: "late", value: 1 },
      { position: 4, lane: "late", value: 3 },
    ]);
    expect(second.progress.load()).toMatchObject({ live: 4, parked: 0, samples: 3 });
  });

  it("publishes alarm events between the samples around them, late ones as late, again after a failure, and counts them once", async () => {
    const { store, far, progress, run, runner } = bench();
    far.events = "wanted";
    store.addDirectory("live", [tag(1)]);
    store.addData("live", one(1));
    store.addEvents("live", [alarm(1, 1, { value: 2 }), alarm(2, 1, { state: "inactive", value: 3 })]);
    store.addData("live", one(4));
    store.addEvents("late", [alarm(3, 1, { value: 5 })]);
    far.behaviours = ["fail"];
    await run(1000);
    expect(far.delivered.map(({ lane, value, event = "" }) => [lane, value, event])).toEqual([
      ["live", 1, ""],
      ["live", 2, "High active"],
      ["live", 3, "High inactive"],
      ["live", 4, ""],
      ["late", 5, "High active"],
    ]);
    expect(progress.load()).toMatchObject({ live: 4, late: 5, samples: 2 });
    expect(runner.status().events).toBe(3);
  });

  it("passes over alarm events where they are not wanted, named or not, and loses nothing else", async () => {
    const { store, far, progress, run, feed } = bench();
    store.addDirectory("live", [tag(1)]);
    store.addData("live", one(1));
    store.addEvents("live", [alarm(1, 1)]);
    store.addEvents("live", [alarm(2, 9)]);
    store.addData("live", one(2));
    await run();
    expect(far.values()).toEqual([1, 2]);
    store.addDirectory("late", [tag(1), tag(9)], 2);
    feed.followDirectory("late", 0, 10, 1000);
    await run();
    expect(far.calls.flat()).toEqual([2, 5]);
    expect(progress.load()).toMatchObject({ live: 5, parked: 0, samples: 2 });
  });

  it("parks alarm events until their tag is known, and sets refused ones aside", async () => {
    const { store, far, progress, run, feed } = bench();
    far.events = "wanted";
    store.addDirectory("live", [tag(1)]);
    const parked = store.addEvents("live", [alarm(1, 1), alarm(2, 9)]);
    const refused = store.addEvents("live", [alarm(3, 1)]);
    store.addEvents("live", [alarm(4, 1, { state: "inactive" })]);
    far.refuse.add(refused);
    await run(5000);
    expect(far.delivered.map(({ position, event }) => [position, event])).toEqual([[4, "High inactive"]]);
    expect(progress.load()).toMatchObject({ live: 4, parked: 1, quarantined: 1 });
    store.addDirectory("late", [tag(1), tag(9)], 2);
    feed.followDirectory("late", 0, 10, 1000);
    await run();
    expect(far.delivered.slice(1)).toMatchObject([
      { position: parked, lane: "late", path: "plant/tag-1" },
      { position: parked, lane: "late", path: "plant/tag-9" },
    ]);
  });

  it("cuts batches by alarm events too", async () => {
    const { store, far, run } = bench({ batchSamples: 3 });
    far.events = "wanted";
    store.addDirectory("live", [tag(1)]);
    for (let block = 0; block < 3; block++) store.addEvents("live", [alarm(2 * block + 1, 1), alarm(2 * block + 2, 1)]);
    await run();
    expect(far.calls).toEqual([[2], [3], [4]]);
  });

  it("names what retention removed before it was published, and only that", async () => {
    const { store, far, progress, run } = bench();
    store.addDirectory("live", [tag(1)]);
    store.addData("live", one(1));
    store.addData("late", one(50));
    await run();
    store.removeThrough("live", 2); // published already: no gap, although positions 3 … 9 are none of this lane's
    for (let value = 60; value < 66; value++) store.addData("late", one(value));
    store.addData("live", one(2));
    await run();
    expect(progress.gaps(9)).toEqual([]);

    far.behaviours = Array.from({ length: 50 }, () => "fail" as const);
    store.addData("live", one(3));
    store.addData("live", one(4));
    await run(500);
    store.removeThrough("live", 11);
    far.behaviours = [];
    await run(10_000);
    expect(far.values().slice(-1)).toEqual([4]);
    const gap = { lane: "live", reason: "store", firstPosition: 11, lastPosition: 11, at: expect.any(Number) };
    expect(progress.gaps(9)).toEqual([gap]);
    expect(progress.load()).toMatchObject({ live: 12, gaps: 1 });
  });

  it("names a parked block that retention removed", async () => {
    const first = bench();
    first.store.addData("live", one(1), 1);
    await first.run();
    await first.stop();
    first.store.removeThrough("live", 1);
    first.store.addDirectory("late", [tag(1)]);
    const second = bench({}, { store: first.store, folder: first.folder });
    await second.run();
    expect(second.far.values()).toEqual([]);
    expect(second.progress.load()).toMatchObject({ parked: 0, gaps: 1, samples: 0 });
  });

  it("starts from now if told so, only the first time", async () => {
    const store = new FakeStore();
    store.addDirectory("live", [tag(1)]);
    store.addData("live", one(1));
    store.addData("late", one(2));
    const first = bench({ startFrom: "now" }, { store, folder: temporaryFolder() });
    await first.run();
    first.store.addData("live", one(3));
    await first.run();
    expect(first.far.values()).toEqual([3]);
    await first.stop();
    const second = bench({ startFrom: "now" }, { store: first.store, folder: first.folder });
    second.store.addData("live", one(4));
    await second.run();
    expect(second.far.values()).toEqual([4]);
  });

  it("starts from when it first ran, although nobody was there then, and says how far behind it is", async () => {
    const store = new FakeStore();
    store.addDirectory("live", [tag(1)]);
    store.addData("live", one(1));
    const first = bench({ startFrom: "now" }, { store, folder: temporaryFolder() });
    first.far.connects = ["fail", "fail"];
    await first.run();
    store.addData("live", one(2));
    await first.run(1);
    expect(first.runner.status()).toMatchObject({ state: "waiting", backlog: { live: { blocks: 1 } } });
    await first.stop();
    const second = bench({ startFrom: "now" }, { store, folder: first.folder });
    second.far.connects = ["fail"];
    store.addData("live", one(3));
    await second.run(10_000);
    expect(second.far.values()).toEqual([2, 3]);
  });

  it("begins at the oldest block when the store was replaced by a shorter one", async () => {
    const first = bench();
    first.store.addDirectory("live", [tag(1)]);
    for (const value of [1, 2, 3]) first.store.addData("live", one(value));
    await first.run();
    await first.stop();
    const store = new FakeStore();
    store.addDirectory("live", [tag(1)]);
    store.addData("live", one(9));
    const second = bench({}, { store, folder: first.folder });
    await second.run();
    expect(second.far.values()).toEqual([9]);
  });

  it("goes on where it was after a restart", async () => {
    const first = bench();
    first.store.addDirectory("live", [tag(1)]);
    first.store.addData("live", one(1));
    await first.run();
    await first.stop();
    expect(first.runner.status().state).toBe("stopped");
    expect(first.far.closed).toBe(1);
    first.store.addData("live", one(2));
    const second = bench({}, { store: first.store, folder: first.folder });
    await second.run();
    expect(second.far.values()).toEqual([2]);
    expect(second.progress.load()?.samples).toBe(2);
  });

  it("publishes a live block that came meanwhile before the next late one", async () => {
    const far = new FakeFarSide();
    const { store, run } = bench({ batchSamples: 1 }, { store: new FakeStore(), folder: temporaryFolder(), far });
    store.addDirectory("live", [tag(1)]);
    for (const value of [100, 101, 102]) store.addData("late", one(value));
    far.onCall = (positions) => {
      if (positions[0] === 2) store.addData("live", one(1));
    };
    await run();
    expect(far.values()).toEqual([100, 1, 101, 102]);
  });

  it("puts current values behind the live blocks before them and ahead of those after", async () => {
    const { store, far, runner, run } = bench();
    store.addDirectory("live", [tag(1)]);
    store.addData("live", one(1));
    const stale: CurrentEntry = { afterPosition: 2, entry: { ...entry(0, one(-1), [tag(1)]), origin: "stale" } };
    runner.offerCurrent(stale);
    store.addData("live", one(2));
    await run();
    expect(far.values()).toEqual([1, -1, 2]);
    runner.offerCurrent({ ...stale, afterPosition: 99 }); // no such block comes: it must not wait for ever
    await run();
    expect(far.values()).toEqual([1, -1, 2, -1]);
  });

  it("gives no current values to publishers of history", async () => {
    const { runner, far, run } = bench({ wants: "history" });
    runner.offerCurrent({ afterPosition: 0, entry: { ...entry(0, one(-1), [tag(1)]), origin: "stale" } });
    await run();
    expect(far.values()).toEqual([]);
  });

  it("asks for what is stale after its queue of current values overflowed", async () => {
    const { runner, far, run, stale } = bench();
    const builder = new SampleColumnsBuilder();
    for (let id = 0; id < 140_000; id++) builder.pushSample(sample(id, 1));
    const many = builder.take();
    const offer = { afterPosition: 0, entry: { ...entry(0, many, []), origin: "stale" as const } };
    runner.offerCurrent(offer);
    runner.offerCurrent(offer);
    stale.push({ afterPosition: 0, entry: { ...entry(0, one(-7), [tag(1)]), origin: "stale" } });
    await run();
    expect(far.values()).toEqual([-7]);
    expect(runner.status().currentDropped).toBe(280_000);
  });

  it("tells the link's state after every connect, and the latest only", async () => {
    const { runner, far, store, run } = bench();
    runner.linkChanged({ state: "unknown", since: T0 });
    runner.linkChanged({ state: "up", since: T0 });
    await run();
    expect(far.links).toEqual(["up"]);
    store.addDirectory("live", [tag(1)]);
    store.addData("live", one(1));
    far.behaviours = ["fail"];
    await run(1000);
    expect(far.links).toEqual(["up", "up"]);
    runner.linkChanged({ state: "silent", since: T0 });
    await run();
    expect(far.links).toEqual(["up", "up", "silent"]);
  });

  it("tells what is missing after every connect, and that it is healed only behind the samples that healed it", async () => {
    const { runner, far, store, run } = bench();
    const through = () => ({ live: store.lastPosition("live"), late: store.lastPosition("late") });
    store.addDirectory("live", [tag(1)]);
    store.addData("live", one(1));
    runner.missingChanged({ list: [GAP], through: through() });
    await run();
    expect(far.missing).toEqual(["more 5", "all 5"]);
    // One is healed, another named. Its block is refused for a while by a far side that fails.
    store.addData("late", one(2));
    runner.missingChanged({ list: [{ ...GAP, id: 4, from: 7 }], through: through() });
    const heldAtCalls: string[] = [];
    far.onCall = () => void heldAtCalls.push(far.missing.at(-1)!);
    far.behaviours = ["fail"];
    await run(1000);
    expect(heldAtCalls).toEqual(["more 7", "more 7"]);
    expect(far.missing).toEqual(["more 5", "all 5", "more 7", "more 7", "all 7"]);
    expect(far.values()).toEqual([1, 2]);
    await run(5000);
    expect(far.missing).toHaveLength(5);
  });

  it.each([
    "as a right",
    "as data",
    "cut off",
  ] as const)("does not hold samples up for a list of gaps that is refused %s", async (how) => {
    const { runner, far, store, run } = bench();
    store.addDirectory("live", [tag(1)]);
    store.addData("live", one(1));
    far.missingRefused = how;
    runner.missingChanged({ list: [GAP], through: { live: 2, late: 0 } });
    await run(5000);
    // Cut off is another thing: there is no connection to publish by.
    expect(far.values()).toEqual(how === "cut off" ? [] : [1]);
    expect(far.missing.length).toBeGreaterThanOrEqual(how === "cut off" ? 3 : 2);
    const told = far.missing.length;
    far.missingRefused = "no";
    runner.missingChanged({ list: [], through: { live: 2, late: 0 } });
    await run(5000);
    expect(far.values()).toEqual([1]);
    expect(far.missing.length).toBeGreaterThan(told);
    expect(far.missing.at(-1)).toBe("all ");
  });

  it("does not let one publisher's trouble touch another", async () => {
    const first = bench({ name: "hanging" });
    const second = bench({ name: "healthy" }, { store: first.store, folder: first.folder });
    first.far.connects = ["hang"];
    first.store.addDirectory("live", [tag(1)]);
    first.store.addData("live", one(1));
    await first.run();
    await second.run();
    expect(first.far.values()).toEqual([]);
    expect(second.far.values()).toEqual([1]);
    expect(second.progress.load()?.live).toBe(2);
    expect(first.progress.load()?.live).toBe(0);
  });

  it("measures latency of live samples from source and from sealing, not of late ones", async () => {
    const { clock, store, runner, run } = bench();
    store.addDirectory("live", [tag(1)]);
    clock.advance(100);
    store.add(
      "live",
      { kind: "data", directoryRevision: 1, samples: columns(sample(1, 1), sample(1, 2, 90)) },
      { sealedAt: T0 + 95_000 },
    );
    store.addData("late", columns(sample(1, 0, -1_000_000)));
    await run();
    expect(runner.latency.source.whole.count).toBe(2);
    expect(runner.latency.source.recent(1)).toBeGreaterThanOrEqual(100);
    expect(runner.latency.source.recent(1)).toBeLessThan(110);
    expect(runner.latency.source.recent(0.5)).toBeLessThan(11);
    expect(runner.latency.sealed.recent(1)).toBeLessThan(5.5);
    expect(runner.latency.sealed.whole.count).toBe(2);
  });

  it("stops while a call hangs", async () => {
    const { store, far, run, stop, runner } = bench();
    store.addDirectory("live", [tag(1)]);
    store.addData("live", one(1));
    far.behaviours = ["hang"];
    await run();
    await stop();
    expect(runner.status().state).toBe("stopped");
  });

  it("has stopped before its thread is ended by force, though neither call nor close comes to an end", async () => {
    const { store, far, run, runner, clock } = bench();
    store.addDirectory("live", [tag(1)]);
    store.addData("live", one(1));
    far.behaviours = ["hang"];
    far.closes = "hang";
    await run();
    const stopped = runner.stop();
    await clock.advanceAsync(4900); // THREAD_STOP_MS: 5000
    expect(runner.status().state).toBe("stopped");
    await stopped;
  });
});
