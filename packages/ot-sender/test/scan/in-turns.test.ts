import { expect, test } from "vitest";
import { atOnce, inTurns, type Pieces } from "../../src/scan/in-turns.ts";

function* counting(pieces: number, each: number, done: { count: number }): Pieces<string> {
  for (let piece = 0; piece < pieces; piece++) {
    done.count += each;
    yield each;
  }
  return "all";
}

/** How much was done in each turn. */
async function turnsOf(pieces: number, each: number, stopAfter = Number.POSITIVE_INFINITY) {
  const done = { count: 0 };
  const turns: number[] = [];
  let before = 0;
  const note = (): void => {
    turns.push(done.count - before);
    before = done.count;
  };
  const next = async (): Promise<void> => note();
  const outcome = await inTurns(counting(pieces, each, done), { tags: 100, next }, () => turns.length >= stopAfter);
  note();
  return { outcome, turns };
}

test("a turn does as much as it may, and never more than a piece beyond", async () => {
  expect(await turnsOf(250, 1)).toEqual({ outcome: { result: "all" }, turns: [100, 100, 50] });
  expect(await turnsOf(5, 60)).toEqual({ outcome: { result: "all" }, turns: [120, 120, 60] });
  expect(await turnsOf(2, 5000)).toEqual({ outcome: { result: "all" }, turns: [5000, 5000, 0] });
  expect(await turnsOf(0, 1)).toEqual({ outcome: { result: "all" }, turns: [0] });
});

test("stopped between two turns, it does nothing more", async () => {
  expect(await turnsOf(1000, 1, 3)).toEqual({ outcome: "stopped", turns: [100, 100, 100, 0] });
});

test("what the work throws comes out, in whichever turn", async () => {
  const failing = function* (): Pieces<void> {
    yield 100;
    throw new RangeError("half done");
  };
  await expect(inTurns(failing(), { tags: 1, next: async () => undefined }, () => false)).rejects.toThrow("half done");
  expect(() => atOnce(failing())).toThrow("half done");
});
