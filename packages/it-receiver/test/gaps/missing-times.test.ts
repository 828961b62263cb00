import { expect, it } from "vitest";
import { readMissingList, readMissingTimes } from "../../src/gaps/missing-times.ts";
import { T0 } from "../publishers/support/samples.ts";
import { at, MINUTE, storeWithGaps } from "./store-with-gaps.ts";

function storeWith() {
  const { path, ...store } = storeWithGaps();
  return {
    ...store,
    read: (from: number, to: number, each = 1) => {
      const { list, inAll, share, touched } = readMissingTimes(path, at(from), at(to), each * MINUTE);
      const states = list.map((one) => `${one.state} ${(one.from - T0) / MINUTE}-${(one.to - T0) / MINUTE}`);
      return { states, inAll, share: [...share], touched: [...touched] };
    },
    list: (from: number, to: number) => readMissingTimes(path, at(from), at(to), MINUTE).list,
    /** All, `most` at a time. */
    pages: (from: number, to: number, most: number) => {
      const found: string[][] = [];
      let after: { from: number; id: number } | undefined;
      for (;;) {
        const some = readMissingList(path, at(from), at(to), most, after);
        if (some.length > 0) found.push(some.map((one) => `${one.state} ${(one.from - T0) / MINUTE} ${one.reason}`));
        if (some.length < most) return found;
        after = some.at(-1)!;
      }
    },
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

it("one by one, each once whatever the page, also where several begin together", () => {
  const { gap, loss, pages } = storeWith();
  gap("healed", 1, 9);
  gap("lost", 1, 2);
  loss(1, 2);
  gap("open", 1, 5);
  gap("open", 0, 0.5);
  gap("lost", 4, 5);
  gap("lost", 9, 10);
  const all = ["lost 1 not-received", "unrecorded 1 journal-full", "open 1 not-received", "lost 4 not-received"];
  // One gap and one loss may have neighbouring numbers in any order: the state of equal beginnings is compared as a set.
  for (const most of [1, 2, 3, 100]) {
    const found = pages(1, 9, most);
    expect(found.flat().sort()).toEqual([...all].sort());
    expect(found.flat().at(-1)).toBe("lost 4 not-received");
    expect(Math.max(...found.map((page) => page.length))).toBe(Math.min(most, 4));
  }
});
