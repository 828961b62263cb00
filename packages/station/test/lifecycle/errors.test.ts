import { expect, test } from "vitest";
import { describeError, exitCodeOf, StationError } from "../../src/index.ts";

test("three lines for a StationError, two without a place", () => {
  const parts = { code: "CONFIG_UNREADABLE", what: "cannot be read", action: "Check the path." };
  expect(describeError(new StationError({ ...parts, where: "ot.yaml" }))).toBe(
    "error CONFIG_UNREADABLE: cannot be read\n   at ot.yaml\n   do Check the path.\n",
  );
  expect(describeError(new StationError(parts))).toBe(
    "error CONFIG_UNREADABLE: cannot be read\n   do Check the path.\n",
  );
});

test("an error with a code is told without a stack, a defect with one", () => {
  expect(describeError(Object.assign(new Error("bad symbol"), { code: "GAP_CODE" }))).toBe(
    "error GAP_CODE: bad symbol\n   do Look the code up in docs/errors.md.\n",
  );
  expect(describeError(new TypeError("x"))).toMatch(/error: TypeError: x\n {4}at .*errors\.test\.ts/);
  expect(describeError("thrown text")).toContain("thrown text");
});

test.each([
  ["CONFIG_INVALID", 2],
  ["KEYS_MISSING", 3],
  ["KEY_FILE", 3],
  ["FILE_NOT_PRIVATE", 3],
  ["DATABASE_CORRUPT", 4],
  ["METRICS_LISTEN", 4],
  ["EADDRINUSE", 4],
  ["WORKER_FAILED", 1],
  ["ERR_ASSERTION", 1],
])("%s ends with %d", (code, exit) => {
  expect(exitCodeOf(Object.assign(new Error("x"), { code }))).toBe(exit);
});

test("anything else thrown ends with 1", () => {
  expect([exitCodeOf(new Error("x")), exitCodeOf(undefined), exitCodeOf("x"), exitCodeOf({ code: 5 })]).toEqual([
    1, 1, 1, 1,
  ]);
});
