/** One S7 connection to a CPU, shared by all devices of the configuration that name it alike.
 *  S7 driver → [S7 connection] → read jobs → ISO socket → CPU
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
import type { Damage, IsoFrame } from "./iso-frames.ts";
import type { IsoSocket } from "./iso-socket.ts";
import type { Request } from "./pack-requests.ts";
import { type Asker, ReadJobs, type ReadOutcome } from "./read-jobs.ts";
import { type Answer, parseAnswer } from "./s7-pdu.ts";

/** A stream that is damaged so often, with no good reply between, is given up: what is there does not speak S7. */
const DAMAGES_TOLERATED = 3;

interface Open {
  readonly socket: IsoSocket;
  readonly granted: Granted;
  readonly jobs: ReadJobs;
  damagesInARow: number;
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
   * As many requests at a time as the CPU grants, until there is no next one and all have their outcome. One call at a time.
   *
   * @throws {StationError} CONNECTION_LOST if there is no connection or it is lost before. Requests in flight then have no outcome.
   */
  ask(asker: Asker, timeoutMs: number): Promise<void> {
    const open = this.#open;
    if (open === undefined) return Promise.reject(this.#lost("there is no connection"));
    return open.jobs.ask(asker, timeoutMs);
  }

  async #connect(signal: AbortSignal): Promise<Open> {
    const { socket, granted } = await dialCpu(this.#settings, this.#clock, signal);
    const jobs = new ReadJobs(socket, granted.requestsInFlight, this.#clock);
    const open: Open = { socket, granted, jobs, damagesInARow: 0 };
    socket.listen({
      onFrame: (frame) => this.#take(open, frame),
      onPause: () => jobs.goOn(),
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
    const reference = answer.reference!;
    const request = open.jobs.waiting(reference);
    if (request === undefined) {
      this.#strayReplies++;
      return;
    }
    const outcome = outcomeOf(answer, request);
    if (outcome.kind === "damaged") this.#logDamage(outcome.what);
    else open.damagesInARow = 0;
    open.jobs.end(reference, outcome);
  }

  /** The stream itself is damaged: no request in flight will get its reply. */
  #damaged(open: Open, what: string): void {
    this.#logDamage(what);
    open.damagesInARow++;
    open.jobs.endAll({ kind: "damaged", what });
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
    open.jobs.lose(this.#lost(reason));
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

function outcomeOf(answer: Answer, { items }: Request): ReadOutcome {
  switch (answer.kind) {
    case "refused":
      return { kind: "refused", error: answer.error };
    case "damaged":
      return { kind: "damaged", what: answer.what };
    case "setup":
      return { kind: "damaged", what: "an answer to something else" };
    case "read":
      return answer.items === items.length
        ? { kind: "answers", data: answer.data }
        : { kind: "damaged", what: `${answer.items} items where ${items.length} were asked for` };
  }
}
