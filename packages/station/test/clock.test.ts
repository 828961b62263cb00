import { expect, onTestFinished, test, vi } from "vitest";
import { manualClock } from "../../../test/support/manual-clock.ts";
import { sleep, systemClock } from "../src/index.ts";

test("sleep ends when its time has come, or when the signal aborts, and leaves no timer", async () => {
  const clock = manualClock();
  const ends: string[] = [];
  const controller = new AbortController();
  const first = sleep(clock, 100).then(() => ends.push("first"));
  const second = sleep(clock, 1000, controller.signal).then(() => ends.push("second"));
  clock.advance(99);
  await Promise.resolve();
  expect(ends).toEqual([]);
  clock.advance(1);
  await first;
  controller.abort();
  await second;
  expect(ends).toEqual(["first", "second"]);
  expect(clock.waiting).toBe(0);
  await sleep(clock, 1000, controller.signal); // aborted already: at once
});

test("the system clock: wall time in microseconds, monotonic time rises, timers fire and can be cancelled", async () => {
  const before = Date.now();
  const now = systemClock.nowUtcMicros();
  expect(Number.isSafeInteger(now)).toBe(true);
  expect(Math.abs(now / 1000 - before)).toBeLessThan(60_000);
  const start = systemClock.monotonicMs();
  const fired: string[] = [];
  systemClock.after(0, () => fired.push("cancelled"))();
  await new Promise<void>((resolve) => {
    const cancel = systemClock.every(1, () => {
      fired.push("tick");
      if (fired.length < 3) return;
      cancel();
      cancel();
      systemClock.after(5, resolve);
    });
  });
  expect(fired).toEqual(["tick", "tick", "tick"]);
  expect(systemClock.monotonicMs()).toBeGreaterThan(start);
});

test("the manual clock runs timers at their own instants, in order, also those set on the way", async () => {
  const clock = manualClock();
  const start = clock.nowUtcMicros();
  const seen: [string, number][] = [];
  clock.every(30, () => seen.push(["every 30", clock.monotonicMs()]));
  clock.after(50, () => {
    seen.push(["after 50", clock.monotonicMs()]);
    clock.after(5, () => seen.push(["nested", clock.monotonicMs()]));
  });
  clock.advance(70);
  expect(seen).toEqual([
    ["every 30", 30],
    ["after 50", 50],
    ["nested", 55],
    ["every 30", 60],
  ]);
  expect(clock.nowUtcMicros() - start).toBe(70_000);
  clock.stepWall(-1000);
  expect([clock.nowUtcMicros() - start, clock.monotonicMs()]).toEqual([-930_000, 70]);
  let slept = 0;
  const chain = (async () => {
    for (let i = 0; i < 5; i++) {
      await sleep(clock, 10);
      slept++;
    }
  })();
  await clock.advanceAsync(50);
  expect(slept).toBe(5);
  await chain;
});

test("the system clock: a step is followed, a pause of the thread between the two clocks is none", () => {
  const monotonic = vi.spyOn(performance, "now");
  const wall = vi.spyOn(Date, "now");
  onTestFinished(() => void vi.restoreAllMocks());
  const at = (readings: readonly number[], wallMs: number): number => {
    monotonic.mockReset(); // what the last call did not read
    for (const reading of readings) monotonic.mockReturnValueOnce(reading);
    wall.mockReturnValueOnce(performance.timeOrigin + wallMs);
    return Math.round(systemClock.nowUtcMicros() / 1000 - performance.timeOrigin);
  };
  expect(at([5000, 5000, 5000], 5000)).toBe(5000);
  expect(at([6000, 6000, 6040], 6040)).toBe(6000); // 40 ms passed between the clocks
  expect(at([7000, 7000, 7000], 9000)).toBe(9000); // set forward
  expect(at([8000, 8000, 8000], 10_000)).toBe(10_000);
  expect(at([9000, 9000, 9000], 9000)).toBe(9000); // and back
});
