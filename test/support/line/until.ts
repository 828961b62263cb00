/** Waits for something to become true, with a generous deadline and a reason when it does not.
 *  test → [until] → probe */
import { sleep, systemClock } from "@nonreturn/station";

const LOOK_EVERY_MS = 100;

/**
 * Look again and again until `probe` gives something else than undefined or false; what it throws meanwhile counts as "not yet".
 *
 * @throws Error naming `what`, and why it was not so, after `deadlineMs`.
 */
export async function until<Found>(
  what: string,
  probe: () => Found | undefined | false | Promise<Found | undefined | false>,
  deadlineMs = 120_000,
): Promise<Found> {
  const endMs = systemClock.monotonicMs() + deadlineMs;
  let reason: unknown;
  for (;;) {
    try {
      const found = await probe();
      if (found !== undefined && found !== false) return found;
      reason = undefined;
    } catch (error) {
      reason = error;
    }
    if (systemClock.monotonicMs() > endMs)
      throw new Error(`not within ${deadlineMs} ms: ${what}`, reason === undefined ? undefined : { cause: reason });
    await sleep(systemClock, LOOK_EVERY_MS);
  }
}
