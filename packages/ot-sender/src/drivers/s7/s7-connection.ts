/** One S7 connection to a CPU, shared by all devices of the configuration that name it alike.
 *  S7 driver → [S7 connection] → ISO frames → CPU
 *
 *  TCP → COTP connection request, confirm → S7 setup (PDU size, jobs at a time) → Read Var jobs */
import {
  type Clock,
  type Log,
  type RateLimitedLog,
  rateLimited,
  StationError,
  writeHostPort,
} from "@nonreturn/station";
import { dialCpu, type Granted, type S7ConnectionSettings } from "./dial-cpu.ts";
import { type Damage, dataFrame, type IsoFrame } from "./iso-frames.ts";
import type { IsoSocket } from "./iso-socket.ts";
import { type Answer, type ItemAnswer, parseAnswer, type ReadItem, readItems, readJob } from "./s7-pdu.ts";

/** What came of a request. Garbage is an outcome, not an error: only a lost connection rejects. */
export type ReadOutcome =
  /** One answer per item, in their order. */
  | { readonly kind: "answers"; readonly items: readonly ItemAnswer[] }
  /** The request as a whole: error class and code. */
  | { readonly kind: "refused"; readonly error: number }
  | { readonly kind: "silence" }
  | { readonly kind: "damaged"; readonly what: string };

/** A stream that is damaged so often, with no good reply between, is given up: what is there does not speak S7. */
const DAMAGES_TOLERATED = 3;

interface Open {
  readonly socket: IsoSocket;
  readonly granted: Granted;
  readonly inFlight: Map<number, Flight>; // by reference
  lastReference: number;
  damagesInARow: number;
}

interface Flight {
  readonly items: readonly ReadItem[];
  end(outcome: ReadOutcome): void;
  lose(error: StationError): void;
}

/** Opened by the first user, ended by the last. Not more than one user calls at a time. */
export class S7Connection {
  readonly #settings: S7ConnectionSettings;
  readonly #clock: Clock;
  readonly #log: RateLimitedLog;
  readonly #users = new Set<object>();
  #open: Open | undefined;
  #opening: Promise<Open> | undefined;
  #strayReplies = 0;

  constructor(settings: S7ConnectionSettings, clock: Clock, log: Log) {
    this.#settings = settings;
    this.#clock = clock;
    this.#log = rateLimited(log, clock, 6);
  }

  /** Replies that nothing waited for, since the start. */
  get strayReplies(): number {
    return this.#strayReplies;
  }

  /** Undefined while there is no connection. */
  get granted(): Granted | undefined {
    return this.#open?.granted;
  }

  /** Connect, unless another user has. @throws {StationError} DEVICE_UNREACHABLE */
  async open(user: object, signal: AbortSignal): Promise<void> {
    if (this.#open === undefined) {
      this.#opening ??= this.#connect(signal).finally(() => {
        this.#opening = undefined;
      });
      this.#open = await this.#opening;
      if (this.#open.socket.isClosed) this.#lose("the CPU closed it");
    }
    this.#users.add(user);
  }

  /** Idempotent. Requests of a user still in flight are lost once the last user has gone. */
  release(user: object): void {
    this.#users.delete(user);
    if (this.#users.size === 0) this.#lose("it was closed");
  }

  /**
   * One request. At most `granted.requestsInFlight` at a time, and no more items and bytes than the PDU carries: the caller's business.
   *
   * @throws {StationError} CONNECTION_LOST if there is no connection or it is lost before the reply.
   */
  request(items: readonly ReadItem[], timeoutMs: number): Promise<ReadOutcome> {
    const open = this.#open;
    if (open === undefined) return Promise.reject(this.#lost("there is no connection"));
    return new Promise((resolve, reject) => {
      const reference = nextReference(open);
      const settle = (run: () => void): void => {
        if (!open.inFlight.delete(reference)) return;
        cancelTimeout();
        run();
      };
      const cancelTimeout = this.#clock.after(timeoutMs, () => settle(() => resolve({ kind: "silence" })));
      open.inFlight.set(reference, {
        items,
        end: (outcome) => settle(() => resolve(outcome)),
        lose: (error) => settle(() => reject(error)),
      });
      open.socket.send(dataFrame(readJob(reference, items)));
    });
  }

  async #connect(signal: AbortSignal): Promise<Open> {
    const { socket, granted } = await dialCpu(this.#settings, this.#clock, signal);
    const open: Open = { socket, granted, inFlight: new Map(), lastReference: 1, damagesInARow: 0 };
    socket.listen({
      onFrame: (frame) => this.#take(open, frame),
      onClose: (reason) => {
        if (this.#open === open) this.#lose(reason);
      },
    });
    return open;
  }

  #take(open: Open, frame: IsoFrame | Damage): void {
    switch (frame.kind) {
      case "damage":
        this.#damaged(open, frame.what);
        return;
      case "data":
        this.#answer(open, parseAnswer(frame.bytes));
        return;
      case "disconnect":
        if (this.#open === open) this.#lose(`the CPU ended it (reason ${frame.reason})`);
        return;
      case "connect confirm":
        this.#damaged(open, "a second connection confirm");
    }
  }

  #answer(open: Open, answer: Answer): void {
    if (answer.kind === "damaged" && answer.reference === undefined) {
      this.#damaged(open, answer.what);
      return;
    }
    const flight = open.inFlight.get(answer.reference!);
    if (flight === undefined) {
      this.#strayReplies++;
      return;
    }
    const outcome = outcomeOf(answer, flight.items);
    if (outcome.kind === "damaged") this.#logDamage(outcome.what);
    else open.damagesInARow = 0;
    flight.end(outcome);
  }

  /** The stream itself is damaged: no request in flight will get its reply. */
  #damaged(open: Open, what: string): void {
    this.#logDamage(what);
    open.damagesInARow++;
    for (const flight of [...open.inFlight.values()]) flight.end({ kind: "damaged", what });
    if (open.damagesInARow >= DAMAGES_TOLERATED && this.#open === open)
      this.#lose(`what came was no S7 communication, ${DAMAGES_TOLERATED} times in a row; the last: ${what}`);
  }

  #logDamage(what: string): void {
    const device = writeHostPort(this.#settings.address);
    this.#log.warn("S7_REPLY_DAMAGED", "a damaged reply was dropped", { device, what });
  }

  #lose(reason: string): void {
    const open = this.#open;
    if (open === undefined) return;
    this.#open = undefined;
    open.socket.destroy();
    const error = this.#lost(reason);
    for (const flight of [...open.inFlight.values()]) flight.lose(error);
  }

  #lost(reason: string): StationError {
    return new StationError({
      code: "CONNECTION_LOST",
      what: `the connection was lost: ${reason}`,
      where: writeHostPort(this.#settings.address),
      action:
        "Nothing: the station reconnects by itself. If it happens often, check the network and how many connections the device allows.",
    });
  }
}

/** Comes back only after 65,535 others; 0 is never used. */
function nextReference(open: Open): number {
  do open.lastReference = (open.lastReference % 0xffff) + 1;
  while (open.inFlight.has(open.lastReference));
  return open.lastReference;
}

function outcomeOf(answer: Answer, items: readonly ReadItem[]): ReadOutcome {
  switch (answer.kind) {
    case "refused":
      return { kind: "refused", error: answer.error };
    case "damaged":
      return { kind: "damaged", what: answer.what };
    case "setup":
      return { kind: "damaged", what: "an answer to something else" };
    case "read":
      return answer.items === items.length
        ? { kind: "answers", items: readItems(answer.data, items) }
        : { kind: "damaged", what: `${answer.items} items where ${items.length} were asked for` };
  }
}
