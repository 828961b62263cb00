/** One connection or serial line to a Modbus device, gateway or bus, shared by all units behind it.
 *  modbus driver → [modbus connection] → MBAP port or RTU client → device */
import type { Duplex } from "node:stream";
import { type Clock, type Log, type RateLimitedLog, rateLimited, StationError, sleep } from "@nonreturn/station";
import { explain } from "../tcp-socket.ts";
import type { ModbusLine } from "./line.ts";
import { MbapPort } from "./mbap-port.ts";
import { dataBytesOf, type ReadRequest, type ReplyOutcome, type RequestPort } from "./request-port.ts";
import { RtuClient } from "./rtu-client.ts";

/** What came of a request: only a lost connection rejects. `heard`: what came instead of a reply, if anything did. */
export type ReadOutcome = ReplyOutcome | { readonly kind: "silence"; readonly heard: string | undefined };

/** A stream that is damaged so often, with no good reply between, is given up: what is there does not speak Modbus TCP. */
const DAMAGES_TOLERATED = 3;

/** How a request is made. */
export interface RequestPacing {
  readonly timeout: number; // ms
  /** Since the reply to the request before. */
  readonly requestDelay: number; // ms
  /** RTU only: so long after the time-out a reply may still come, and its unit is not asked again before. */
  readonly lateReply?: number | undefined; // ms
}

/** A serial adapter that does not let go is waited for no longer. */
const CLOSING_MS = 2000;

/** Longest reply and request without its data: unit, function code, byte count, CRC; and eight bytes. */
const FRAME_BYTES = 5 + 8;

interface Open {
  readonly stream: Duplex;
  readonly port: RequestPort;
  /** One entry per request in flight. Its index is the slot. */
  readonly inFlight: (Flight | undefined)[];
  damagesInARow: number;
  /** When the last request ended. */
  endedMs: number;
  /** Units whose reply may still come, and until when. RTU only. */
  readonly owed: Map<number, { readonly untilMs: number; readonly came: AbortController }>;
}

interface Flight {
  resolve(outcome: ReadOutcome): void;
  reject(error: StationError): void;
  cancelTimeout(): void;
}

/** Opened by the first user, ended by the last. Not more than one user calls at a time. */
export class ModbusConnection {
  readonly #line: ModbusLine;
  readonly #clock: Clock;
  readonly #log: RateLimitedLog;
  readonly #users = new Set<object>();
  #open: Open | undefined;
  #opening: Promise<Open> | undefined;
  /** Aborts when the stream before is closed: a serial port can be opened once only. */
  #closed: AbortSignal = AbortSignal.abort();
  #strayReplies = 0;

  constructor(line: ModbusLine, clock: Clock, log: Log) {
    this.#line = line;
    this.#clock = clock;
    this.#log = rateLimited(log, clock, 6);
  }

  /** Replies that nothing waited for, since the start. */
  get strayReplies(): number {
    return this.#strayReplies;
  }

  /** Connect, unless another user has. @param delayMs  pause after it. @throws {StationError} DEVICE_UNREACHABLE */
  async open(user: object, timeoutMs: number, delayMs: number, signal: AbortSignal): Promise<void> {
    if (this.#open === undefined) {
      this.#opening ??= this.#connect(timeoutMs, delayMs, signal).finally(() => {
        this.#opening = undefined;
      });
      this.#open = await this.#opening;
    }
    this.#users.add(user);
  }

  /** Idempotent. Requests of a user still in flight are lost once the last user has gone. Resolves when what it used is closed. */
  async release(user: object): Promise<void> {
    this.#users.delete(user);
    if (this.#users.size > 0) return;
    this.#lose("it was closed");
    await sleep(this.#clock, CLOSING_MS, this.#closed);
  }

  /**
   * One request. At most 16 at a time, in RTU one. Nothing is sent once the signal has aborted.
   *
   * @throws {StationError} CONNECTION_LOST if there is no connection or it is lost before the reply.
   */
  request(request: ReadRequest, pacing: RequestPacing, signal: AbortSignal): Promise<ReadOutcome> {
    const open = this.#open;
    if (open === undefined) return Promise.reject(this.#lost("there is no connection"));
    if (pacing.requestDelay === 0 && open.owed.size === 0) return this.#send(open, request, pacing, signal);
    return this.#pause(open, request.unit, pacing, signal).then(() => this.#send(open, request, pacing, signal));
  }

  #send(open: Open, request: ReadRequest, pacing: RequestPacing, signal: AbortSignal): Promise<ReadOutcome> {
    if (this.#open !== open) return Promise.reject(this.#lost("it was closed"));
    if (signal.aborted) return Promise.resolve({ kind: "silence", heard: undefined });
    const timeoutMs = Math.ceil(pacing.timeout + (FRAME_BYTES + dataBytesOf(request)) * this.#line.characterMs);
    return new Promise((resolve, reject) => {
      const free = open.inFlight.indexOf(undefined);
      const slot = free < 0 ? open.inFlight.length : free;
      const cancelTimeout = this.#clock.after(timeoutMs, () => {
        const heard = open.port.heard();
        if (heard !== undefined) this.#logDamage(heard);
        if (pacing.lateReply !== undefined) this.#owe(open, request.unit, pacing.lateReply);
        this.#end(open, slot)?.resolve({ kind: "silence", heard });
      });
      open.inFlight[slot] = { resolve, reject, cancelTimeout };
      open.port.send(slot, request);
    });
  }

  /** The request of this slot is over, whatever came of it. Undefined if it was before. */
  #end(open: Open, slot: number): Flight | undefined {
    const flight = open.inFlight[slot];
    if (flight === undefined) return undefined;
    flight.cancelTimeout();
    open.port.forget(slot);
    open.inFlight[slot] = undefined;
    open.endedMs = this.#clock.monotonicMs();
    return flight;
  }

  #take(open: Open, slot: number, outcome: ReplyOutcome): void {
    const flight = this.#end(open, slot);
    if (flight === undefined) return;
    if (outcome.kind === "damaged") this.#logDamage(outcome.what);
    else open.damagesInARow = 0;
    flight.resolve(outcome);
  }

  /** What must pass before a unit is asked: the pause between requests, and its late reply to the request before. */
  async #pause(open: Open, unit: number, { requestDelay }: RequestPacing, signal: AbortSignal): Promise<void> {
    const owed = open.owed.get(unit);
    if (owed !== undefined) {
      const waitMs = owed.untilMs - this.#clock.monotonicMs();
      if (waitMs > 0) await sleep(this.#clock, waitMs, AbortSignal.any([signal, owed.came.signal]));
      if (!signal.aborted) open.owed.delete(unit);
    }
    // Other requests in flight may end while this one waits.
    for (;;) {
      const waitMs = open.endedMs + requestDelay - this.#clock.monotonicMs();
      if (waitMs <= 0 || signal.aborted) return;
      await sleep(this.#clock, waitMs, signal);
    }
  }

  #owe(open: Open, unit: number, lateReplyMs: number): void {
    open.owed.set(unit, { untilMs: this.#clock.monotonicMs() + lateReplyMs, came: new AbortController() });
  }

  async #connect(timeoutMs: number, delayMs: number, signal: AbortSignal): Promise<Open> {
    await sleep(this.#clock, CLOSING_MS, AbortSignal.any([this.#closed, signal]));
    let stream: Duplex;
    try {
      stream = await this.#line.dial(this.#clock, timeoutMs, signal);
    } catch (error) {
      throw this.#unreachable(explain(error), error);
    }
    let cause: Error | undefined;
    stream.on("error", (error) => {
      cause = error;
    });
    const closed = new AbortController();
    stream.once("close", () => closed.abort());
    this.#closed = closed.signal;
    await sleep(this.#clock, delayMs, signal);
    if (signal.aborted || stream.destroyed) {
      stream.destroy();
      throw this.#unreachable(signal.aborted ? "connecting was given up" : "the device closed the connection", cause);
    }
    const onOutcome = (slot: number, outcome: ReplyOutcome): void => this.#take(open, slot, outcome);
    const stray = (): void => {
      this.#strayReplies++;
    };
    const port =
      this.#line.framing === "mbap"
        ? new MbapPort(stream, { onOutcome, onDamage: (what) => this.#damaged(open, what), onStray: stray })
        : new RtuClient(stream, {
            onOutcome,
            onDamage: (what) => this.#endAll(open, what),
            onStray: (unit) => {
              stray();
              open.endedMs = this.#clock.monotonicMs();
              open.owed.get(unit)?.came.abort();
            },
          });
    const open: Open = {
      stream,
      port,
      inFlight: [],
      damagesInARow: 0,
      endedMs: Number.NEGATIVE_INFINITY,
      owed: new Map(),
    };
    // A serial port says on closing why; a socket has said so before.
    stream.once("close", (reason: unknown) => {
      const why = cause ?? (reason instanceof Error ? reason : undefined);
      if (this.#open === open) this.#lose(why === undefined ? "the device closed it" : explain(why));
    });
    return open;
  }

  /** The stream itself is damaged: no request in flight will get its reply. */
  #damaged(open: Open, what: string): void {
    open.damagesInARow++;
    this.#endAll(open, what);
    if (open.damagesInARow >= DAMAGES_TOLERATED && this.#open === open)
      this.#lose(`what came was no Modbus TCP, ${DAMAGES_TOLERATED} times in a row; the last: ${what}`);
  }

  #endAll(open: Open, what: string): void {
    this.#logDamage(what);
    for (const slot of open.inFlight.keys()) this.#end(open, slot)?.resolve({ kind: "damaged", what });
  }

  #logDamage(what: string): void {
    const device = this.#line.name;
    this.#log.warn("MODBUS_REPLY_DAMAGED", "a damaged reply was dropped", { device, what });
  }

  #lose(reason: string): void {
    const open = this.#open;
    if (open === undefined) return;
    this.#open = undefined;
    open.stream.destroy();
    const error = this.#lost(reason);
    for (const slot of open.inFlight.keys()) this.#end(open, slot)?.reject(error);
  }

  #lost(reason: string): StationError {
    return new StationError({
      code: "CONNECTION_LOST",
      what: `the connection was lost: ${reason}`,
      where: this.#line.name,
      action:
        this.#line.characterMs === 0
          ? "Nothing: the station reconnects by itself. If it happens often, check the network and how many connections the device allows."
          : "Nothing: the station opens the line again by itself. If it happens often, check the adapter and its cable.",
    });
  }

  #unreachable(reason: string, cause: unknown): StationError {
    return new StationError(
      {
        code: "DEVICE_UNREACHABLE",
        what: `cannot connect: ${reason}`,
        where: this.#line.name,
        action: this.#line.advice,
      },
      cause === undefined ? undefined : { cause },
    );
  }
}
