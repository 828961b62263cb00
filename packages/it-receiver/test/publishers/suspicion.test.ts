import { describe, expect, it } from "vitest";
import { bench } from "./support/runner-bench.ts";
import { alarm, columns, entry, sample, tag } from "./support/samples.ts";

const upTo = (count: number): number[] => Array.from({ length: count }, (_, index) => index);
const WAYS = ["missing", "offered"] as const;
const block = (from: number, count: number) => columns(...upTo(count).map((row) => sample(1, from + row, from + row)));
const alarms = (from: number, count: number) => upTo(count).map((row) => alarm(from + row, 1, { value: from + row }));

describe("an error that may speak of a row or of all", () => {
  it.each(
    WAYS,
  )("is about one row: it is set aside after four tries, with the reason, and the others arrive in order (trial %s)", async (trial) => {
    const { store, far, progress, run, runner } = bench({ batchSamples: 1000 });
    far.trial = trial;
    store.addDirectory("live", [tag(1)]);
    for (const at of upTo(4)) store.addData("live", block(at * 100, 100));
    far.suspectValues.add(237);
    await run(100);
    expect(progress.load()).toMatchObject({ live: 0, quarantined: 0 });
    expect(runner.status().reason).toContain("denied");
    await run(60_000);
    const expected = upTo(400).filter((value) => value !== 237);
    const values = far.values() as number[];
    // Without a trial the single rows that were offered first arrive again at their place.
    expect(trial === "offered" ? values : values.slice(-expected.length)).toEqual(expected);
    expect(values.length - expected.length).toBeLessThanOrEqual(trial === "offered" ? 0 : 1);
    expect(progress.quarantined(9)).toMatchObject([{ position: 4, firstRow: 37, rows: 1, reason: "denied" }]);
    expect(progress.load()).toMatchObject({ live: 5, samples: 399, quarantinedRows: 1 });
    expect(runner.status()).toMatchObject({ state: "running", refusedRows: 1 });
    expect(far.connected).toBe(4);
  });

  it.each(
    WAYS,
  )("is about all: nothing is set aside however long it takes, the cost is bounded, and all arrive afterwards (trial %s)", async (trial) => {
    const { store, far, progress, run, runner } = bench({ batchSamples: 1000 });
    far.trial = trial;
    store.addDirectory("live", [tag(1)]);
    for (const at of upTo(10)) store.addData("live", block(at * 100, 100));
    far.suspectValues.add("every sample");
    await run(600_000);
    expect(runner.status().reason).toContain("every sample of a batch is refused: denied");
    expect(progress.load()).toMatchObject({ live: 0, quarantined: 0 });
    expect(far.values()).toEqual([]);
    // 600 pauses of a second at most, 33 calls between two.
    expect(far.calls.length + far.trials).toBeGreaterThan(600);
    expect(far.calls.length + far.trials).toBeLessThan(50_000);
    expect(far.connected).toBe(4); // who is connected to a server of ours stays so
    far.suspectValues.clear();
    await run(2000);
    expect(far.values()).toEqual(upTo(1000));
    expect(progress.load()).toMatchObject({ live: 11, samples: 1000, quarantined: 0 });
    expect(runner.status().state).toBe("running");
  });

  it("is about nearly all: the few that are taken are found, though not each time", async () => {
    const { store, far, progress, run } = bench({ batchSamples: 1000 });
    far.trial = "offered";
    store.addDirectory("live", [tag(1)]);
    store.addData("live", block(0, 150));
    for (const value of upTo(150)) if (value % 50 !== 7) far.suspectValues.add(value);
    await run(600_000);
    expect(far.values()).toEqual([7, 57, 107]);
    expect(progress.load()).toMatchObject({ live: 2, samples: 3, quarantinedRows: 147 });
  });

  it.each(WAYS)("is about all alarm events, while samples are taken: many are kept (trial %s)", async (trial) => {
    const { store, far, progress, run } = bench({ batchSamples: 1000 });
    far.trial = trial;
    far.events = "wanted";
    store.addDirectory("live", [tag(1)]);
    store.addData("live", block(0, 50));
    store.addEvents("live", alarms(100, 20));
    far.suspectValues.add("every event");
    await run(100_000);
    expect(progress.load()).toMatchObject({ live: 0, quarantined: 0 });
    far.suspectValues.clear();
    await run(10_000);
    expect(far.values().slice(-70)).toEqual([...upTo(50), ...upTo(20).map((row) => 100 + row)]);
    expect(progress.load()).toMatchObject({ live: 3, quarantined: 0 });
  });

  it("is about alarm events that come one by one: after the eighth no more are given up", async () => {
    const { store, far, progress, run } = bench({ batchSamples: 1000 });
    far.trial = "offered";
    far.events = "wanted";
    store.addDirectory("live", [tag(1)]);
    far.suspectValues.add("every event");
    for (const at of upTo(12)) {
      store.addEvents("live", alarms(at + 1, 1));
      store.addData("live", block(100 + at, 1));
      await run(20_000);
    }
    expect(progress.load()).toMatchObject({ quarantinedRows: 8 });
    far.suspectValues.clear();
    await run(20_000);
    expect(far.values().filter((value) => (value as number) < 100)).toEqual([9, 10, 11, 12]);
  });

  it("is about one sample alone: it waits for others, which show that they are taken", async () => {
    const { store, far, progress, run } = bench();
    store.addDirectory("live", [tag(1)]);
    store.addData("live", block(1, 1));
    far.suspectValues.add(1);
    await run(100_000);
    expect(progress.load()).toMatchObject({ live: 0, quarantined: 0 });
    store.addData("live", block(2, 3));
    await run(10_000);
    expect(progress.quarantined(9)).toMatchObject([{ position: 2, value: "1" }]);
    expect(progress.load()).toMatchObject({ live: 3, samples: 3 });
  });

  it("becomes one about all while the rows are looked for: nothing is set aside", async () => {
    const { store, far, progress, run } = bench({ batchSamples: 1000 });
    far.trial = "offered";
    store.addDirectory("live", [tag(1)]);
    store.addData("live", block(0, 100));
    far.suspectValues.add(99);
    far.onTrial = () => void (far.trials === 3 && far.suspectValues.add("every sample"));
    await run(100_000);
    expect(far.trials).toBeGreaterThan(100);
    expect(progress.load()).toMatchObject({ live: 0, quarantined: 0 });
    far.suspectValues.delete("every sample");
    await run(10_000);
    expect(far.values()).toEqual(upTo(99));
    expect(progress.quarantined(9)).toMatchObject([{ value: "99", rows: 1 }]);
  });

  it("about everything late does not hold live blocks up", async () => {
    const { store, far, progress, run } = bench();
    store.addDirectory("live", [tag(1)]);
    store.addData("late", block(100, 5));
    for (const value of upTo(5)) far.suspectValues.add(100 + value);
    await run(100_000);
    expect(progress.load()).toMatchObject({ late: 0, quarantined: 0 });
    store.addData("live", block(1, 1));
    await run(); // no time passes
    expect(far.values()).toEqual([1]);
  });

  it("about current values drops the few that are refused; none while many are", async () => {
    const { far, run, runner } = bench();
    const offer = (count: number) =>
      runner.offerCurrent({
        afterPosition: 0,
        entry: { ...entry(0, block(0, count), [tag(1)]), origin: "refresh" },
      });
    far.suspectValues.add(2);
    offer(20);
    await run(10_000);
    expect(new Set(far.values())).toEqual(new Set(upTo(20).filter((value) => value !== 2)));
    expect(runner.status()).toMatchObject({ refusedRows: 1, state: "running" });
    far.suspectValues.add("every sample");
    offer(20);
    await run(100_000);
    expect(runner.status()).toMatchObject({ refusedRows: 1, state: "waiting" });
    far.suspectValues.clear();
    far.delivered.length = 0;
    await run(10_000);
    expect(far.values()).toEqual(upTo(20));
  });
});
