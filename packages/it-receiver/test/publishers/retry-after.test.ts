import { StationError } from "@nonreturn/station";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { Busy } from "../../src/publishers/publisher.ts";
import { retryAfterMs } from "../../src/publishers/retry-after.ts";
import { bench } from "./support/runner-bench.ts";
import { columns, sample, tag } from "./support/samples.ts";

const HOUR_MS = 3_600_000;
/** The date of RFC 9110 §5.6.7. */
const NOW_MS = Date.UTC(1994, 10, 6, 8, 49, 37);
const ask = (value: string | undefined, more: { status?: number; date?: string; nowMs?: number } = {}) =>
  retryAfterMs(
    { status: more.status ?? 503, headers: { "retry-after": value, date: more.date } },
    more.nowMs ?? NOW_MS - 90_000,
  );

describe("Retry-After", () => {
  it.each([
    ["120", 120_000],
    ["0", 0],
    [" 7 ", 7000],
    ["3600", HOUR_MS],
    ["99999999999999999999", HOUR_MS],
    // RFC 9110 §5.6.7: the preferred form and the two that a recipient must accept as well.
    ["Sun, 06 Nov 1994 08:49:37 GMT", 90_000],
    ["Sunday, 06-Nov-94 08:49:37 GMT", 90_000],
    ["Sun Nov  6 08:49:37 1994", 90_000],
    ["Fri, 31 Dec 1999 23:59:59 GMT", HOUR_MS],
    ["Sat, 05 Nov 1994 08:49:37 GMT", 0], // over already
  ])("of %j is read", (value, expected) => {
    expect(ask(value)).toBe(expected);
  });

  it.each([
    undefined,
    "",
    "-1",
    "1.5",
    "1e3",
    "soon",
    "120, 60",
    "Sun, 06 Nov 1994 08:49:37 CET",
    "Sun, 06 Now 1994 08:49:37 GMT",
    "Sun, 06 Nov 1994 28:49:37 GMT",
    "1994-11-06T08:49:37Z",
  ])("of %j is none", (value) => {
    expect(ask(value)).toBeUndefined();
  });

  it("counts for 429 and 503 only", () => {
    expect([301, 400, 413, 429, 500, 502, 503, 504].filter((status) => ask("1", { status }) !== undefined)).toEqual([
      429, 503,
    ]);
  });

  it("of a date counts by the server's clock, if the answer tells it, and not by one that is wrong here", () => {
    const date = "Sun, 06 Nov 1994 08:49:07 GMT";
    expect(ask("Sun, 06 Nov 1994 08:49:37 GMT", { date, nowMs: 0 })).toBe(30_000);
    expect(ask("Sun, 06 Nov 1994 08:49:37 GMT", { date: "nonsense" })).toBe(90_000);
  });

  it("of two digits means a year that is not more than fifty years ahead", () => {
    const nowMs = Date.UTC(2026, 10, 26);
    expect(ask("Thursday, 26-Nov-26 00:00:05 GMT", { nowMs })).toBe(5000);
    expect(ask("Sunday, 06-Nov-94 08:49:37 GMT", { nowMs })).toBe(0); // 1994
  });

  it("is any text: nothing is thrown, and what is told is within bounds", () => {
    const text = fc.oneof(fc.string(), fc.stringMatching(/^[0-9A-Za-z,: -]{0,40}$/));
    fc.assert(
      fc.property(text, text, (value, date) => {
        const waitMs = ask(value, { date });
        expect(waitMs === undefined || (waitMs >= 0 && waitMs <= HOUR_MS)).toBe(true);
      }),
      { seed: 9110, numRuns: 2000 },
    );
  });

  it("keeps the runner from asking again before, and no longer; the status says so", async () => {
    const { store, far, run, runner } = bench();
    const failed = new StationError({ code: "PUSH_PUBLISH", what: "429: no", where: "fake", action: "none" });
    store.addDirectory("live", [tag(1)]);
    store.addData("live", columns(sample(1, 1)));
    let busy = true;
    far.onCall = () => {
      if (busy) throw new Busy(failed, 120_000);
    };
    await run(119_000);
    expect(far.calls).toHaveLength(1);
    expect(runner.status()).toMatchObject({
      state: "waiting",
      reason: expect.stringContaining("429: no; it asks to be left alone for 120 s") as string,
    });
    busy = false;
    await run(1000);
    expect(far.calls).toHaveLength(2);
    expect(far.values()).toEqual([1]);
  });

  it("of nothing is no reason to ask faster: the usual pause is kept", async () => {
    const { store, far, run } = bench();
    const failed = new StationError({ code: "PUSH_PUBLISH", what: "503", where: "fake", action: "none" });
    store.addDirectory("live", [tag(1)]);
    store.addData("live", columns(sample(1, 1)));
    far.onCall = () => {
      throw new Busy(failed, 0);
    };
    await run(10_000);
    expect(far.calls.length).toBeGreaterThan(5);
    expect(far.calls.length).toBeLessThan(20); // pauses of a second at most
  });
});
