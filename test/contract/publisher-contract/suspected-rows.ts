/** What becomes of an error that may speak of one row or of all: one row is set aside, all are kept and offered again.
 *  [suspected rows] ← tests of the publishers that can have such errors */
import type { Value } from "@nonreturn/wire-format";
import { expect, it } from "vitest";
import { columns, sample } from "../../../packages/it-receiver/test/publishers/support/samples.ts";
import type { PublisherBench } from "./publisher-contract.ts";
import { GOOD, POISON_PATH, running, SETTLED_MS } from "./refused-rows.ts";

export interface SiteRule {
  readonly name: string;
  /** Called while connected: from now on the far side refuses samples of {@link POISON_PATH}. */
  arrange(): Promise<void>;
  /** Called while connected: from now on they are taken. Of the first rule. */
  lift?(): Promise<void>;
  /** 666, if left out. */
  readonly value?: Value;
  readonly reason: RegExp;
}

/** Something that is lost for all samples, and comes back. */
export interface LostRight {
  readonly name: string;
  lose(): Promise<void>;
  restore(): Promise<void>;
  readonly reason: RegExp;
}

export type SuspectedBench = Pick<PublisherBench, "publisher" | "held" | "listen" | "repeats"> & {
  readonly rules: readonly SiteRule[];
  readonly rights: readonly LostRight[];
};

/** @param rules  names of the bench's rules; @param rights  of its rights. */
export function describeSuspectedRows(
  makeBench: () => Promise<SuspectedBench>,
  rules: readonly string[],
  rights: readonly string[],
): void {
  /** Values of both good tags, each in order; of what came again the last one counts. */
  const held = async ({ held, repeats }: SuspectedBench): Promise<unknown[][]> =>
    Promise.all(
      GOOD.map(async (path) => {
        const values = (await held(path)).map(({ value }) => value);
        return repeats === "exactly once" ? values : [...new Set(values.toReversed())].toReversed();
      }),
    );

  it.each(rules)("sets the one sample aside that a rule of the site refuses: %s", async (name) => {
    const bench = await makeBench();
    const rule = bench.rules.find((one) => one.name === name)!;
    const { store, runner, settled, setAside } = await running(bench);
    store.addData("live", columns(sample(1, 1, 1), sample(2, 2, 2), sample(3, 3, 3))); // positive control: it is taken
    await settled();
    expect(setAside()).toEqual([]);
    await rule.arrange();
    for (let block = 0; block < 3; block++)
      store.addData(
        "live",
        columns(
          ...Array.from({ length: 30 }, (_, row) => {
            const at = 10 + block * 30 + row;
            if (block === 1 && row === 13) return sample(2, rule.value ?? 666, at);
            return sample(row % 2 === 0 ? 1 : 3, at, at);
          }),
        ),
      );
    await settled();
    const values = Array.from({ length: 90 }, (_, index) => 10 + index).filter((value) => value !== 53);
    expect(await held(bench)).toEqual([
      [1, ...values.filter((value) => value % 2 === 0)],
      [3, ...values.filter((value) => value % 2 === 1)],
    ]);
    expect(setAside()).toMatchObject([
      { position: 4, firstRow: 13, rows: 1, path: POISON_PATH, reason: expect.stringMatching(rule.reason) },
    ]);
    expect(runner.status()).toMatchObject({ state: "running", refusedRows: 1 });
  });

  it("finds the same tag in every batch, and waits for no failure after the first time", async () => {
    const bench = await makeBench();
    const rule = bench.rules[0]!;
    const { store, runner, settled, setAside } = await running(bench);
    store.addData("live", columns(sample(1, 1, 1), sample(2, 2, 2), sample(3, 3, 3)));
    await settled();
    await rule.arrange();
    const block = (at: number) => columns(sample(1, at, at), sample(2, rule.value ?? 666, at), sample(3, at, at));
    store.addData("live", block(10));
    await settled();
    expect(setAside()).toHaveLength(1);
    const { retries } = runner.status();
    expect(retries).toBeGreaterThanOrEqual(4);
    for (let batch = 1; batch <= 5; batch++) {
      store.addData("live", block(10 + batch));
      await settled();
      expect(setAside()).toHaveLength(1 + batch);
    }
    expect(runner.status().retries - retries).toBeLessThanOrEqual(5);
    const values = [10, 11, 12, 13, 14, 15];
    expect(await held(bench)).toEqual([
      [1, ...values],
      [3, ...values],
    ]);
    expect(runner.status()).toMatchObject({ state: "running", refusedRows: 6 });
  });

  it("publishes what was set aside when it is asked for and the rule is gone, once; not while it is there", async () => {
    const bench = await makeBench();
    const rule = bench.rules[0]!;
    const { store, runner, settled, setAside, retry, setAsideAgain } = await running(bench);
    await rule.arrange();
    store.addData("live", columns(sample(1, 10, 10), sample(2, 666, 11), sample(3, 13, 13), sample(2, 666, 14)));
    await settled();
    const records = setAside();
    expect(records).toMatchObject([{ firstRow: 1 }, { firstRow: 3 }]);
    const poisoned = async () => (await bench.held(POISON_PATH)).map(({ value }) => value);
    retry();
    await expect.poll(() => runner.status().refusedRows, { timeout: SETTLED_MS }).toBe(4);
    expect(setAside()).toHaveLength(2);
    expect(await poisoned()).toEqual([]);
    await rule.lift?.();
    retry();
    await expect.poll(setAside, { timeout: SETTLED_MS }).toEqual([]);
    expect(await poisoned()).toEqual([666, 666]);
    expect(await held(bench)).toEqual([[10], [13]]);
    expect(runner.progress).toMatchObject({ samples: 4, quarantined: 0, quarantinedRows: 0 });
    if (bench.repeats !== "exactly once") return;
    // A crash came before the record was gone.
    setAsideAgain(records);
    retry();
    await expect.poll(setAside, { timeout: SETTLED_MS }).toEqual([]);
    expect(await poisoned()).toEqual([666, 666]);
  });

  it.each(
    rights,
  )("keeps everything while every sample is refused, says why, and goes on afterwards: %s", async (name) => {
    const bench = await makeBench();
    const right = bench.rights.find((one) => one.name === name)!;
    const { store, runner, settled, setAside } = await running(bench);
    store.addData("live", columns(sample(1, 1, 1), sample(3, 3, 3)));
    await settled();
    await right.lose();
    store.addData(
      "live",
      columns(...Array.from({ length: 50 }, (_, row) => sample(row % 2 ? 3 : 1, 10 + row, 10 + row))),
    );
    runner.wake();
    const words = /every sample of a batch is refused/;
    await expect.poll(() => runner.status().reason, { timeout: SETTLED_MS }).toMatch(words);
    expect(runner.status().reason).toMatch(right.reason);
    // New ones come meanwhile, and it is offered again several times.
    store.addData("live", columns(sample(1, 100, 100), sample(3, 101, 101)));
    const { retries } = runner.status();
    await expect.poll(() => runner.status().retries, { timeout: SETTLED_MS }).toBeGreaterThan(retries + 3);
    expect(setAside()).toEqual([]);
    expect(runner.progress).toMatchObject({ live: 2, quarantined: 0 });
    await right.restore();
    await settled();
    const values = Array.from({ length: 50 }, (_, row) => 10 + row);
    expect(await held(bench)).toEqual([
      [1, ...values.filter((value) => value % 2 === 0), 100],
      [3, ...values.filter((value) => value % 2 === 1), 101],
    ]);
    expect(setAside()).toEqual([]);
    expect(runner.status()).toMatchObject({ state: "running", refusedRows: 0 });
  });
}
