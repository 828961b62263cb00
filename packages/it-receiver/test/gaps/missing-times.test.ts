import { join } from "node:path";
import { expect, it, onTestFinished } from "vitest";
import { manualClock } from "../../../../test/support/manual-clock.ts";
import { temporaryFolder } from "../../../../test/support/temporary-folder.ts";
import { readMissingTimes } from "../../src/gaps/missing-times.ts";
import { SqliteStore } from "../../src/record/sqlite-store.ts";
import { T0 } from "../publishers/support/samples.ts";

const MINUTE = 60_000_000;
const at = (minutes: number): number => T0 + minutes * MINUTE;
/** Minutes since 1970, as an epoch counts them. */
const EPOCH = T0 / MINUTE;

function storeWith() {
  const path = join(temporaryFolder(), "store.db");
  const store = new SqliteStore({ path, retentionMs: 1e12, maximumBytes: 1e12 }, manualClock());
  onTestFinished(() => store.close());
  const addGap = store.database.prepare(
    "INSERT INTO gaps (stream, journal_epoch, first, last, time_from, time_to, opened_at, closed_at, state) VALUES (1, ?, 5, 9, ?, ?, ?, NULL, ?)",
  );
  const addLoss = store.database.prepare("INSERT INTO losses VALUES (NULL, 1, ?, 1, 'journal-full', 7, ?, ?, 1, 2, 3)");
  return {
    gap: (state: string, from: number | null, to: number | null, named = 0) =>
      addGap.run(EPOCH + 2, from === null ? null : at(from), to === null ? null : at(to), at(named), state),
    loss: (from: number, to: number) => addLoss.run(EPOCH, at(from), at(to)),
    read: (from: number, to: number, each = 1) => {
      const { list, inAll, share, touched } = readMissingTimes(path, at(from), at(to), each * MINUTE);
      const states = list.map((one) => `${one.state} ${(one.from - T0) / MINUTE}-${(one.to - T0) / MINUTE}`);
      return { states, inAll, share: [...share], touched: [...touched] };
    },
    list: (from: number, to: number) => readMissingTimes(path, at(from), at(to), MINUTE).list,
  };
}

it("nothing is missing of a store without gaps, nor for what was healed", () => {
  const { gap, read } = storeWith();
  gap("healed", 1, 2);
  expect(read(0, 3)).toEqual({ states: [], inAll: 0, share: [0, 0, 0], touched: [0, 0, 0] });
});

it("each interval has the share in which something is missing, every moment counted once, also what is a moment only", () => {
  const { gap, loss, read, list } = storeWith();
  gap("open", 1.5, 3.25);
  gap("lost", 2, 3.75);
  loss(3.5, 3.6);
  loss(5.5, 5.5);
  gap("open", 7, 9);
  expect(read(0, 7)).toEqual({
    states: ["open 1.5-3.25", "lost 2-3.75", "unrecorded 3.5-3.6", "unrecorded 5.5-5.5"],
    inAll: 4,
    share: [0, 0.5, 1, 0.75, 0, 0, 0],
    touched: [0, 1, 1, 1, 0, 1, 0],
  });
  expect(
    list(0, 7)
      .slice(0, 3)
      .map(({ blocks, samples }) => [blocks, samples]),
  ).toEqual([
    [5, null],
    [5, null],
    [null, 7],
  ]);
  // Cut off by the range, and the last interval by its end.
  expect(read(2.5, 8, 2)).toMatchObject({ share: [0.625, 0, 2 / 3], touched: [1, 1, 1] });
});

it("a gap without a block before it begins with its journal, one without a block behind it ends when it was named", () => {
  const { gap, read } = storeWith();
  gap("lost", null, 3);
  gap("open", 5, null, 6);
  expect(read(0, 8)).toMatchObject({ states: ["lost 2-3", "open 5-6"], touched: [0, 0, 1, 1, 0, 1, 1, 0] });
});

it("hundreds are counted, a hundred are named", () => {
  const { gap, read } = storeWith();
  for (let minute = 0; minute < 300; minute++) gap("lost", minute + 0.25, minute + 0.75);
  const { states, inAll, share, touched } = read(0, 300);
  expect([states.length, inAll, new Set(touched)]).toEqual([100, 300, new Set([1])]);
  expect(Math.max(...share.map((one) => Math.abs(one - 0.5)))).toBeLessThan(1e-9);
});
