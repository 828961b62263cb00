/** What leaves together, how silence is told apart request by request, and who learns of an asker that fails. */
import type { Clock } from "@nonreturn/station";
import { describe, expect, test } from "vitest";
import { PDU_OFFSET } from "../../../src/drivers/s7/iso-frames.ts";
import type { Request } from "../../../src/drivers/s7/pack-requests.ts";
import { ReadJobs, type ReadOutcome } from "../../../src/drivers/s7/read-jobs.ts";

const REQUEST_BYTES = 20;
const requestsOf = (count: number): Request[] =>
  Array.from({ length: count }, () => ({ items: [], frame: new Uint8Array(REQUEST_BYTES) }));

/** Time stands still until it is moved. */
function heldClock(): Clock & { moveTo(ms: number): void; readonly pending: number } {
  let nowMs = 0;
  const timers = new Set<{ readonly atMs: number; readonly run: () => void }>();
  const after = (delayMs: number, run: () => void): (() => void) => {
    const timer = { atMs: nowMs + delayMs, run };
    timers.add(timer);
    return () => timers.delete(timer);
  };
  return {
    nowUtcMicros: () => nowMs * 1000,
    monotonicMs: () => nowMs,
    after,
    every: () => () => {},
    moveTo(ms) {
      nowMs = ms;
      for (const timer of [...timers]) {
        if (timer.atMs > nowMs || !timers.delete(timer)) continue;
        timer.run();
      }
    },
    get pending() {
      return timers.size;
    },
  };
}

/** References of the requests of each write. */
function started(mostInFlight: number, requests: readonly Request[], timeoutMs = 100) {
  const clock = heldClock();
  const writes: number[][] = [];
  const send = (bytes: Uint8Array): void => {
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    const references: number[] = [];
    for (let at = 0; at < bytes.length; at += REQUEST_BYTES) references.push(view.getUint16(at + PDU_OFFSET + 4));
    writes.push(references);
  };
  const jobs = new ReadJobs({ send }, mostInFlight, clock);
  const outcomes: ReadOutcome["kind"][] = [];
  let asked = 0;
  const done = jobs.ask(
    { next: () => requests[asked++], take: (_, outcome) => outcomes.push(outcome.kind) },
    timeoutMs,
  );
  return { clock, writes, jobs, outcomes, done: done };
}

const ANSWER: ReadOutcome = { kind: "answers", data: new DataView(new ArrayBuffer(0)) };

describe("read jobs", () => {
  test("as many leave in one write as the CPU grants; half are answered before the next leave", async () => {
    const { writes, jobs, outcomes, done, clock } = started(4, requestsOf(7));
    expect(writes).toEqual([[2, 3, 4, 5]]);
    jobs.end(2, ANSWER);
    jobs.goOn();
    expect(writes).toHaveLength(1);
    jobs.end(4, ANSWER);
    jobs.goOn();
    expect(writes).toEqual([
      [2, 3, 4, 5],
      [6, 7],
    ]);
    for (const reference of [3, 5, 6, 7]) jobs.end(reference, ANSWER);
    jobs.goOn();
    expect(writes.at(-1)).toEqual([8]);
    jobs.end(8, ANSWER);
    jobs.goOn();
    await done;
    expect(outcomes).toEqual(Array.from({ length: 7 }, () => "answers"));
    expect(clock.pending).toBe(0);
  });

  test("one at a time, where no more is granted", async () => {
    const { writes, jobs, done } = started(1, requestsOf(2));
    jobs.end(2, ANSWER);
    jobs.goOn();
    jobs.end(3, ANSWER);
    jobs.goOn();
    await done;
    expect(writes).toEqual([[2], [3]]);
  });

  test("each request waits its own time, though one timer watches them all", async () => {
    const { clock, jobs, outcomes, writes, done } = started(2, requestsOf(3));
    clock.moveTo(60);
    jobs.end(2, ANSWER);
    jobs.goOn(); // the third, at 60
    expect(writes).toEqual([[2, 3], [4]]);
    clock.moveTo(100);
    expect(outcomes).toEqual(["answers", "silence"]);
    expect(jobs.waiting(3)).toBeUndefined();
    clock.moveTo(159);
    expect(outcomes).toHaveLength(2);
    clock.moveTo(160);
    await done;
    expect(outcomes).toEqual(["answers", "silence", "silence"]);
    expect(clock.pending).toBe(0);
  });

  test("a lost connection rejects, and leaves no timer", async () => {
    const { clock, jobs, outcomes, done } = started(2, requestsOf(2));
    jobs.lose(new Error("gone"));
    await expect(done).rejects.toThrow("gone");
    expect(outcomes).toEqual([]);
    expect(clock.pending).toBe(0);
  });

  test("an asker that throws rejects its own round and nobody else's", async () => {
    const jobs = new ReadJobs({ send: () => {} }, 2, heldClock());
    const [request] = requestsOf(1);
    let asked = 0;
    const failing = jobs.ask(
      {
        next: () => (asked++ === 0 ? request : undefined),
        take: () => {
          throw new RangeError("a mistake of ours");
        },
      },
      100,
    );
    jobs.end(2, ANSWER);
    await expect(failing).rejects.toThrow("a mistake of ours");
    const next = jobs.ask({ next: () => undefined, take: () => {} }, 100);
    await expect(next).resolves.toBeUndefined();
  });

  test("no request at all is done at once", async () => {
    const { writes, done, clock } = started(4, []);
    await done;
    expect(writes).toEqual([]);
    expect(clock.pending).toBe(0);
  });
});
