import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
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
  await expect.poll(() => isRunning(answer.pid), { timeout: 30_000 }).toBe(false);
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

describe("what it prints", () => {
  /** A station that asks, with little memory. */
  const ask = (...end: readonly string[]) => {
    const asking = fileURLToPath(new URL("../fixtures/asking-process.ts", import.meta.url));
    const args = ["--max-old-space-size=32", asking, ...end];
    const { stdout, stderr } = spawnSync(process.execPath, args, { encoding: "utf8", timeout: 60_000 });
    return { error: JSON.parse(stdout) as Record<string, string>, stderr: stderr.trimEnd().split("\n") };
  };

  test("lines of its log go where the station's own go", () => {
    const { error, stderr } = ask();
    expect(error).toEqual({});
    expect(stderr.map((line) => (JSON.parse(line) as { msg: string }).msg)).toEqual(["a line of its log"]);
  });

  test.each([
    ["error", "it ended with code 1 (TypeError: nothing can be doubled)", /\n {4}at /],
    ["out of memory", /^the doubling process failed: it .* \(FATAL ERROR: .*heap out of memory\)$/, /heap/],
  ])("its end by %s is told by the error alone, with the stack as its cause", (end, what, cause) => {
    const { error, stderr } = ask(end);
    expect(error).toMatchObject({
      code: "CHILD_FAILED",
      what: typeof what === "string" ? `the doubling process failed: ${what}` : expect.stringMatching(what),
      cause: expect.stringMatching(cause),
    });
    expect(stderr).toHaveLength(1); // the line of its log
  });
});
