/** Time as the stations see it: injected, so that a test can hold or step it.
 *  The only file besides entry points that touches the machine's clocks and timers. */

/** Ends what it belongs to; calling it twice is harmless. */
export type Cancel = () => void;

export interface Clock {
  /** Wall clock, microseconds since 1970 UTC. May step. For timestamps, never for durations. */
  nowUtcMicros(): number;
  /** Milliseconds from an arbitrary start; never steps. For durations, time-outs and staleness. */
  monotonicMs(): number;
  /** Call back once after `delayMs`. Keeps the process alive until then. */
  after(delayMs: number, callback: () => void): Cancel;
  /** Call back every `periodMs`. A missed period is not made up for. */
  every(periodMs: number, callback: () => void): Cancel;
}

/** Resolves after `delayMs`, or at once when the signal aborts. Never rejects. */
export function sleep(clock: Clock, delayMs: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal?.aborted) return resolve();
    const cancel = clock.after(delayMs, done);
    function done(): void {
      signal?.removeEventListener("abort", done);
      cancel();
      resolve();
    }
    signal?.addEventListener("abort", done, { once: true });
  });
}

/** The machine's clocks. */
export const systemClock: Clock = {
  nowUtcMicros: () => Math.round((performance.timeOrigin + performance.now()) * 1000) + wallOffsetMicros(),
  monotonicMs: () => performance.now(),
  after(delayMs, callback) {
    const timer = setTimeout(callback, delayMs);
    return () => clearTimeout(timer);
  },
  every(periodMs, callback) {
    const timer = setInterval(callback, periodMs);
    return () => clearInterval(timer);
  },
};

/** `performance.timeOrigin` is fixed at start: add how far the wall clock has moved against it since. Whole milliseconds, so that microseconds stay smooth between steps. */
let offsetMs = 0;
function wallOffsetMicros(): number {
  const before = performance.now();
  const drift = Date.now() - (performance.timeOrigin + before);
  // A thread that had to wait between the two clocks saw no step, only its own pause.
  if (Math.abs(drift - offsetMs) > 2 && performance.now() - before < 1) offsetMs = Math.round(drift);
  return offsetMs * 1000;
}
