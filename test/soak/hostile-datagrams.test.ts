/** Ten million hostile datagrams beside valid ones, in one thread: none accepted, none of the valid ones lost, memory flat. */
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { expect, test } from "vitest";
import { sendHostileBesideValid } from "../support/hostile/beside-valid.ts";

const SEED = 424_242;
const COUNT = 10_000_000;
/** What the second half may grow by: less than a byte for each hostile datagram. */
const FLAT_BYTES = 4 * 1024 * 1024;

test(`${COUNT} hostile datagrams`, { timeout: 3_600_000 }, () => {
  const books = sendHostileBesideValid(SEED, COUNT, collector());
  expect(books.surprises).toEqual([]);
  expect(books.counted).toEqual(books.expected);
  expect(Object.keys(books.expected).length).toBe(21);
  expect(books.validOpened).toBe(books.validBlocks);
  expect(books.openBlocksAtMost).toBeLessThan(50);
  const { memory } = books;
  const half = memory[Math.floor(memory.length / 2)]!;
  expect(Math.max(...memory.slice(memory.length / 2)) - half).toBeLessThan(FLAT_BYTES);
  console.log(JSON.stringify({ hostile: COUNT, ...books }));
});

function collector(): () => void {
  setFlagsFromString("--expose-gc");
  return runInNewContext("gc") as () => void;
}
