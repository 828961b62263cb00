import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { manualClock } from "../../../../test/support/manual-clock.ts";
import { KnownRefusals } from "../../src/publishers/known-refusals.ts";
import { refusedEntry } from "../../src/publishers/publisher.ts";
import { RefusedSearch } from "../../src/publishers/refused-search.ts";
import { bench } from "./support/runner-bench.ts";
import { alarm, columns, entry, sample, T0, tag } from "./support/samples.ts";

const HOUR_MS = 3_600_000;
const WAYS = ["missing", "offered"] as const;
const upTo = (count: number): number[] => Array.from({ length: count }, (_, index) => index);
const TAGS = upTo(10).map((at) => tag(at + 1));
/** One sample of each tag; a value tells its tag and its block. */
const round = (block: number) => columns(...TAGS.map(({ tagId }) => sample(tagId, valueIn(tagId, block), block)));
const valueIn = (tagId: number, block: number): number => tagId * 10_000 + block;

describe("what was refused lately", () => {
  const entries = [entry(1, round(1), TAGS), entry(2, round(2), TAGS)];
  /** The first batch's search, of which these rows were set aside. */
  const found = (rows: readonly number[], kind?: string): RefusedSearch => {
    const batch = { lane: "live", entries, sealedAt: [], events: 0, step: {} } as unknown as RefusedSearch["batch"];
    const ranges = rows.map((row) => ({ first: row, end: row + 1, reason: "no" }));
    const search = new RefusedSearch(batch, refusedEntry("test", "no", {}, { through: 20, refused: ranges }));
    const setAside = search.setAside.map((range) => ({ ...range, kind }));
    return { batch, setAside, wasCut: false } as unknown as RefusedSearch;
  };

  it("is known by tag, for an hour since it was last refused, and until it is taken", () => {
    const clock = manualClock(T0);
    const known = new KnownRefusals(clock);
    expect(known.rowsIn(entries)).toEqual({ rows: [], by: "answer" });
    known.refused(found([3, 7]));
    expect(known.rowsIn(entries).rows).toEqual([3, 7, 13, 17]);
    clock.advance(HOUR_MS - 1);
    known.refused(found([7]));
    clock.advance(1);
    expect(known.rowsIn(entries).rows).toEqual([7, 17]);
    known.taken([entry(3, columns(sample(8, 1)), TAGS)]);
    expect(known.rowsIn(entries).rows).toEqual([]);
  });

  it("is known of a tag's samples apart from its alarm events, and of one journal", () => {
    const known = new KnownRefusals(manualClock(T0));
    known.refused(found([0]));
    const events = { ...entry(4, columns(), TAGS), events: [alarm(1, 1)] };
    expect(known.rowsIn([events]).rows).toEqual([]);
    expect(known.rowsIn([{ ...entries[0]!, journalEpoch: 2 }]).rows).toEqual([]);
    expect(known.rowsIn([events, entries[0]!]).rows).toEqual([1]);
  });

  it("is an error of single rows for an hour; that a connection ended is none", () => {
    const clock = manualClock(T0);
    const known = new KnownRefusals(clock);
    known.refused(found([3], "42501"));
    known.refused(found([4], "cut off"));
    expect(["42501", "cut off", "SITE1"].map((kind) => known.isOfRows(kind))).toEqual([true, false, false]);
    clock.advance(HOUR_MS);
    expect(known.isOfRows("42501")).toBe(false);
  });

  it("is bounded: of too many tags and errors the oldest are forgotten", () => {
    const known = new KnownRefusals(manualClock(T0));
    const many = upTo(1500).map((at) => tag(at + 1));
    const large = [entry(1, columns(...many.map(({ tagId }) => sample(tagId, 1))), many)];
    for (const row of upTo(1500)) {
      const setAside = [{ entry: 0, first: row, end: row + 1, reason: "no", kind: `E${row}` }];
      known.refused({ batch: { entries: large }, setAside, wasCut: false } as unknown as RefusedSearch);
    }
    expect(known.rowsIn(large).rows).toEqual(upTo(1000).map((at) => at + 500));
    expect(upTo(1500).filter((at) => known.isOfRows(`E${at}`))).toEqual(upTo(100).map((at) => at + 1400));
  });
});

describe("a tag that is refused in every batch", () => {
  const refuse = {
    refused: "refuseValues",
    suspected: "suspectValues",
  } as const;
  const cases = (["refused", "suspected"] as const).flatMap((how) => WAYS.map((trial) => [how, trial] as const));

  it.each(cases)("costs neither pauses nor connections once it is known (%s, trial %s)", async (how, trial) => {
    const { store, far, progress, run, runner } = bench({ batchSamples: 1000 });
    far.trial = trial;
    store.addDirectory("live", TAGS);
    for (const block of upTo(50)) far[refuse[how]].add(valueIn(4, block));
    for (const block of upTo(20)) store.addData("live", round(block));
    await run(60_000);
    expect(progress.load()).toMatchObject({ live: 21, quarantinedRows: 20 });
    const { connected, calls, trials } = far;
    const before = calls.length + trials;
    for (const block of upTo(10)) {
      store.addData("live", round(20 + 3 * block));
      store.addData("live", round(21 + 3 * block));
      await run(); // no time passes
      expect(progress.load()).toMatchObject({ live: 23 + 2 * block, quarantinedRows: 22 + 2 * block });
    }
    expect(far.connected).toBe(connected);
    // Two single rows, three times each if suspected; the others: at once, or the whole and three parts.
    const most = (how === "suspected" ? 6 : 2) + (trial === "offered" ? 1 : 4);
    expect(far.calls.length + far.trials - before).toBeLessThanOrEqual(10 * most);
    expect(runner.status()).toMatchObject({ state: "running" });
    const good = far.delivered.filter(({ path }) => path === "plant/tag-5").map(({ value }) => value as number);
    expect([...new Set(good)]).toEqual(
      good.toSorted((a, b) => a - b).filter((value, at, all) => value !== all[at - 1]),
    );
    expect(new Set(good).size).toBe(40);
  });

  it.each(
    cases,
  )("is published with the others again once it is taken, and then looked for no more (%s, trial %s)", async (how, trial) => {
    const { store, far, progress, run } = bench({ batchSamples: 1000 });
    far.trial = trial;
    store.addDirectory("live", TAGS);
    far[refuse[how]].add(valueIn(4, 0));
    store.addData("live", round(0));
    await run(60_000);
    expect(progress.load()).toMatchObject({ live: 2, quarantinedRows: 1 });
    store.addData("live", round(1));
    await run();
    const { length } = far.calls;
    const { trials } = far;
    store.addData("live", round(2));
    await run();
    expect(far.calls.length - length).toBe(1);
    expect(far.trials).toBe(trials);
    expect(progress.load()).toMatchObject({ live: 4, quarantinedRows: 1 });
    expect(far.values().slice(-10)).toEqual(TAGS.map(({ tagId }) => valueIn(tagId, 2)));
  });

  it("costs one connection each time where the connection ends at it", async () => {
    const { store, far, progress, run } = bench({ batchSamples: 1000 });
    store.addDirectory("live", TAGS);
    for (const block of upTo(50)) far.cutValues.add(valueIn(4, block));
    for (const block of upTo(5)) store.addData("live", round(block));
    await run(60_000);
    expect(progress.load()).toMatchObject({ live: 6, quarantinedRows: 5 });
    const { connected } = far;
    for (const block of upTo(10)) {
      store.addData("live", round(10 + block));
      await run(200); // a pause of 75 ms
    }
    expect(progress.load()).toMatchObject({ live: 16, quarantinedRows: 15 });
    expect(far.connected - connected).toBe(10);
  });

  it.each(
    WAYS,
  )("proves nothing when everything is refused with the same error: nothing is set aside (trial %s)", async (trial) => {
    const { store, far, progress, run, runner } = bench({ batchSamples: 1000 });
    far.trial = trial;
    store.addDirectory("live", TAGS);
    for (const block of upTo(60)) far.suspectValues.add(valueIn(4, block));
    for (const block of upTo(3)) store.addData("live", round(block));
    await run(60_000);
    expect(progress.load()).toMatchObject({ live: 4, quarantinedRows: 3 });
    far.suspectValues.add("every sample");
    for (const block of upTo(3)) store.addData("live", round(10 + block));
    await run(100_000);
    expect(progress.load()).toMatchObject({ live: 4, quarantinedRows: 3 });
    expect(runner.status().reason).toContain("every sample of a batch is refused: denied");
    far.suspectValues.delete("every sample");
    await run(10_000);
    expect(progress.load()).toMatchObject({ live: 7, quarantinedRows: 6 });
  });

  it.each(
    WAYS,
  )("is not the only one: another one is found beside it, without failures that are waited for (trial %s)", async (trial) => {
    const { store, far, progress, run } = bench({ batchSamples: 1000 });
    far.trial = trial;
    store.addDirectory("live", TAGS);
    for (const block of upTo(60)) far.suspectValues.add(valueIn(4, block));
    store.addData("live", round(0));
    await run(60_000);
    for (const block of upTo(60)) far.suspectValues.add(valueIn(9, block));
    const { connected } = far;
    for (const block of upTo(3)) store.addData("live", round(10 + block));
    await run();
    expect(progress.load()).toMatchObject({ live: 5, quarantinedRows: 7 });
    expect(far.connected).toBe(connected);
  });

  it("is one of many: it takes fewer blocks at once rather than set whole parts aside", async () => {
    const many = upTo(100).map((at) => tag(at + 1));
    const { store, far, progress, run } = bench({ batchSamples: 100_000 });
    far.trial = "offered";
    store.addDirectory("live", many);
    const block = (at: number) => columns(...many.map(({ tagId }) => sample(tagId, valueIn(tagId, at), at)));
    for (const at of upTo(100)) for (const tagId of upTo(30)) far.refuseValues.add(valueIn(3 * tagId + 1, at));
    store.addData("live", block(0));
    await run(10_000);
    expect(progress.load()).toMatchObject({ live: 2, quarantinedRows: 30 });
    for (const at of upTo(40)) store.addData("live", block(at + 1));
    await run(10_000);
    expect(progress.load()).toMatchObject({ live: 42, quarantinedRows: 41 * 30, samples: 41 * 70 });
  });

  it("does not keep late data in small calls", async () => {
    const { store, far, progress, run } = bench({ batchSamples: 20_000 });
    far.trial = "offered";
    const many = upTo(1000).map((at) => tag(at + 1));
    store.addDirectory("live", many);
    for (const at of upTo(40)) far.refuseValues.add(valueIn(4, at));
    for (const at of upTo(40))
      store.addData("late", columns(...many.map(({ tagId }) => sample(tagId, valueIn(tagId, at), at))));
    await run(60_000);
    expect(progress.load()).toMatchObject({ quarantinedRows: 40, samples: 40 * 999 });
    // The pace begins at 4096 samples.
    expect(Math.max(...far.calls.map((positions) => positions.length))).toBeGreaterThan(8);
  });

  it("and any others, whatever becomes of them: every sample is held or set aside, only refused ones are, and all stay in order", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.record({
          how: fc.constantFrom("refused", "suspected", "cut"),
          trial: fc.constantFrom(...WAYS),
          /** Per step: the poisonous tags, the blocks that come, whether everything is refused for a while, and how long it lasts. */
          steps: fc.array(
            fc.record({
              poison: fc.uniqueArray(fc.integer({ min: 1, max: 10 }), { maxLength: 4 }),
              blocks: fc.integer({ min: 1, max: 6 }),
              all: fc.boolean(),
              ms: fc.constantFrom(0, 50, 5000, 4_000_000),
            }),
            { minLength: 1, maxLength: 6 },
          ),
        }),
        async ({ how, trial, steps }) => {
          const { store, far, progress, run, stop } = bench({ batchSamples: 40 });
          far.trial = how === "cut" ? "missing" : trial;
          const values = { refused: far.refuseValues, suspected: far.suspectValues, cut: far.cutValues }[how];
          store.addDirectory("live", TAGS);
          const refused = new Set<number>();
          let block = 0;
          for (const { poison, blocks, all, ms } of steps) {
            for (const _ of upTo(blocks)) {
              block++;
              for (const tagId of poison) {
                values.add(valueIn(tagId, block));
                refused.add(valueIn(tagId, block));
              }
              store.addData("live", round(block));
            }
            if (all && how === "suspected") {
              const before = progress.load()?.quarantinedRows;
              far.suspectValues.add("every sample");
              await run(Math.min(ms, 5000));
              expect(progress.load()?.quarantinedRows ?? 0).toBe(before ?? 0);
              far.suspectValues.delete("every sample");
            } else await run(ms);
          }
          await run(1_000_000);
          const records = progress.quarantined(1000);
          expect(records.every(({ rows }) => rows === 1)).toBe(true);
          const setAside = records.map(({ value }) => Number(value));
          expect(setAside.toSorted((a, b) => a - b)).toEqual([...refused].toSorted((a, b) => a - b));
          for (const { tagId, path } of TAGS) {
            const held = far.delivered.filter((one) => one.path === path).map(({ value }) => value as number);
            const expected = upTo(block)
              .map((at) => valueIn(tagId, at + 1))
              .filter((value) => !refused.has(value));
            if (far.trial === "offered") expect(held).toEqual(expected);
            else expect([...new Set(held.toReversed())].toReversed()).toEqual(expected); // of what came again the last counts
          }
          await stop();
        },
      ),
      { seed: 20_261_126, numRuns: 120 },
    );
  });
});
