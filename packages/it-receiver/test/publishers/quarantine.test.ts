import { describe, expect, it } from "vitest";
import { progressStep } from "../../src/publishers/progress.ts";
import { FakeFarSide } from "./support/fake-publisher.ts";
import { bench } from "./support/runner-bench.ts";
import { alarm, columns, entry, sample, tag } from "./support/samples.ts";

const one = (value: number) => columns(sample(1, value));
const upTo = (count: number): number[] => Array.from({ length: count }, (_, index) => index);
/** How a far side is asked for refused rows. */
const WAYS = ["missing", "offered"] as const;

describe("what the far side refuses", () => {
  it.each(
    WAYS,
  )("is one sample among many blocks: it alone is set aside, the others arrive once and in order (trial %s)", async (trial) => {
    const { store, far, progress, run, runner } = bench({ batchSamples: 1000 });
    far.trial = trial;
    store.addDirectory("live", [tag(1)]);
    for (const block of upTo(8))
      store.addData("live", columns(...upTo(100).map((row) => sample(1, block * 100 + row))));
    far.refuseValues.add(437);
    await run(10_000);
    expect(far.values()).toEqual(upTo(800).filter((value) => value !== 437));
    expect(far.calls.length + far.trials).toBeLessThan(2 * Math.ceil(Math.log2(800)) + 4);
    expect(progress.quarantined(9)).toEqual([
      {
        ...{ position: 6, lane: "live", firstRow: 37, rows: 1, path: "plant/tag-1", value: "437" },
        ...{ sourceTime: expect.any(Number), reason: "not the value 437", at: expect.any(Number) },
      },
    ]);
    expect(progress.load()).toMatchObject({ live: 9, samples: 799, quarantined: 1, quarantinedRows: 1 });
    expect(runner.status()).toMatchObject({ state: "running", refusedEntries: 1, refusedRows: 1 });
    expect(far.connected).toBe(1);
    store.addData("live", one(1000));
    store.addData("live", one(1001));
    await run();
    expect(far.calls.at(-1)).toEqual([10, 11]); // together again
  });

  it.each(WAYS)("are samples and alarm events of several blocks: each is named (trial %s)", async (trial) => {
    const { store, far, progress, run, runner } = bench({ batchSamples: 100 });
    far.trial = trial;
    far.events = "wanted";
    store.addDirectory("live", [tag(1)]);
    store.addData("live", columns(...upTo(10).map((value) => sample(1, value, value))));
    store.addEvents("live", [alarm(1, 1, { value: 20 }), alarm(2, 1, { value: 21 }), alarm(3, 1, { value: 22 })]);
    store.addData("late", columns(...upTo(10).map((value) => sample(1, 30 + value, value))));
    for (const value of [0, 9, 21, 35]) far.refuseValues.add(value);
    await run(10_000);
    const expected = [...upTo(10), 20, 21, 22, ...upTo(10).map((value) => 30 + value)];
    expect(far.values()).toEqual(expected.filter((value) => !far.refuseValues.has(value)));
    const found = progress.quarantined(9).map(({ lane, firstRow, value }) => [lane, firstRow, value]);
    expect(found.toSorted()).toEqual([
      ["late", 5, "35"],
      ["live", 0, "0"],
      ["live", 1, "21"],
      ["live", 9, "9"],
    ]);
    expect(progress.load()).toMatchObject({ samples: 17, quarantined: 3, quarantinedRows: 4 });
    expect(runner.status()).toMatchObject({ events: 2, refusedRows: 4, refusedEntries: 3 });
  });

  it.each(
    WAYS,
  )("is a third of the samples: the cost is bounded, and every one is either held or set aside (trial %s)", async (trial) => {
    const { store, far, progress, run } = bench({ batchSamples: 20_000 });
    far.trial = trial;
    store.addDirectory("live", [tag(1)]);
    for (const block of upTo(20))
      store.addData("live", columns(...upTo(500).map((row) => sample(1, block * 500 + row))));
    const values = upTo(10_000);
    for (const value of values) if (value % 3 === 0) far.refuseValues.add(value);
    await run(10_000);
    expect(far.calls.length + far.trials).toBeLessThan(1100);
    const records = progress.quarantined(100_000);
    const setAside = records.flatMap(({ position, firstRow, rows }) =>
      upTo(rows).map((row) => (position - 2) * 500 + firstRow + row),
    );
    expect([...setAside, ...(far.values() as number[])].toSorted((a, b) => a - b)).toEqual(values);
    expect(records.some(({ rows }) => rows > 1)).toBe(true); // what was not looked for any more
    expect(progress.load()).toMatchObject({ live: 21, samples: far.values().length, quarantinedRows: setAside.length });
  });

  it.each(
    WAYS,
  )("is everything: it is offered again with growing pauses, then set aside, and what comes next is published (trial %s)", async (trial) => {
    const { store, far, progress, run, runner } = bench();
    far.trial = trial;
    store.addDirectory("live", [tag(1)]);
    store.addData("live", columns(...[1, 2, 3].map((value) => sample(1, value))));
    for (const value of [1, 2, 3]) far.refuseValues.add(value);
    await run(10);
    expect(runner.status()).toMatchObject({ state: "waiting" });
    expect(runner.status().reason).toContain("every sample of a batch is refused: not the value 3");
    expect(progress.load()).toMatchObject({ live: 0, quarantinedRows: 0 });
    far.refuseValues.clear(); // the operator was quick
    await run(10_000);
    expect(far.values()).toEqual([1, 2, 3]);
    store.addData("live", columns(...[4, 5].map((value) => sample(1, value))));
    for (const value of [4, 5]) far.refuseValues.add(value);
    await run(10_000);
    store.addData("live", one(6));
    await run(10_000);
    expect(far.values()).toEqual([1, 2, 3, 6]);
    expect(progress.load()).toMatchObject({ live: 4, samples: 4, quarantined: 1, quarantinedRows: 2 });
    expect(runner.status().state).toBe("running");
    expect(far.connected).toBe(1);
  });

  it("is refused together with what came meanwhile, once that shows that others are taken", async () => {
    const { store, far, progress, run } = bench();
    store.addDirectory("live", [tag(1)]);
    store.addData("live", one(1));
    far.refuseValues.add(1);
    await run(10);
    store.addData("live", one(2));
    await run(100);
    expect(far.values()).toEqual([2]);
    expect(progress.quarantined(9)).toMatchObject([{ position: 2, value: "1" }]);
  });

  it("does not hold live blocks up while everything late is refused", async () => {
    const { store, far, run, progress } = bench();
    store.addDirectory("live", [tag(1)]);
    store.addData("late", columns(sample(1, 100), sample(1, 101)));
    far.refuseValues.add(100).add(101);
    await run(10);
    store.addData("live", one(1));
    await run(); // no time passes
    expect(far.values()).toEqual([1]);
    await run(10_000);
    expect(progress.load()).toMatchObject({ late: 2, quarantinedRows: 2 });
  });

  it("comes between live blocks while a late batch is searched", async () => {
    const far = new FakeFarSide();
    const { store, run, progress } = bench({ batchSamples: 100 }, { ...benchParts(), far });
    store.addDirectory("live", [tag(1)]);
    store.addData("late", columns(...upTo(64).map((value) => sample(1, 100 + value))));
    far.refuseValues.add(163);
    far.onCall = () => {
      if (far.calls.length === 3) store.addData("live", one(1));
    };
    await run(1000);
    expect(far.values().indexOf(1)).toBeLessThan(60); // not behind the whole search
    expect(far.values().filter((value) => value !== 1)).toEqual(upTo(63).map((value) => 100 + value));
    expect(progress.load()).toMatchObject({ live: 3, late: 2, quarantinedRows: 1 });
  });

  it.each(
    WAYS,
  )("is still looked for after the far side was away in between; nothing is offered twice that was held (trial %s)", async (trial) => {
    const { store, far, progress, run } = bench({ batchSamples: 100 });
    far.trial = trial;
    store.addDirectory("live", [tag(1)]);
    store.addData("live", columns(...upTo(64).map((value) => sample(1, value))));
    far.refuseValues.add(40);
    far.onCall = () => {
      if (far.calls.length === 4) far.behaviours.push("fail");
    };
    if (trial === "offered") far.behaviours = ["take", "fail"];
    await run(60_000);
    expect(far.values()).toEqual(upTo(64).filter((value) => value !== 40));
    expect(far.connected).toBe(2);
    expect(progress.load()).toMatchObject({ live: 2, samples: 63, quarantinedRows: 1 });
  });

  it("is no row by itself, but so many at once: fewer blocks are offered, and none is set aside", async () => {
    const { store, far, progress, run } = bench({ batchSamples: 100 });
    far.trial = "offered";
    store.addDirectory("live", [tag(1)]);
    for (const block of upTo(8)) store.addData("live", columns(...upTo(10).map((row) => sample(1, block * 10 + row))));
    far.mostRows = 25;
    await run(10_000);
    expect(far.values()).toEqual(upTo(80));
    expect(progress.load()).toMatchObject({ live: 9, samples: 80, quarantined: 0 });
  });

  it("is among current values: it is dropped and counted, the others arrive", async () => {
    for (const trial of WAYS) {
      const { far, run, runner, stop } = bench();
      far.trial = trial;
      far.refuseValues.add(2);
      const samples = columns(...[1, 2, 3].map((value) => sample(1, value)));
      runner.offerCurrent({ afterPosition: 0, entry: { ...entry(0, samples, [tag(1)]), origin: "refresh" } });
      await run();
      expect(far.values()).toEqual([1, 3]);
      expect(runner.status()).toMatchObject({ refusedRows: 1, state: "running" });
      await stop();
    }
  });

  it("is not said to be refused, the connection ends instead: it is found all the same, and what is held is not offered again", async () => {
    const { store, far, progress, run, runner } = bench({ batchSamples: 1000 });
    store.addDirectory("live", [tag(1)]);
    for (const block of upTo(4)) store.addData("live", columns(...upTo(50).map((row) => sample(1, block * 50 + row))));
    far.cutValues.add(77).add(78);
    await run(300_000);
    const values = far.values() as number[];
    expect([...new Set(values)]).toEqual(upTo(200).filter((value) => !far.cutValues.has(value)));
    // Before the rows are suspected the batch is offered as a whole.
    expect(values.filter((value) => value > 78)).toEqual(upTo(200).filter((value) => value > 78));
    expect(progress.quarantined(9).map(({ value, rows, reason }) => [value, rows, reason])).toEqual([
      ["77", 1, "it was cut off"],
      ["78", 1, "it was cut off"],
    ]);
    expect(progress.load()).toMatchObject({ live: 5, samples: 198 });
    expect(runner.status().state).toBe("running");
    expect(far.connected).toBeLessThan(30);
  });

  it("ends the connection instead, a hundred and twenty times in a row: each is set aside, without long pauses", async () => {
    const { store, far, progress, run } = bench({ batchSamples: 1000, backOff: { firstMs: 100, longestMs: 60_000 } });
    store.addDirectory("live", [tag(1)]);
    store.addData("live", columns(...upTo(200).map((row) => sample(1, row))));
    for (const value of upTo(120)) far.cutValues.add(value);
    await run(180_000);
    expect(progress.load()).toMatchObject({ live: 2, samples: 80, quarantinedRows: 120 });
    expect(far.values().slice(-80)).toEqual(upTo(80).map((row) => 120 + row));
  });

  it.each([
    1, 50, 500,
  ])("is nothing where the connection ends whatever is offered: none of %i is set aside, and all arrive when that is over", async (count) => {
    const { store, far, progress, run } = bench({ batchSamples: 1000 });
    store.addDirectory("live", [tag(1)]);
    store.addData("live", columns(...upTo(count).map((row) => sample(1, row))));
    for (const value of upTo(count)) far.cutValues.add(value);
    await run(3_600_000);
    expect(progress.load()).toMatchObject({ live: 0, quarantined: 0 });
    expect(far.calls.length).toBeGreaterThan(50);
    far.cutValues.clear();
    await run(60_000);
    // What was taken first, out of its order, is told again behind what comes before it.
    expect(far.values().slice(-count)).toEqual(upTo(count));
    expect(progress.load()).toMatchObject({ live: 2, samples: count, quarantined: 0 });
  });

  it("is listed up to a bound: of more the oldest are forgotten", () => {
    const { progress } = bench();
    const record = (at: number) => ({
      ...{
        position: at,
        lane: "live" as const,
        firstRow: 0,
        rows: 1,
        path: "a",
        sourceTime: 0,
        value: "",
        reason: "no",
        at,
      },
    });
    for (let from = 0; from < 101_500; from += 500)
      progress.save(progressStep({ quarantine: upTo(500).map((index) => record(from + index)) }));
    const listed = progress.quarantined(1_000_000);
    expect(listed.length).toBeLessThanOrEqual(101_000);
    expect(listed.length).toBeGreaterThanOrEqual(100_000);
    expect(listed[0]?.position).toBe(101_499);
    expect(listed.at(-1)!.position).toBeGreaterThan(400);
  });

  it("is remembered over a restart, and not offered again", async () => {
    const first = bench();
    first.store.addDirectory("live", [tag(1)]);
    first.store.addData("live", columns(sample(1, 1), sample(1, 2)));
    first.far.refuseValues.add(2);
    await first.run(1000);
    await first.stop();
    const second = bench({}, { store: first.store, folder: first.folder });
    await second.run(1000);
    expect(second.far.values()).toEqual([]);
    expect(second.progress.load()).toMatchObject({ quarantined: 1, quarantinedRows: 1 });
    expect(second.progress.quarantined(9)).toMatchObject([{ value: "2", firstRow: 1 }]);
  });
});

function benchParts() {
  const { store, folder } = bench();
  return { store, folder };
}
