/** A clock that stands still while this process does: a machine that lets it wait makes no time-out run out.
 *  test → [patient clock] → drivers and simulated devices of the same test */
import { type Clock, systemClock } from "@nonreturn/station";

const TICK_MS = 1;
/** A turn of the event loop counts as no more: what has come to a socket meanwhile is looked at before the next. */
const LONGEST_TURN_MS = 3;

interface Timer {
  dueMs: number;
  readonly periodMs: number | undefined;
  readonly callback: () => void;
}

/** Both ends of a connection have to live by it: then whether a reply comes within its time-out no longer depends on the machine. */
export const patientClock: Clock = newPatientClock();

function newPatientClock(): Clock {
  const timers = new Set<Timer>();
  let nowMs = 0;
  let lookedMs = performance.now();
  let ticking: NodeJS.Timeout | undefined;

  const sinceLook = (): number => {
    const passedMs = performance.now() - lookedMs;
    return ticking === undefined ? passedMs : Math.min(passedMs, LONGEST_TURN_MS);
  };
  const look = (): void => {
    nowMs += sinceLook();
    lookedMs = performance.now();
  };
  const tick = (): void => {
    look();
    const due = [...timers].filter(({ dueMs }) => dueMs <= nowMs).sort((one, other) => one.dueMs - other.dueMs);
    for (const timer of due) {
      if (!timers.has(timer)) continue; // one before it cancelled it
      if (timer.periodMs === undefined) timers.delete(timer);
      else timer.dueMs = nowMs + timer.periodMs;
      timer.callback();
    }
    if (timers.size > 0 || ticking === undefined) return;
    clearInterval(ticking);
    ticking = undefined;
  };
  const set = (delayMs: number, periodMs: number | undefined, callback: () => void) => {
    look();
    const timer: Timer = { dueMs: nowMs + Math.max(delayMs, TICK_MS), periodMs, callback };
    timers.add(timer);
    ticking ??= setInterval(tick, TICK_MS);
    return () => {
      timers.delete(timer);
      if (timers.size > 0 || ticking === undefined) return;
      look();
      clearInterval(ticking);
      ticking = undefined;
    };
  };
  return {
    nowUtcMicros: systemClock.nowUtcMicros,
    monotonicMs: () => nowMs + sinceLook(),
    after: (delayMs, callback) => set(delayMs, undefined, callback),
    every: (periodMs, callback) => set(periodMs, Math.max(periodMs, TICK_MS), callback),
  };
}
