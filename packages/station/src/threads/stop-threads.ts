/** Ends the threads of a station in the order of the data, so that each has what the one before it handed over.
 *  pipeline → [stop threads] → worker threads */
import type { Clock } from "../clock.ts";
import type { Log } from "../log/log.ts";

/** Any {@link WorkerThread} that takes this message. */
export interface StoppableThread {
  readonly name: string;
  finish(message: { readonly type: "stop" }, clock: Clock, deadlineMs: number): Promise<"finished" | "terminated">;
}

const THREAD_STOP_MS = 5000;

/** @throws whatever a thread crashed with. */
export async function stopThreads(threads: readonly StoppableThread[], clock: Clock, log: Log): Promise<void> {
  for (const thread of threads) {
    if ((await thread.finish({ type: "stop" }, clock, THREAD_STOP_MS)) === "finished") continue;
    log.error(
      { code: "THREAD_STOP", thread: thread.name },
      "a thread was ended by force instead of ending by itself; what it had only in memory is lost",
    );
  }
}
