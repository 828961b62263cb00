/** The frame of signals that accumulate: walks, counters, switches. Remembers where it is, so that going on costs only the steps in between.
 *  scenario time → [steps] → value */
import type { Signal, SignalValue } from "./signal.ts";

/** One stretch of time in which the value stays. */
export interface Step<State> {
  readonly state: State;
  readonly n: number; // 0, 1, 2 …
  readonly untilMs: number; // exclusive
}

/**
 * @param first   the stretch that begins at 0.
 * @param next    the stretch after the given one; must depend on its argument only.
 */
export function steppingSignal<State>(
  first: Step<State>,
  next: (step: Step<State>) => Step<State>,
  value: (step: Step<State>) => SignalValue,
): Signal {
  let step = first;
  let beganMs = 0;
  return {
    at(timeMs) {
      if (timeMs < beganMs) {
        step = first;
        beganMs = 0;
      }
      while (timeMs >= step.untilMs) {
        beganMs = step.untilMs;
        step = next(step);
      }
      return value(step);
    },
  };
}
