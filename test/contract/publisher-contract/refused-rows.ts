/** What becomes of a sample that the far side refuses for what it is: it alone is set aside, with its reason, and nothing waits for it.
 *  [refused rows] ← publisher contract */
import { join } from "node:path";
import { createLog, systemClock } from "@nonreturn/station";
import type { TagDefinition, Value } from "@nonreturn/wire-format";
import { expect, it, onTestFinished } from "vitest";
import { BlockFeed } from "../../../packages/it-receiver/src/publishers/block-feed.ts";
import { progressStep, type QuarantinedRows } from "../../../packages/it-receiver/src/publishers/progress.ts";
import { markForRetry, PROGRESS_FILE } from "../../../packages/it-receiver/src/publishers/quarantine-table.ts";
import { PublisherRunner } from "../../../packages/it-receiver/src/publishers/runner.ts";
import { openProgressDatabase, SqliteProgress } from "../../../packages/it-receiver/src/publishers/sqlite-progress.ts";
import { textOf } from "../../../packages/it-receiver/src/publishers/value-text.ts";
import { TagDirectory } from "../../../packages/it-receiver/src/tag/directory.ts";
import { clockTurns } from "../../../packages/it-receiver/test/publishers/support/clock-turns.ts";
import { FakeStore } from "../../../packages/it-receiver/test/publishers/support/fake-store.ts";
import { columns, sample, tag } from "../../../packages/it-receiver/test/publishers/support/samples.ts";
import { temporaryFolder } from "../../support/temporary-folder.ts";
import type { PublisherBench } from "./publisher-contract.ts";

/** How a far side comes to refuse one sample. */
export type Poison =
  | {
      /** Of the refused samples, if that is what makes them so. */
      readonly value?: Value;
      /** Called while connected, before any sample: from now on samples of {@link POISON_PATH} are refused. */
      arrange?(): Promise<void>;
      /** Called while connected: from now on they are taken. Left out where that is beyond the far side. */
      lift?(): Promise<void>;
      /** answer, if left out. cut: the connection ends instead, so that nothing is refused before something else was accepted. */
      readonly toldBy?: "answer" | "cut";
      /** What an operator reads. */
      readonly reason: RegExp;
    }
  /** Why no sample can be refused by itself. */
  | { readonly never: string };

export const POISON_PATH = "poison/tag";
export const GOOD = ["good/1", "good/2"] as const;
export const SETTLED_MS = 60_000;
const upTo = (count: number): number[] => Array.from({ length: count }, (_, index) => index);

const TAGS = [tag(1, GOOD[0]), tag(2, POISON_PATH), tag(3, GOOD[1])];

/** A runner with the bench's publisher, connected and told of the tags; whoever listens does. */
export async function running(
  bench: Pick<PublisherBench, "publisher" | "listen" | "progressFile">,
  tags: readonly TagDefinition[] = TAGS,
  { deadlineMs = 30_000, create = () => bench.publisher } = {},
) {
  const { publisher } = bench;
  const store = new FakeStore();
  store.addDirectory("live", tags);
  const feed = new BlockFeed(store, store.open, new TagDirectory());
  feed.loadDirectory();
  const file = join(temporaryFolder(), PROGRESS_FILE);
  const database = openProgressDatabase(file);
  const kept = new SqliteProgress(database, "contract");
  const runner = new PublisherRunner(
    {
      ...{ name: "contract", wants: "current", farSide: "keeps", startFrom: "oldest" },
      ...{ batchSamples: 10_000, batchBytes: 1_000_000, deadlineMs, refusedTries: 3 },
      backOff: { firstMs: 10, longestMs: 50 },
      backlog: { forMs: Number.POSITIVE_INFINITY, bytes: Number.POSITIVE_INFINITY },
    },
    {
      clock: systemClock,
      log: createLog({ name: "test", level: "silent" }),
      random: () => 0.5,
      feed,
      turns: clockTurns(systemClock),
      create,
      progress: kept,
      staleNow: () => [],
      currentNow: () => [],
    },
  );
  const cancel = systemClock.every(100, () => runner.wake()); // as the station does
  onTestFinished(async () => {
    cancel();
    await runner.stop();
    database.close();
  });
  const settled = async (): Promise<void> => {
    runner.wake();
    await expect.poll(() => runner.drained, { timeout: SETTLED_MS }).toBe(true);
  };
  runner.start();
  await settled();
  await bench.listen?.(GOOD);
  const retry = (): void => {
    markForRetry(bench.progressFile ?? file, undefined, undefined);
    runner.wake();
  };
  const keeper = publisher.progress ?? kept;
  const setAsideAgain = (quarantine: readonly QuarantinedRows[]): void => keeper.save(progressStep({ quarantine }));
  return { store, runner, settled, retry, setAsideAgain, setAside: () => keeper.quarantined(100) };
}

export function describeRefusedRows(makeBench: () => Promise<PublisherBench>): void {
  it("sets a sample aside that is refused by itself, with tag, time, value and reason; every other arrives in order", async () => {
    const bench = await makeBench();
    const { poison } = bench;
    if ("never" in poison) return void expect(poison.never).not.toBe("");
    const { store, runner, settled, setAside } = await running(bench);
    await poison.arrange?.();
    const poisonValue = poison.value ?? 666;
    const values: number[] = [];
    let at = 0;
    // Of each block: its place among the good samples, or none.
    for (const places of [[], [17], [0, 1, 39], []]) {
      const block = Array.from({ length: 40 }, (_, row) => {
        at++;
        if (places.includes(row)) return sample(2, poisonValue, at);
        values.push(at);
        return sample(at % 2 === 0 ? 1 : 3, at, at);
      });
      store.addData("live", columns(...block));
    }
    await settled();
    store.addData("live", columns(sample(1, 1000, 1000), sample(3, 1001, 1001)));
    values.push(1000, 1001);
    await settled();
    for (const [index, path] of GOOD.entries()) {
      const held = (await bench.held(path)).map(({ value }) => value);
      const expected = values.filter((value) => value % 2 === index);
      const shown = bench.shows === "only newest" ? expected.slice(-1) : expected;
      // A far side that is told at least once may be told again while the refused ones are looked for.
      expect(bench.repeats === "exactly once" ? held : [...new Set(held)]).toEqual(shown);
    }
    const records = setAside();
    expect(records.map(({ position, firstRow, rows }) => [position, firstRow, rows]).toSorted()).toEqual([
      [3, 17, 1],
      [4, 0, 1],
      [4, 1, 1],
      [4, 39, 1],
    ]);
    for (const { path, value, reason, sourceTime } of records) {
      expect(path).toBe(POISON_PATH);
      expect(textOf(poisonValue)!.startsWith(value)).toBe(true);
      expect(reason).toMatch(poison.reason);
      expect(sourceTime).toBeGreaterThan(0);
    }
    expect(runner.status()).toMatchObject({ state: "running", refusedRows: 4, refusedEntries: 2 });
    expect(runner.progress).toMatchObject({ samples: values.length, quarantined: 2, quarantinedRows: 4 });
  });

  it("offers what was set aside again when it is asked for: once the cause is gone it arrives, once; before it stays set aside", async () => {
    const bench = await makeBench();
    const { poison } = bench;
    if ("never" in poison) return void expect(poison.never).not.toBe("");
    const value = poison.value ?? 666;
    const { store, runner, settled, setAside, retry, setAsideAgain } = await running(bench);
    await poison.arrange?.();
    // Where only the newest is shown, an older one is no news that could be refused again.
    const refused = bench.shows === undefined || bench.shows === "everything" ? [1, 3] : [1];
    const rows = upTo(4).map((at) => (refused.includes(at) ? sample(2, value, at) : sample(at < 2 ? 1 : 3, at, at)));
    store.addData("live", columns(...rows));
    await settled();
    const records = setAside();
    expect(records.map(({ firstRow }) => firstRow)).toEqual(refused);
    retry();
    await expect.poll(() => runner.status().refusedRows, { timeout: SETTLED_MS }).toBe(2 * refused.length);
    for (const { reason } of setAside()) expect(reason).toMatch(poison.reason);
    const samples = 4 - refused.length;
    expect(runner.progress).toMatchObject({ samples, quarantined: 1, quarantinedRows: refused.length });
    if (poison.lift === undefined) return;
    await poison.lift();
    retry();
    await expect.poll(setAside, { timeout: SETTLED_MS }).toEqual([]);
    const poisoned = async () => (await bench.held(POISON_PATH)).map((one) => one.value);
    expect(await poisoned()).toEqual([bench.shown(value), bench.shown(value)]);
    expect(runner.progress).toMatchObject({ samples: 4, quarantined: 0, quarantinedRows: 0 });
    // What comes next is taken with the others, although it was refused before.
    store.addData("live", columns(sample(2, value, 20), sample(1, 21, 21)));
    await settled();
    expect(await poisoned()).toHaveLength(3);
    expect(setAside()).toEqual([]);
    if (bench.repeats !== "exactly once") return;
    // A crash came before the record was gone.
    setAsideAgain(records);
    retry();
    await expect.poll(setAside, { timeout: SETTLED_MS }).toEqual([]);
    expect(await poisoned()).toHaveLength(3);
  });

  it("offers a block again of which every sample is refused, then sets it aside and goes on", async () => {
    const bench = await makeBench();
    const { poison } = bench;
    if ("never" in poison) return void expect(poison.never).not.toBe("");
    const { store, runner, settled, setAside } = await running(bench);
    await poison.arrange?.();
    const refused = Array.from({ length: 5 }, (_, row) => sample(2, poison.value ?? 666, row));
    store.addData("live", columns(...refused));
    if (poison.toldBy === "cut") {
      runner.wake();
      await expect.poll(() => runner.status().retries, { timeout: SETTLED_MS }).toBeGreaterThan(3);
      expect(setAside()).toEqual([]);
    } else await settled();
    store.addData("live", columns(sample(1, 1, 10)));
    await settled();
    const held = (await bench.held(GOOD[0]!)).map(({ value }) => value);
    expect(bench.repeats === "exactly once" ? held : [...new Set(held)]).toEqual([1]);
    expect(setAside().reduce((sum, { rows }) => sum + rows, 0)).toBe(5);
    expect(runner.status().state).toBe("running");
  });
}
