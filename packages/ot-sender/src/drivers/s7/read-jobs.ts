/** The Read Var jobs of one connection: sent a few at a time, each ended by its answer or by silence.
 *  S7 driver → S7 connection → [read jobs] → ISO socket */
import type { Cancel, Clock } from "@nonreturn/station";
import { PDU_OFFSET } from "./iso-frames.ts";
import type { IsoSocket } from "./iso-socket.ts";
import type { Request } from "./pack-requests.ts";
import { REFERENCE_OFFSET } from "./s7-pdu.ts";

/** What came of a request. Garbage is an outcome, not an error: only a lost connection rejects. */
export type ReadOutcome =
  /** For `ItemAnswers`: one for each item, in their order. Valid during the call only. */
  | { readonly kind: "answers"; readonly data: DataView }
  /** The request as a whole: error class and code. */
  | { readonly kind: "refused"; readonly error: number }
  | { readonly kind: "silence" }
  | { readonly kind: "damaged"; readonly what: string };

/** Who asks: several requests, whose outcomes come in any order. */
export interface Asker {
  /** The next request; undefined if there is none. Called again and again, after that too. */
  next(): Request | undefined;
  /** Once for every request, unless the connection is lost before. */
  take(request: Request, outcome: ReadOutcome): void;
}

interface Flight {
  readonly request: Request;
  readonly sentMs: number;
}

/** One call of `ask`. */
interface Round {
  readonly asker: Asker;
  readonly timeoutMs: number;
  resolve(): void;
  reject(error: unknown): void;
  /** One for all its requests. */
  cancelTimeout: Cancel;
}

export class ReadJobs {
  readonly #socket: Pick<IsoSocket, "send">;
  readonly #mostInFlight: number;
  readonly #clock: Clock;
  /** By reference, in the order of sending. Empty between rounds. */
  readonly #inFlight = new Map<number, Flight>();
  #round: Round | undefined;
  #lastReference = 1;

  /** @param mostInFlight  as the CPU granted. */
  constructor(socket: Pick<IsoSocket, "send">, mostInFlight: number, clock: Clock) {
    this.#socket = socket;
    this.#mostInFlight = mostInFlight;
    this.#clock = clock;
  }

  /** Resolves when there is no next request and each has its outcome; rejects with what `lose` says. One call at a time. */
  ask(asker: Asker, timeoutMs: number): Promise<void> {
    return new Promise((resolve, reject) => {
      const round: Round = { asker, timeoutMs, resolve, reject, cancelTimeout: () => {} };
      this.#round = round;
      this.goOn();
      this.#watch(round);
    });
  }

  /** The request that waits for the answer of this reference. */
  waiting(reference: number): Request | undefined {
    return this.#inFlight.get(reference)?.request;
  }

  /** A request has its outcome. `goOn` is to be called after the last of those that came together. */
  end(reference: number, outcome: ReadOutcome): void {
    const round = this.#round;
    const flight = this.#inFlight.get(reference);
    if (round === undefined || flight === undefined) return;
    this.#inFlight.delete(reference);
    this.#attempt(round, () => round.asker.take(flight.request, outcome));
  }

  endAll(outcome: ReadOutcome): void {
    for (const reference of [...this.#inFlight.keys()]) this.end(reference, outcome);
  }

  /** Sends what may be sent now, or ends the round. */
  goOn(): void {
    const round = this.#round;
    const inFlight = this.#inFlight;
    // Half remain for the CPU to work on meanwhile, and the others leave together: a write costs more than all that is done with an answer.
    if (round === undefined || inFlight.size > this.#mostInFlight / 2) return;
    const sentMs = this.#clock.monotonicMs();
    const frames: Uint8Array[] = [];
    while (inFlight.size < this.#mostInFlight) {
      const request = this.#attempt(round, () => round.asker.next());
      if (request === undefined) break;
      const reference = this.#nextReference();
      inFlight.set(reference, { request, sentMs });
      frames.push(frameOf(request, reference));
    }
    if (frames.length > 0) this.#socket.send(frames.length === 1 ? frames[0]! : Buffer.concat(frames));
    else if (inFlight.size === 0) this.#finish()?.resolve();
  }

  /** No answer will come any more. */
  lose(error: Error): void {
    this.#finish()?.reject(error);
  }

  /** Until the oldest request in flight has waited long enough. */
  #watch(round: Round): void {
    const oldest = this.#inFlight.values().next().value;
    if (this.#round !== round || oldest === undefined) return;
    const leftMs = oldest.sentMs + round.timeoutMs - this.#clock.monotonicMs();
    round.cancelTimeout = this.#clock.after(Math.max(1, Math.ceil(leftMs)), () => {
      const sentBeforeMs = this.#clock.monotonicMs() - round.timeoutMs;
      for (const [reference, { sentMs }] of this.#inFlight) {
        if (sentMs > sentBeforeMs) break;
        this.end(reference, { kind: "silence" });
      }
      this.goOn();
      this.#watch(round);
    });
  }

  /** Nobody waits for what is still in flight. */
  #finish(): Round | undefined {
    const round = this.#round;
    this.#round = undefined;
    this.#inFlight.clear();
    round?.cancelTimeout();
    return round;
  }

  /** An asker that throws ends its round; the socket or timer that called it goes on. */
  #attempt<T>(round: Round, call: () => T): T | undefined {
    try {
      return call();
    } catch (error) {
      if (this.#round === round) this.#finish()?.reject(error);
      return undefined;
    }
  }

  /** Comes back only after 65,535 others; 0 is never used. */
  #nextReference(): number {
    do this.#lastReference = (this.#lastReference % 0xffff) + 1;
    while (this.#inFlight.has(this.#lastReference));
    return this.#lastReference;
  }
}

/** A copy: the frame may still wait in the socket while its request is sent again. */
function frameOf({ frame }: Request, reference: number): Uint8Array {
  const own = Buffer.from(frame);
  own.writeUInt16BE(reference, PDU_OFFSET + REFERENCE_OFFSET);
  return own;
}
