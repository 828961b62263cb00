/** A clock that stands still until a test moves it.
 *  test → [manual clock] → whatever takes a Clock */
import type { Clock } from "@nonreturn/station";

export interface ManualClock extends Clock {
  /** Move on; timers due on the way run at their own instants, in order. */
  advance(ms: number): void;
  /** The same, and let promises settle after every timer, so that what a timer started may set the next one. */
  advanceAsync(ms: number): Promise<void>;
  /** Step the wall clock only, as an administrator or a restored snapshot would. */
  stepWall(ms: number): void;
  /** Timers that are waiting. */
  readonly waiting: number;
}

/** @param startUtcMicros  2026-11-23T08:00:00Z if left out. */
export function manualClock(startUtcMicros = 1_795_420_800_000_000): ManualClock {
  let now = 0;
  let wallOffsetMs = 0;
  let counter = 0;
  const timers = new Map<number, { due: number; periodMs: number | undefined; callback: () => void }>();

  const set = (delayMs: number, periodMs: number | undefined, callback: () => void) => {
    const id = counter++;
    timers.set(id, { due: now + Math.max(0, delayMs), periodMs, callback });
    return () => void timers.delete(id);
  };

  /** Run the earliest timer due until `target`; false if there is none. */
  const runNext = (target: number): boolean => {
    let next: { id: number; due: number } | undefined;
    for (const [id, { due }] of timers) if (due <= target && (next === undefined || due < next.due)) next = { id, due };
    if (next === undefined) return false;
    const timer = timers.get(next.id);
    if (timer === undefined) return false;
    now = Math.max(now, timer.due);
    if (timer.periodMs === undefined) timers.delete(next.id);
    else timer.due = now + Math.max(timer.periodMs, 0.001);
    timer.callback();
    return true;
  };

  return {
    nowUtcMicros: () => startUtcMicros + Math.round((now + wallOffsetMs) * 1000),
    monotonicMs: () => now,
    after: (delayMs, callback) => set(delayMs, undefined, callback),
    every: (periodMs, callback) => set(periodMs, periodMs, callback),
    advance(ms) {
      const target = now + ms;
      while (runNext(target));
      now = target;
    },
    async advanceAsync(ms) {
      const target = now + ms;
      await settle();
      while (runNext(target)) await settle();
      now = target;
      await settle();
    },
    stepWall(ms) {
      wallOffsetMs += ms;
    },
    get waiting() {
      return timers.size;
    },
  };
}

/** Promise chains and in-process ports of any usual depth have run afterwards. */
async function settle(): Promise<void> {
  for (let turn = 0; turn < 3; turn++) await new Promise<void>((resolve) => setImmediate(resolve));
}
