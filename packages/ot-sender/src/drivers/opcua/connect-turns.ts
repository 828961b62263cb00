/** Lets few sessions be made at a time: each takes 10 to 12 ms of the thread that reads every device, and fifty servers may come back at once.
 *  OPC UA drivers of all devices → [connect turns] → OPC UA session */
import type { Cancel, Clock } from "@nonreturn/station";

export const TURNS_AT_ONCE = 2;
/** A session takes far less; a server that dawdles does not keep the others. */
export const LONGEST_TURN_MS = 250;

interface Waiting {
  readonly begin: () => void;
}

/** One for all devices of a station. */
export class ConnectTurns {
  readonly #waiting = new Set<Waiting>();
  readonly #longestTurnMs: number;
  #taken = 0;

  constructor(longestTurnMs = LONGEST_TURN_MS) {
    this.#longestTurnMs = longestTurnMs;
  }

  /** Whoever asks now has to wait. */
  get isBusy(): boolean {
    return this.#taken >= TURNS_AT_ONCE;
  }

  /**
   * First come, first served.
   *
   * @returns how to give the turn back; it ends by itself after the longest turn.
   * @throws {Error} if the signal aborts first.
   */
  take(clock: Clock, signal: AbortSignal): Promise<() => void> {
    return new Promise((settle, reject) => {
      const waiting: Waiting = {
        begin: () => {
          signal.removeEventListener("abort", onAbort);
          settle(this.#begin(clock));
        },
      };
      const onAbort = (): void => {
        this.#waiting.delete(waiting);
        reject(new Error("connecting was given up"));
      };
      if (signal.aborted) return onAbort();
      if (!this.isBusy) return waiting.begin();
      this.#waiting.add(waiting);
      signal.addEventListener("abort", onAbort, { once: true });
    });
  }

  #begin(clock: Clock): () => void {
    this.#taken++;
    let cancel: Cancel = () => undefined;
    let isHeld = true;
    const end = (): void => {
      if (!isHeld) return;
      isHeld = false;
      cancel();
      this.#taken--;
      const [next] = this.#waiting;
      if (next === undefined) return;
      this.#waiting.delete(next);
      next.begin();
    };
    cancel = clock.after(this.#longestTurnMs, end);
    return end;
  }
}
