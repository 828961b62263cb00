/** Keeps a driver that does not come back from holding up its channel for ever.
 *  keep connected, polling channel → [with deadline] → driver */
import { type Clock, StationError } from "@nonreturn/station";

/** A driver told to give up has this long to do so. */
const GRACE_MS = 1000;

/**
 * Run something that takes a signal, and tell it to give up after `deadlineMs` or when `signal` aborts.
 *
 * @throws {StationError} DRIVER_STUCK if it has not settled a second after that; what it does later is ignored.
 */
export async function withDeadline<T>(
  clock: Clock,
  deadlineMs: number,
  signal: AbortSignal,
  run: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const own = new AbortController();
  const giveUp = (): void => own.abort();
  let cancelGrace: (() => void) | undefined;
  const stuck = new Promise<never>((_, reject) => {
    own.signal.addEventListener("abort", () => {
      cancelGrace = clock.after(GRACE_MS, () => reject(driverStuck(deadlineMs)));
    });
  });
  stuck.catch(() => undefined);
  if (signal.aborted) giveUp();
  else signal.addEventListener("abort", giveUp, { once: true });
  const cancelDeadline = clock.after(deadlineMs, giveUp);
  try {
    return await Promise.race([run(own.signal), stuck]);
  } finally {
    cancelDeadline();
    cancelGrace?.();
    signal.removeEventListener("abort", giveUp);
  }
}

function driverStuck(deadlineMs: number): StationError {
  return new StationError({
    code: "DRIVER_STUCK",
    what: `the driver did not return within ${deadlineMs} ms, nor when told to give up`,
    action: "Report it with the log around this line: a driver must give up by itself.",
  });
}
