/** Keeps a driver that does not come back from holding up its channel for ever.
 *  keep connected, polling channel → [with deadline] → driver */
import { type Cancel, type Clock, StationError } from "@nonreturn/station";

/** A driver told to give up has this long to do so. */
const GRACE_MS = 1000;

/** For what is run again and again, one after the other: signal and listener are made once, which for a scan cost more than all else here. */
export class Deadline {
  readonly #clock: Clock;
  readonly #deadlineMs: number;
  readonly #signal: AbortSignal;
  #own = new AbortController();
  /** Of what runs now. */
  #giveUp: (() => void) | undefined;

  /** @param signal  tells everything that is run here to give up. Call `close` in the end. */
  constructor(clock: Clock, deadlineMs: number, signal: AbortSignal) {
    this.#clock = clock;
    this.#deadlineMs = deadlineMs;
    this.#signal = signal;
    signal.addEventListener("abort", this.#onAbort);
  }

  /**
   * Run something that takes a signal, and tell it to give up after the deadline or when the signal aborts. It must take its listeners off.
   *
   * @throws {StationError} DRIVER_STUCK if it has not settled a second after that; what it does later is ignored.
   */
  async run<T>(work: (signal: AbortSignal) => Promise<T>): Promise<T> {
    if (this.#own.signal.aborted) this.#own = new AbortController();
    const own = this.#own;
    let cancelGrace: Cancel | undefined;
    const stuck = new Promise<never>((_, reject) => {
      this.#giveUp = () => {
        cancelGrace ??= this.#clock.after(GRACE_MS, () => reject(driverStuck(this.#deadlineMs)));
        own.abort();
      };
    });
    const cancelDeadline = this.#clock.after(this.#deadlineMs, () => this.#giveUp?.());
    if (this.#signal.aborted) this.#onAbort();
    try {
      return await Promise.race([work(own.signal), stuck]);
    } finally {
      cancelDeadline();
      cancelGrace?.();
      this.#giveUp = undefined;
    }
  }

  close(): void {
    this.#signal.removeEventListener("abort", this.#onAbort);
  }

  readonly #onAbort = (): void => this.#giveUp?.();
}

/** Once. @throws {StationError} DRIVER_STUCK as `Deadline.run`. */
export async function withDeadline<T>(
  clock: Clock,
  deadlineMs: number,
  signal: AbortSignal,
  work: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const deadline = new Deadline(clock, deadlineMs, signal);
  try {
    return await deadline.run(work);
  } finally {
    deadline.close();
  }
}

function driverStuck(deadlineMs: number): StationError {
  return new StationError({
    code: "DRIVER_STUCK",
    what: `the driver did not return within ${deadlineMs} ms, nor when told to give up`,
    action: "Report it with the log around this line: a driver must give up by itself.",
  });
}
