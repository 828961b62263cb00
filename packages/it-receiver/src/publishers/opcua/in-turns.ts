/** Long work of the publishers' thread a few milliseconds at a time, so that other publishers go on in between.
 *  alarm conditions, condition refresh → [in turns] → the thread's loop */
import { type Clock, sleep } from "@nonreturn/station/thread";

const TURN_MS = 5;

/**
 * Every step of `steps`, in order. @throws what ended the signal.
 *
 * @param rest  between two turns. none: whoever waits has one turn. as long: at most half of the thread's time is spent here.
 */
export async function inTurns(
  clock: Clock,
  steps: Iterable<unknown>,
  rest: "none" | "as long",
  signal: AbortSignal,
): Promise<void> {
  let turnMs = clock.monotonicMs();
  for (const _ of steps) {
    const spentMs = clock.monotonicMs() - turnMs;
    if (spentMs <= TURN_MS) continue;
    await sleep(clock, rest === "none" ? 0 : spentMs, signal);
    signal.throwIfAborted();
    turnMs = clock.monotonicMs();
  }
}
