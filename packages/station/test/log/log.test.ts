import { expect, test } from "vitest";
import { manualClock } from "../../../../test/support/manual-clock.ts";
import { createLog, type LogLevel, libraryLog, rateLimited, StationError } from "../../src/index.ts";

function recorded(level: LogLevel = "info") {
  const lines: Record<string, unknown>[] = [];
  const log = createLog({
    name: "ot",
    level,
    destination: { write: (line) => void lines.push(JSON.parse(line) as Record<string, unknown>) },
  });
  return { lines, log };
}

test("one JSON object per line: UTC time, level by name, who spoke", () => {
  const { lines, log } = recorded();
  log.info({ device: "plc-7" }, "connected");
  log.debug("not at this level");
  expect(lines).toEqual([
    {
      level: "info",
      time: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
      pid: process.pid,
      name: "ot",
      device: "plc-7",
      msg: "connected",
    },
  ]);
});

test("a StationError is logged by its fields, with what lies beneath it", () => {
  const { lines, log } = recorded();
  const cause = new Error("ECONNREFUSED");
  log.warn(
    {
      err: new StationError(
        { code: "KEYS_MISSING", what: "no keys", where: "/data/keys", action: "Run it." },
        { cause },
      ),
    },
    "cannot start",
  );
  expect(lines[0]?.err).toMatchObject({
    code: "KEYS_MISSING",
    what: "no keys",
    where: "/data/keys",
    action: "Run it.",
    cause: { type: "Error", message: "ECONNREFUSED" },
  });
  log.warn({ err: new Error("plain") }, "x");
  expect(lines[1]?.err).toMatchObject({ message: "plain", stack: expect.stringContaining("log.test.ts") });
});

test("passwords do not reach the log", () => {
  const { lines, log } = recorded();
  log.info({ broker: { url: "mqtt://b", password: "hunter2" }, password: "hunter2" }, "connecting");
  expect(JSON.stringify(lines)).not.toContain("hunter2");
  expect(JSON.stringify(lines)).toContain("mqtt://b");
});

test("rate limit: so many lines per code and minute, then a count, then again", () => {
  const { lines, log } = recorded();
  const clock = manualClock();
  const limited = rateLimited(log, clock, 3);
  for (let i = 0; i < 10; i++) limited.warn("DATAGRAM_MAC", `forged ${i}`);
  limited.error("OTHER_FAULT", "once");
  expect(lines.map((line) => line.msg)).toEqual(["forged 0", "forged 1", "forged 2", "once"]);
  clock.advance(60_000);
  limited.warn("DATAGRAM_MAC", "forged again", { peer: "x" });
  expect(lines.at(-1)).toMatchObject({
    msg: "forged again",
    code: "DATAGRAM_MAC",
    suppressed: 7,
    peer: "x",
    level: "warn",
  });
});

test("rate limit: the count is said by itself when only other codes go on, and at flush", () => {
  const { lines, log } = recorded();
  const clock = manualClock();
  const limited = rateLimited(log, clock, 1);
  for (let i = 0; i < 5; i++) limited.warn("A", "a");
  clock.advance(61_000);
  limited.info("B", "b");
  expect(lines.map((line) => [line.code, line.suppressed])).toEqual([
    ["A", undefined],
    ["A", 4],
    ["B", undefined],
  ]);
  limited.info("B", "b");
  limited.flush();
  limited.flush();
  expect(lines.slice(3)).toEqual([expect.objectContaining({ code: "B", suppressed: 1 })]);
});

test("rate limit: nothing is lost from the count, whatever the order of codes and times", () => {
  const { lines, log } = recorded();
  const clock = manualClock();
  const limited = rateLimited(log, clock, 2);
  let calls = 0;
  for (let i = 0; i < 5000; i++) {
    limited.warn(`CODE_${(i * 7919) % 5}`, "call");
    calls++;
    clock.advance((i * 104_729) % 97);
  }
  limited.flush();
  const logged = lines.filter((line) => line.msg === "call").length;
  const suppressed = lines.reduce((sum, line) => sum + Number(line.suppressed ?? 0), 0);
  expect(logged + suppressed).toBe(calls);
  expect(logged).toBeLessThan(calls / 10);
});

test("rate limit: codes beyond the bound share one allowance", () => {
  const { lines, log } = recorded();
  const limited = rateLimited(log, manualClock(), 1);
  for (let i = 0; i < 3000; i++) limited.warn(`CODE_${i}`, "x");
  expect(lines.length).toBeLessThanOrEqual(1001);
  expect(lines.length).toBeGreaterThan(900);
});

test("what a library prints is cut to a length, and after ten lines a minute counted", () => {
  const { lines, log } = recorded();
  const clock = manualClock();
  const print = libraryLog(log, clock, "LIBRARY", "the library reports");
  print("refused by %s:", "10.0.0.7", { session: 4 }, "x".repeat(5000));
  expect(lines[0]).toMatchObject({ level: "warn", code: "LIBRARY", msg: "the library reports" });
  expect(lines[0]!.text).toMatch(/^refused by 10\.0\.0\.7: \{ session: 4 \} x+$/);
  expect(lines[0]!.text).toHaveLength(1000);
  for (let more = 0; more < 50; more++) print("again");
  expect(lines).toHaveLength(10);
});
