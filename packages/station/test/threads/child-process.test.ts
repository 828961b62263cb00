import { expect, test } from "vitest";
import { askChildProcess } from "../../src/index.ts";

const url = new URL("../fixtures/answering-process.ts", import.meta.url);
const numbers = new Float64Array([1, 2.5]);

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

test("a process answers with whatever can be cloned, then ends", async () => {
  const never = new AbortController().signal;
  const answer = await askChildProcess<object, { pid: number }>(url, { numbers }, "doubling", never);
  expect(answer).toEqual({ doubled: new Float64Array([2, 5]), pid: expect.any(Number), names: new Map([["a", 1n]]) });
  expect(answer.pid).not.toBe(process.pid);
  await expect.poll(() => isRunning(answer.pid), { timeout: 20_000 }).toBe(false);
});

test("one that ends without an answer, or is ended, is an error that names it", async () => {
  const ending = new AbortController();
  await expect(askChildProcess(url, { numbers, end: 3 }, "doubling", ending.signal)).rejects.toMatchObject({
    code: "CHILD_FAILED",
    what: "the doubling process failed: it ended with code 3",
  });
  const asked = askChildProcess(url, { numbers }, "doubling", ending.signal);
  ending.abort();
  await expect(asked).rejects.toMatchObject({ code: "CHILD_FAILED" });
});
