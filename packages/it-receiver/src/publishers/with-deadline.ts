/** Gives an operation of a publisher a deadline, so that one that hangs holds up nobody.
 *  runner → [with deadline] → publisher */
import { type Clock, StationError } from "@nonreturn/station/thread";

/** The code of the error that says that an operation did not end in time: the publisher object must be thrown away. */
export const PUBLISHER_HUNG = "PUBLISHER_HUNG";

/**
 * Settles with the operation, or rejects with PUBLISHER_HUNG `deadlineMs` after the start or after it last moved on, or `graceMs` after `signal` aborted.
 * The operation's own signal aborts at the same moments (without grace). What it does afterwards is ignored.
 */
export function withDeadline<T>(
  clock: Clock,
  what: string,
  publisher: string,
  deadlineMs: number,
  graceMs: number,
  signal: AbortSignal,
  operation: (signal: AbortSignal, movedOn: () => void) => Promise<T>,
): Promise<T> {
  const controller = new AbortController();
  return new Promise<T>((resolve, reject) => {
    const hung = (afterMs: number) => () => {
      settle();
      controller.abort();
      reject(
        new StationError({
          code: PUBLISHER_HUNG,
          what: `${what} did not end within ${Math.round(afterMs)} ms`,
          where: `publisher ${publisher}`,
          action:
            "It is connected anew and tried again. Check that the far side answers; raise `deadline` if it is only slow.",
        }),
      );
    };
    let movedAtMs = clock.monotonicMs();
    const movedOn = (): void => {
      movedAtMs = clock.monotonicMs();
    };
    const hungUnlessMoved = (): void => {
      const leftMs = movedAtMs + deadlineMs - clock.monotonicMs();
      if (leftMs <= 0) hung(deadlineMs)();
      else cancel = clock.after(leftMs, hungUnlessMoved);
    };
    let cancel = clock.after(deadlineMs, hungUnlessMoved);
    const onAbort = (): void => {
      controller.abort();
      cancel();
      cancel = clock.after(graceMs, hung(graceMs));
    };
    function settle(): void {
      cancel();
      signal.removeEventListener("abort", onAbort);
    }
    signal.addEventListener("abort", onAbort, { once: true });
    if (signal.aborted) onAbort();
    operation(controller.signal, movedOn).then(
      (result) => {
        settle();
        resolve(result);
      },
      (error: unknown) => {
        settle();
        reject(error);
      },
    );
  });
}
