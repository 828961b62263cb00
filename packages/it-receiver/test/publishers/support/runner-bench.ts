/** A publisher runner with a fake far side, a fake store and a clock moved by hand.
 *  test → [runner bench] → runner */
import { join } from "node:path";
import { createLog } from "@nonreturn/station";
import { onTestFinished } from "vitest";
import { manualClock } from "../../../../../test/support/manual-clock.ts";
import { temporaryFolder } from "../../../../../test/support/temporary-folder.ts";
import { BlockFeed } from "../../../src/publishers/block-feed.ts";
import type { CurrentEntry } from "../../../src/publishers/current-queue.ts";
import { PublisherRunner } from "../../../src/publishers/runner.ts";
import type { RunnerSettings } from "../../../src/publishers/runner-settings.ts";
import { openProgressDatabase, SqliteProgress } from "../../../src/publishers/sqlite-progress.ts";
import type { Turns } from "../../../src/publishers/turns.ts";
import { TagDirectory } from "../../../src/tag/directory.ts";
import { clockTurns } from "./clock-turns.ts";
import { FakeFarSide } from "./fake-publisher.ts";
import { FakeStore } from "./fake-store.ts";
import { T0 } from "./samples.ts";

const SETTINGS: RunnerSettings = {
  name: "fake",
  wants: "current",
  farSide: "keeps",
  startFrom: "oldest",
  batchSamples: 10,
  batchBytes: 1_000_000,
  deadlineMs: 1000,
  refusedTries: 3,
  backOff: { firstMs: 100, longestMs: 1000 },
  backlog: { forMs: Number.POSITIVE_INFINITY, bytes: Number.POSITIVE_INFINITY },
};

export function bench(
  settings: Partial<RunnerSettings> = {},
  shared?: { store: FakeStore; folder: string; far?: FakeFarSide; turns?: Turns },
) {
  const clock = manualClock(T0);
  const store = shared?.store ?? new FakeStore();
  const far = shared?.far ?? new FakeFarSide();
  const folder = shared?.folder ?? temporaryFolder();
  const database = openProgressDatabase(join(folder, "publishers.db"));
  const name = settings.name ?? SETTINGS.name;
  const progress = new SqliteProgress(database, name);
  const feed = new BlockFeed(store, store.open, new TagDirectory());
  feed.loadDirectory();
  const stale: CurrentEntry[] = [];
  const now: CurrentEntry[] = [];
  const runner = new PublisherRunner(
    { ...SETTINGS, ...settings },
    {
      clock,
      log: createLog({ name: "test", level: "silent" }),
      random: () => 0.5,
      feed,
      turns: shared?.turns ?? clockTurns(clock),
      create: () => far.create(),
      progress,
      staleNow: () => stale,
      currentNow: () => now,
    },
  );
  const run = async (ms = 0): Promise<void> => {
    runner.start();
    runner.wake();
    await clock.advanceAsync(ms);
  };
  const stop = async (): Promise<void> => {
    const stopped = runner.stop();
    await clock.advanceAsync(10_000);
    await stopped;
    if (database.open) database.close();
  };
  onTestFinished(stop);
  return { clock, store, far, folder, progress, feed, runner, run, stop, stale, now };
}
