/** How a read or a subscription ends that was not left to itself.
 *  signal, lost connection → [reading ended] → channel */
import { StationError } from "@nonreturn/station";

export function readAborted(): StationError {
  return new StationError({
    code: "READ_ABORTED",
    what: "reading was given up",
    action: "Nothing: the station is stopping.",
  });
}

/** Rejects when the session is lost or the signal aborts. @throws {StationError} CONNECTION_LOST, READ_ABORTED */
export function untilLost(
  session: { onLost(listener: (lost: StationError) => void): unknown },
  signal: AbortSignal,
): Promise<never> {
  return new Promise((_, reject) => {
    const onAbort = (): void => reject(readAborted());
    if (signal.aborted) onAbort();
    else signal.addEventListener("abort", onAbort, { once: true });
    session.onLost((lost) => {
      signal.removeEventListener("abort", onAbort);
      reject(lost);
    });
  });
}
