import { describe, expect, it, onTestFinished } from "vitest";
import { temporaryFolder } from "../../../../test/support/temporary-folder.ts";
import { TurnPace, Turns } from "../../src/publishers/turns.ts";
import { FakeStore } from "./support/fake-store.ts";
import { bench } from "./support/runner-bench.ts";
import { columns, sample, tag } from "./support/samples.ts";

/** Turns that come when the test says so, of a processor whose time it counts. */
function byHand() {
  const asked: (() => void)[] = [];
  const spent = { ms: 0, clockMs: 0 };
  let isReleased = false;
  const turns = new Turns({
    clock: { monotonicMs: () => spent.ms + spent.clockMs },
    soon: (callback) => (isReleased ? setImmediate(callback) : asked.push(callback)),
    busyMs: () => spent.ms,
  });
  /** What was asked for until now, as one turn of the event loop runs it. */
  const turn = async (): Promise<void> => {
    for (const callback of asked.splice(0)) {
      callback();
      await settled();
    }
  };
  /** Before runners are stopped: what was asked for, and from now on without the test. */
  const release = async (): Promise<void> => {
    isReleased = true;
    await turn();
  };
  return { turns, turn, spent, asked, release };
}

const settled = () => new Promise<void>((resolve) => void setImmediate(resolve));

describe("turns", () => {
  it("are given one by one, in the order of asking, to those who have caught up first", async () => {
    const { turns, turn, asked } = byHand();
    const came: string[] = [];
    const ask = (who: "caught up" | "behind", name: string) => void turns.next(who).then(() => came.push(name));
    ask("behind", "a");
    ask("behind", "b");
    ask("behind", "c");
    ask("caught up", "d");
    for (const expected of [["a"], ["a", "d"], ["a", "d", "b"], ["a", "d", "b", "c"]]) {
      await turn();
      expect(came).toEqual(expected);
    }
    expect(asked).toEqual([]);
    ask("behind", "e");
    await turn();
    expect(came.at(-1)).toBe("e");
  });

  it("say how much processor time passed in them, not what passed before and after", async () => {
    const { turns, turn, spent } = byHand();
    const took: number[] = [];
    const work = turns
      .next("behind", (tookMs) => took.push(tookMs))
      .then(() => {
        spent.ms += 3;
      })
      .then(() => {
        spent.ms += 4;
      });
    spent.ms += 100;
    await turn();
    spent.ms += 100;
    await work;
    expect(took).toEqual([7]);
  });

  it("are long enough by the processor's time, not because others load the machine", () => {
    const { turns, spent } = byHand();
    const isLongEnough = turns.piece();
    spent.clockMs += 1000;
    expect(isLongEnough()).toBe(false);
    spent.ms += 5;
    expect(isLongEnough()).toBe(true);
    expect(turns.piece()()).toBe(false);
  });
});

describe("the pace of turns", () => {
  it("halves what takes more than two pieces, doubles what takes less than one, between a few samples and a full batch", () => {
    const pace = new TurnPace(20_000);
    const after = (tookMs: number): number => {
      pace.took(tookMs);
      return pace.samples;
    };
    expect(pace.samples).toBe(20_000);
    expect([20, 11, 10, 5].map(after)).toEqual([10_000, 5000, 5000, 5000]);
    expect([4.9, 0, 0].map(after)).toEqual([10_000, 20_000, 20_000]);
    for (let turn = 0; turn < 20; turn++) pace.took(1000);
    expect(pace.samples).toBe(256);
    const small = new TurnPace(10);
    small.took(1000);
    expect(small.samples).toBe(10);
  });
});

describe("a publisher that is behind", () => {
  it("takes one call a turn, smaller ones where they take long, while one that is not behind waits for none", async () => {
    const { turns, turn, spent, release } = byHand();
    const store = new FakeStore();
    store.addDirectory("live", [tag(1)]);
    const hundred = columns(...Array.from({ length: 100 }, () => sample(1, 0)));
    for (let block = 0; block < 80; block++) store.addData("live", hundred);
    const shared = { store, folder: temporaryFolder(), turns };
    const behind = bench({ name: "behind", batchSamples: 2000 }, shared);
    behind.far.onCall = (positions) => {
      spent.ms += positions.length;
    };
    const present = bench({ name: "present", startFrom: "now" }, shared);
    onTestFinished(release);
    await present.run();
    await behind.run();
    const blocksPerCall = (): number[] => behind.far.calls.map((positions) => positions.length);
    const whileBehind: unknown[] = [];
    for (let calls = 1; blocksPerCall().reduce((sum, blocks) => sum + blocks) < 80; calls++) {
      expect(blocksPerCall()).toHaveLength(calls);
      store.addData("late", columns(sample(1, calls)));
      await present.run(); // no turn passes
      whileBehind.push(present.far.values().at(-1));
      while (blocksPerCall().length === calls) await turn(); // look-ahead takes some as well
    }
    // The first was cut in no turn of its own; the second took twice too long.
    expect(blocksPerCall()).toEqual([20, 20, 10, 10, 10, 10]);
    expect(whileBehind).toEqual([1, 2, 3, 4, 5]);
  });

  it("opens no more blocks for one call than take their time", async () => {
    const { turns, spent, release } = byHand();
    const store = new FakeStore();
    store.addDirectory("live", [tag(1)]);
    for (let block = 0; block < 9; block++) store.addData("live", columns(sample(1, block)));
    const open = store.open;
    Object.assign(store, {
      open: (...block: Parameters<typeof open>) => {
        spent.ms += 2;
        return open(...block);
      },
    });
    const { far, run } = bench({}, { store, folder: temporaryFolder(), turns });
    onTestFinished(release);
    await run();
    expect(far.values()).toEqual([0, 1, 2]); // 6 ms, and the directory was open already
  });
});
