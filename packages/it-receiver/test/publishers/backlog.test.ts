import { join } from "node:path";
import { createLog } from "@nonreturn/station";
import { describe, expect, it, onTestFinished } from "vitest";
import { manualClock } from "../../../../test/support/manual-clock.ts";
import { temporaryFolder } from "../../../../test/support/temporary-folder.ts";
import { Backlog, type BacklogLimits } from "../../src/publishers/backlog.ts";
import { BlockFeed } from "../../src/publishers/block-feed.ts";
import type { Publisher } from "../../src/publishers/publisher.ts";
import { PublisherRunner } from "../../src/publishers/runner.ts";
import { openProgressDatabase, SqliteProgress } from "../../src/publishers/sqlite-progress.ts";
import type { Lane } from "../../src/record/store.ts";
import { describeBacklog } from "../../src/status/describe-backlog.ts";
import { TagDirectory } from "../../src/tag/directory.ts";
import { clockTurns } from "./support/clock-turns.ts";
import { FakeFarSide } from "./support/fake-publisher.ts";
import { FakeStore } from "./support/fake-store.ts";
import { columns, sample, T0, tag } from "./support/samples.ts";

const UNBOUNDED: BacklogLimits = { forMs: Number.POSITIVE_INFINITY, bytes: Number.POSITIVE_INFINITY };
const HOUR_MS = 3_600_000;
/** Of every block of the fake store. */
const BLOCK_BYTES = 16;

function bench(backlog: BacklogLimits, create: (far: FakeFarSide) => Publisher = (far) => far.create()) {
  const clock = manualClock(T0);
  const store = new FakeStore();
  const far = new FakeFarSide();
  const database = openProgressDatabase(join(temporaryFolder(), "publishers.db"));
  const progress = new SqliteProgress(database, "fake");
  const feed = new BlockFeed(store, store.open, new TagDirectory());
  store.addDirectory("live", [tag(1)]);
  feed.loadDirectory();
  const log = createLog({ name: "test", level: "silent" });
  const warnings: unknown[] = [];
  log.warn = ((what: unknown) => warnings.push(what)) as typeof log.warn;
  const runner = new PublisherRunner(
    {
      name: "fake",
      wants: "history",
      farSide: "keeps",
      startFrom: "oldest",
      batchSamples: 20_000,
      batchBytes: 4 * 1024 * 1024,
      deadlineMs: 30_000,
      refusedTries: 3,
      backOff: { firstMs: 500, longestMs: 30_000 },
      backlog,
    },
    {
      clock,
      log,
      random: () => 0.5,
      feed,
      turns: clockTurns(clock),
      create: () => create(far),
      progress,
      staleNow: () => [],
      currentNow: () => [],
    },
  );
  const add = (lane: Lane, count = 1): number => {
    const at = clock.nowUtcMicros();
    const samples = columns(...Array.from({ length: count }, () => sample(1, 1, clock.monotonicMs())));
    return store.add(lane, { kind: "data", directoryRevision: 1, samples }, { recordedAt: at, sealedAt: at });
  };
  onTestFinished(async () => {
    const stopped = runner.stop();
    await clock.advanceAsync(60_000);
    await stopped;
    database.close();
  });
  return { clock, store, far, progress, database, runner, add, warnings };
}

describe("backlog of a publisher", () => {
  it("is measured in blocks and bytes while cursors move, retention removes and blocks come", () => {
    const store = new FakeStore();
    for (let value = 0; value < 1000; value++)
      store.addData(value % 4 === 0 ? "late" : "live", columns(sample(1, value)));
    const backlog = new Backlog(store, UNBOUNDED);
    const expectFill = (live: number, late: number): void => {
      const left = (lane: Lane, cursor: number) => store.readAfter(lane, cursor, 5000, 1e9).length;
      for (const [lane, cursor] of [
        ["live", live],
        ["late", late],
      ] as const) {
        const blocks = left(lane, cursor);
        expect(backlog.fill({ live, late })[lane], `${lane} after ${cursor}`).toEqual({
          blocks,
          bytes: blocks * BLOCK_BYTES,
        });
      }
    };
    expectFill(0, 0);
    expect(backlog.fill({ live: 0, late: 0 }).live.blocks).toBe(750);
    for (const cursor of [1, 2, 300, 342, 343, 700]) expectFill(cursor, 0);
    store.removeThrough("live", 900);
    expectFill(700, 200);
    store.addData("live", columns(sample(1, 1)));
    expectFill(700, 999);
    expectFill(1001, 1001);
    expectFill(10, 10); // the store was replaced
  });

  it("beyond backlogSize loses its oldest blocks of both lanes, as gaps that name what was in them, also while the far side is away", async () => {
    const { clock, far, progress, runner, add, warnings } = bench({ ...UNBOUNDED, bytes: 100 * BLOCK_BYTES });
    add("live");
    runner.start();
    await clock.advanceAsync(0);
    expect(far.values()).toHaveLength(1);
    far.connects = Array.from({ length: 1000 }, () => "fail" as const);
    far.behaviours = ["fail"];
    for (let second = 0; second < 130; second++) {
      add(second % 2 === 0 ? "live" : "late", 3);
      runner.wake();
      runner.boundWhileAway();
      await clock.advanceAsync(1000);
    }
    const status = runner.status();
    const kept = status.backlog.live.blocks + status.backlog.late.blocks;
    expect(kept).toBeLessThanOrEqual(100);
    expect(kept).toBeGreaterThanOrEqual(95);
    expect(status.progress).toMatchObject({ gaps: 2, droppedBlocks: 130 - kept, droppedSamples: 3 * (130 - kept) });
    const [live] = progress.gaps(9).filter(({ lane }) => lane === "live");
    expect(live).toMatchObject({ reason: "size", firstPosition: 3, sealedFrom: T0, samples: 3 * live!.blocks! });
    expect(live!.sealedTo).toBe(T0 + 2 * (live!.blocks! - 1) * 1_000_000);
    expect(warnings.filter((warning) => "gaps" in (warning as object))).toHaveLength(1);
    expect(describeBacklog(status).join("\n")).toMatch(
      /behind by .* blocks.*\n.*2 gaps, .* dropped.*beyond backlogSize/,
    );

    far.connects = [];
    await clock.advanceAsync(60_000);
    runner.wake();
    await clock.advanceAsync(1000);
    expect(far.delivered).toHaveLength(1 + kept * 3); // what was kept, and nothing of what is named
    expect(runner.status().backlog).toEqual({ live: { blocks: 0, bytes: 0 }, late: { blocks: 0, bytes: 0 } });
  });

  it("older than backlogFor is dropped, younger is not, and without limits nothing is", async () => {
    for (const forMs of [HOUR_MS, Number.POSITIVE_INFINITY]) {
      const { clock, far, progress, runner, add, database } = bench({ ...UNBOUNDED, forMs });
      runner.start();
      await clock.advanceAsync(0);
      far.connects = Array.from({ length: 10_000 }, () => "fail" as const);
      far.behaviours = ["fail"];
      for (let minute = 0; minute < 90; minute++) {
        add("live");
        runner.wake();
        runner.boundWhileAway();
        await clock.advanceAsync(60_000);
      }
      far.connects = [];
      await clock.advanceAsync(60_000);
      const dropped = progress.load()!.droppedBlocks;
      expect(far.delivered.length + dropped).toBe(90);
      if (forMs === HOUR_MS) {
        expect(dropped).toBeGreaterThanOrEqual(30);
        expect(dropped).toBeLessThanOrEqual(35);
        expect(progress.gaps(9)).toEqual([expect.objectContaining({ reason: "age", blocks: dropped })]);
        // A restart counts the same.
        expect(new SqliteProgress(database, "fake").load()).toEqual(progress.load());
      } else expect(dropped).toBe(0);
    }
  });
});

/** Four hours scaled down to four minutes: a block of 100 samples every 100 ms. The far side takes ten times that rate. */
describe("four hours of backlog", () => {
  const EVERY_MS = 100;
  const SAMPLES = 100;
  const COLLECTED_MS = 240_000;
  const MS_PER_SAMPLE = EVERY_MS / SAMPLES / 10;

  async function drained(lane: Lane) {
    const heldAt = new Map<number, number>();
    const { clock, store, runner, add } = bench(UNBOUNDED, (far) => ({
      ...far.create(),
      async publish(entries) {
        const samples = entries.reduce((sum, entry) => sum + entry.samples.count, 0);
        await new Promise<void>((resolve) => clock.after(1 + samples * MS_PER_SAMPLE, resolve));
        for (const { position } of entries) heldAt.set(position, clock.monotonicMs());
      },
    }));
    let last = 0;
    for (let block = 0; block < COLLECTED_MS / EVERY_MS; block++) last = add(lane, SAMPLES);
    const came = new Map<number, number>();
    runner.start();
    while (!heldAt.has(last) && clock.monotonicMs() < COLLECTED_MS) {
      came.set(add("live", SAMPLES), clock.monotonicMs());
      runner.wake();
      await clock.advanceAsync(EVERY_MS);
    }
    const lateness = [...came].flatMap(([position, at]) => (heldAt.has(position) ? [heldAt.get(position)! - at] : []));
    return { drainedMs: heldAt.get(last)!, lateness, came: came.size, store, runner, clock };
  }

  it("in the late lane is drained at five times the live rate or more, and live blocks wait for one call at most", async () => {
    const { drainedMs, lateness, came } = await drained("late");
    expect(drainedMs).toBeLessThanOrEqual(COLLECTED_MS / 5);
    expect(lateness.length).toBeGreaterThanOrEqual(came - 1);
    // The first late call carries 4096 samples, 410 ms; then the pace is found.
    expect(Math.max(...lateness)).toBeLessThan(600);
    expect(lateness.slice(20).every((ms) => ms <= EVERY_MS)).toBe(true);
  });

  it("of a publisher that was away is drained at five times the live rate or more, in order, and live blocks are on time again", async () => {
    const { drainedMs, runner, clock } = await drained("live");
    expect(drainedMs).toBeLessThanOrEqual(COLLECTED_MS / 5);
    await clock.advanceAsync(10_000);
    expect(runner.status()).toMatchObject({ liveAgeMs: 0, backlog: { live: { blocks: 0, bytes: 0 } } });
  });
});
