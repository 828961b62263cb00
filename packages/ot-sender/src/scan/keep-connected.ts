/** Connects, works until the connection is lost, waits, connects again: for as long as the station runs.
 *  polling channel, subscription → [keep connected] → drivers */
import { type Clock, errorFields, type Log, StationError, sleep } from "@nonreturn/station";
import type { Driver } from "../drivers/driver.ts";
import type { BackOff } from "./back-off.ts";
import { withDeadline } from "./with-deadline.ts";

/** While disconnected the tags are looked at so often, for their maximum silence. */
export const UNREAD_PERIOD_MS = 1000;

/** Beyond any driver's own time-out. */
const CONNECT_DEADLINE_MS = 120_000;
const CLOSE_DEADLINE_MS = 5000;

export interface Connected {
  /** The drivers of one channel. */
  readonly drivers: readonly Driver[];
  readonly backOff: BackOff;
  onConnecting(): void;
  onConnected(): void;
  /** Connecting failed or `work` rejected. Called once each time. */
  onFailed(reason: string): void;
  /** Called when it failed, and then every second until connected. */
  whileFailed(): void;
  /** Called once connected; rejects when the connection is lost, resolves when the signal aborts. */
  work(signal: AbortSignal): Promise<void>;
}

/** Resolves once the signal has aborted and every driver is closed. Never rejects. */
export async function keepConnected(connected: Connected, clock: Clock, log: Log, signal: AbortSignal): Promise<void> {
  // Closing ends a read that waits for a device: stopping does not wait for its time-out.
  const onAbort = (): void => void closeAll(connected.drivers, clock, log);
  signal.addEventListener("abort", onAbort, { once: true });
  let cancelTicks = (): void => undefined;
  while (!signal.aborted) {
    try {
      connected.onConnecting();
      for (const driver of connected.drivers)
        await withDeadline(clock, CONNECT_DEADLINE_MS, signal, (own) => driver.connect(own));
      if (signal.aborted) break;
      cancelTicks();
      connected.onConnected();
      await connected.work(signal);
    } catch (error) {
      if (signal.aborted) break;
      log.debug({ err: errorFields(error) }, "channel failed");
      cancelTicks();
      connected.onFailed(reasonOf(error));
      connected.whileFailed();
      cancelTicks = clock.every(UNREAD_PERIOD_MS, () => connected.whileFailed());
      await closeAll(connected.drivers, clock, log);
      await sleep(clock, connected.backOff.nextMs(), signal);
    }
  }
  cancelTicks();
  signal.removeEventListener("abort", onAbort);
  await closeAll(connected.drivers, clock, log);
}

async function closeAll(drivers: readonly Driver[], clock: Clock, log: Log): Promise<void> {
  const never = new AbortController().signal;
  await Promise.all(
    drivers.map((driver) =>
      withDeadline(clock, CLOSE_DEADLINE_MS, never, () => driver.close()).catch((error: unknown) =>
        log.warn({ err: errorFields(error) }, "a driver failed to close"),
      ),
    ),
  );
}

function reasonOf(error: unknown): string {
  if (error instanceof StationError) return error.what;
  return error instanceof Error ? error.message : String(error);
}
