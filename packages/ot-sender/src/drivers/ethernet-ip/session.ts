/** One TCP connection with an EtherNet/IP session on it: one request at a time, and what came of it.
 *  CIP connection → [session] ⇄ encapsulation ⇄ device */
import type { Clock } from "@nonreturn/station";
import type { ByteStream } from "./byte-stream.ts";
import { judge } from "./cursor.ts";
import {
  type Carried,
  Command,
  encapsulationFault,
  type Frame,
  FrameReader,
  REGISTER_SESSION,
  readCarried,
  writeConnected,
  writeFrame,
  writeUnconnected,
} from "./encapsulation.ts";

/** What came of a request. Garbage is an outcome, not an error: only a lost connection rejects. */
export type Exchange =
  | { readonly kind: "message"; readonly message: Buffer }
  | { readonly kind: "silence" }
  | { readonly kind: "damaged"; readonly what: string };

/** A stream that is damaged so often, with no good reply between, is given up: what is there does not speak EtherNet/IP. */
const DAMAGES_TOLERATED = 3;

/** Frames that left shall reach the device before the connection ends; one that takes nothing more is not waited for longer. */
const LAST_WORDS_MS = 500;

export interface ConnectedIds {
  /** Of requests to the device. */
  readonly toDevice: number;
  /** Of replies to us. */
  readonly toUs: number;
}

interface Flight {
  readonly command: number;
  readonly context: number;
  /** Of a connected request. */
  readonly sequence: number;
  end(exchange: Exchange): void;
  lose(reason: string): void;
}

/** Why a session ended, in words; passed to whoever waits. */
export class SessionLost extends Error {
  override readonly name = "SessionLost";
}

export interface SessionObserver {
  onDamage(what: string): void;
  /** Called once, unless `end` was. */
  onLost(reason: string): void;
}

export class Session {
  readonly #stream: ByteStream;
  readonly #clock: Clock;
  readonly #observer: SessionObserver;
  readonly #reader = new FrameReader();
  #handle = 0;
  #context = 0;
  #sequence = 0;
  #connected: ConnectedIds | undefined;
  #flight: Flight | undefined;
  #lost: string | undefined;
  #damagesInARow = 0;
  #strays = 0;

  constructor(stream: ByteStream, clock: Clock, observer: SessionObserver) {
    this.#stream = stream;
    this.#clock = clock;
    this.#observer = observer;
    let cause: Error | undefined;
    stream.on("error", (error) => {
      cause = error;
    });
    stream.on("close", () => this.lose(cause === undefined ? "the device closed it" : cause.message));
    stream.on("data", (chunk) => this.#receive(chunk));
  }

  /** Replies that nothing waited for. */
  get strays(): number {
    return this.#strays;
  }

  /** From now on replies to connected requests are known by these ids. */
  connect(ids: ConnectedIds): void {
    this.#connected = ids;
  }

  /** @returns undefined once the device has given a session, or why it has not. @throws {SessionLost} */
  async register(timeoutMs: number): Promise<string | undefined> {
    const exchange = await this.#exchange(Command.registerSession, () => REGISTER_SESSION, timeoutMs);
    if (exchange.kind === "silence") return `the device did not answer RegisterSession within ${timeoutMs} ms`;
    if (exchange.kind === "damaged") return `the device does not speak EtherNet/IP: ${exchange.what}`;
    return undefined;
  }

  /** @throws {SessionLost} */
  unconnected(message: Uint8Array, timeoutMs: number): Promise<Exchange> {
    return this.#exchange(Command.sendRRData, () => writeUnconnected(message), timeoutMs);
  }

  /** After `connect` only. @throws {SessionLost} */
  connected(message: Uint8Array, timeoutMs: number): Promise<Exchange> {
    const { toDevice = 0 } = this.#connected ?? {};
    return this.#exchange(Command.sendUnitData, (sequence) => writeConnected(toDevice, sequence, message), timeoutMs);
  }

  /** Say good-bye and close. @param lastWords  an unconnected request whose reply nobody waits for. Idempotent. */
  end(lastWords: Uint8Array | undefined): void {
    if (this.#lost !== undefined) return;
    this.#fail("it was closed");
    if (lastWords !== undefined)
      this.#stream.write(writeFrame(Command.sendRRData, this.#handle, 0, writeUnconnected(lastWords)));
    if (this.#handle !== 0)
      this.#stream.write(writeFrame(Command.unregisterSession, this.#handle, 0, new Uint8Array()));
    const cancel = this.#clock.after(LAST_WORDS_MS, () => this.#stream.destroy());
    this.#stream.on("close", cancel);
    this.#stream.destroySoon();
  }

  /** The connection is of no use any more. Idempotent. */
  lose(reason: string): void {
    if (this.#lost !== undefined) return;
    this.#fail(reason);
    this.#stream.destroy();
    this.#observer.onLost(reason);
  }

  #fail(reason: string): void {
    this.#lost = reason;
    this.#reader.reset();
    this.#flight?.lose(reason);
  }

  #exchange(command: number, write: (sequence: number) => Uint8Array, timeoutMs: number): Promise<Exchange> {
    return new Promise((resolve, reject) => {
      if (this.#lost !== undefined) return reject(new SessionLost(this.#lost));
      if (this.#flight !== undefined) return reject(new RangeError("a request is waiting already"));
      this.#context = (this.#context + 1) >>> 0;
      this.#sequence = (this.#sequence + 1) & 0xffff;
      const settle = (then: () => void): void => {
        if (this.#flight !== flight) return;
        this.#flight = undefined;
        cancelTimeout();
        then();
      };
      const flight: Flight = {
        command,
        context: this.#context,
        sequence: this.#sequence,
        end: (exchange) => {
          if (exchange.kind === "message") this.#damagesInARow = 0;
          settle(() => resolve(exchange));
        },
        lose: (reason) => settle(() => reject(new SessionLost(reason))),
      };
      const cancelTimeout = this.#clock.after(timeoutMs, () => this.#timeOut(flight));
      this.#flight = flight;
      this.#stream.write(writeFrame(command, this.#handle, flight.context, write(flight.sequence)));
    });
  }

  #timeOut(flight: Flight): void {
    // Half a frame is not silence: the rest may never come, and the next reply would be taken for it.
    if (this.#reader.pending > 0) this.#damaged(`a reply broke off after ${this.#reader.pending} bytes`);
    else flight.end({ kind: "silence" });
  }

  #receive(chunk: Buffer): void {
    if (this.#lost !== undefined) return;
    const frames = this.#reader.receive(chunk);
    if ("damage" in frames) {
      this.#damaged(frames.damage);
      return;
    }
    for (const frame of frames) this.#take(frame);
  }

  #take(frame: Frame): void {
    const flight = this.#flight;
    if (flight === undefined || frame.command !== flight.command) {
      this.#strays++;
      return;
    }
    if (frame.command === Command.registerSession) {
      if (frame.status !== 0) flight.end({ kind: "damaged", what: encapsulationFault(frame.status) });
      else if (frame.session === 0) flight.end({ kind: "damaged", what: "the session has no handle" });
      else {
        this.#handle = frame.session;
        flight.end({ kind: "message", message: frame.data });
      }
      return;
    }
    // Some devices do not copy the context of connected requests; those are told apart by their sequence.
    if (frame.command === Command.sendRRData && frame.context !== flight.context) {
      this.#strays++;
      return;
    }
    if (frame.status !== 0) {
      this.lose(encapsulationFault(frame.status));
      return;
    }
    if (frame.session !== this.#handle) {
      this.#damaged(`a frame of session 0x${frame.session.toString(16)}, which is not ours`);
      return;
    }
    const carried = judge(() => readCarried(frame.data));
    if ("damage" in carried) this.#damaged(carried.damage);
    else this.#pass(carried, flight);
  }

  #pass(carried: Carried, flight: Flight): void {
    const wanted =
      carried.kind === "unconnected"
        ? flight.command === Command.sendRRData
        : flight.command === Command.sendUnitData &&
          carried.connectionId === this.#connected?.toUs &&
          carried.sequence === flight.sequence;
    if (wanted) flight.end({ kind: "message", message: carried.message });
    else this.#strays++;
  }

  /** The stream itself is damaged: the request in flight will not get its reply. */
  #damaged(what: string): void {
    this.#reader.reset();
    this.#observer.onDamage(what);
    this.#damagesInARow++;
    this.#flight?.end({ kind: "damaged", what });
    if (this.#damagesInARow >= DAMAGES_TOLERATED)
      this.lose(`what came was no EtherNet/IP, ${DAMAGES_TOLERATED} times in a row; the last: ${what}`);
  }
}
