/** A clock that a test moves by hand. */
import type { Cancel, Clock } from "@nonreturn/station";

interface Timer {
  atMs: number;
  readonly everyMs: number | undefined;
  readonly run: () => void;
}

export class ManualClock implements Clock {
  #nowMs = 0;
  readonly #timers = new Set<Timer>();

  nowUtcMicros(): number {
    return 1_750_000_000_000_000 + Math.round(this.#nowMs * 1000);
  }

  monotonicMs(): number {
    return this.#nowMs;
  }

  after(delayMs: number, run: () => void): Cancel {
    return this.#add({ atMs: this.#nowMs + delayMs, everyMs: undefined, run });
  }

  every(periodMs: number, run: () => void): Cancel {
    return this.#add({ atMs: this.#nowMs + periodMs, everyMs: periodMs, run });
  }

  /** Go on by so much, running what is due on the way at its own time. */
  advance(byMs: number): void {
    const endMs = this.#nowMs + byMs;
    for (;;) {
      const due = [...this.#timers].filter((timer) => timer.atMs <= endMs).sort((a, b) => a.atMs - b.atMs)[0];
      if (due === undefined) break;
      this.#nowMs = Math.max(this.#nowMs, due.atMs);
      if (due.everyMs === undefined) this.#timers.delete(due);
      else due.atMs += due.everyMs;
      due.run();
    }
    this.#nowMs = endMs;
  }

  #add(timer: Timer): Cancel {
    this.#timers.add(timer);
    return () => {
      this.#timers.delete(timer);
    };
  }
}
