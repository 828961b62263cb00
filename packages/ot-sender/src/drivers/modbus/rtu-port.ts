/** The serial side of a Modbus connection, as modbus-serial's client wants a port to be: finds the one reply among whatever is on the line.
 *  modbus-serial client ⇄ [RTU port] ⇄ serial line, or TCP socket of a serial device server
 *
 *  modbus-serial's own RTU port is not used: it takes the first bytes that look like a reply, before their checksum is known, also out of the
 *  middle of another reply or out of the request's echo, and keeps what came before the request. */
import { EventEmitter } from "node:events";
import type { Duplex } from "node:stream";
import {
  answers,
  type ExpectedReply,
  expectedReplyTo,
  isWhole,
  REPLY_HEADER_BYTES,
  replyLengthAt,
} from "./rtu-frame.ts";

/** More than the longest reply with its echo. Noise beyond it is dropped from the front. */
const MOST_BYTES = 1024;
/** So much of the noise is shown. */
const SHOWN_BYTES = 16;

/** What the port notices beside replies. */
export interface RtuObserver {
  /** The reply waited for came with a wrong checksum. */
  onDamage(what: string): void;
  /** A whole reply that nothing waits for. */
  onStray(unit: number): void;
}

/**
 * One request at a time. A frame is believed only where a frame may begin: after silence, the echo, another whole frame, or bytes that can be no
 * frame. While bytes could still become a frame, nothing inside them is taken for one.
 *
 * Used by modbus-serial: `open`, `close`, `isOpen`, `write`, the two `_transactionId…` fields and the event "data".
 */
export class RtuPort extends EventEmitter {
  /** Slot of the reply being passed on. Read by modbus-serial. */
  _transactionIdRead = 0;
  /** Slot of the next request. Read by modbus-serial. */
  _transactionIdWrite = 0;
  readonly #stream: Duplex;
  readonly #observer: RtuObserver;
  #waiting: { readonly slot: number; readonly expected: ExpectedReply } | undefined;
  #echo: "may come" | "came" = "came";
  #received: Buffer = Buffer.alloc(0);
  /** Everything before was looked at, and is no frame. */
  #looked = 0;

  /** @param stream  open; its owner listens for "error" and "close". */
  constructor(stream: Duplex, observer: RtuObserver) {
    super();
    this.#stream = stream;
    this.#observer = observer;
    stream.on("data", (chunk: Buffer) => this.#receive(chunk));
  }

  get isOpen(): boolean {
    return !this.#stream.destroyed && this.#stream.writable;
  }

  open(callback: (error?: Error) => void): void {
    callback();
  }

  close(callback?: () => void): void {
    this.#stream.destroy();
    callback?.();
  }

  /** @param frame  unit id, PDU, CRC. What came before it is no answer to it. */
  write(frame: Buffer): void {
    this.#forgetBytes();
    this.#waiting = { slot: this._transactionIdWrite, expected: expectedReplyTo(frame) };
    this.#echo = "may come";
    this.#stream.write(frame);
  }

  /** Nobody waits for the request of this slot any longer. */
  forget(slot: number): void {
    if (this.#waiting?.slot !== slot) return;
    this.#waiting = undefined;
    this.#forgetBytes();
  }

  /** What came since the request and is no reply to it, for the operator; undefined if nothing did. */
  heard(): string | undefined {
    const { length } = this.#received;
    if (length === 0) return undefined;
    const shown = this.#received.subarray(0, SHOWN_BYTES).toString("hex").toUpperCase();
    return `${length} byte${length === 1 ? "" : "s"} came that are no reply: ${shown}${length > SHOWN_BYTES ? "…" : ""}`;
  }

  #forgetBytes(): void {
    this.#received = Buffer.alloc(0);
    this.#looked = 0;
  }

  #receive(chunk: Buffer): void {
    this.#received = Buffer.concat([this.#received, chunk]);
    for (let begin = this.#look(); begin === "further"; begin = this.#look());
    const surplus = this.#received.length - MOST_BYTES;
    if (surplus > 0) {
      this.#received = Buffer.from(this.#received.subarray(surplus));
      this.#looked = Math.max(0, this.#looked - surplus);
    }
  }

  /** Look at the first place not looked at yet. */
  #look(): "further" | "wait for more" {
    const at = this.#looked;
    const rest = this.#received.subarray(at);
    const waiting = this.#waiting;
    if (waiting !== undefined && this.#echo === "may come") {
      const echo = Buffer.from(waiting.expected.request);
      const seen = rest.subarray(0, echo.length);
      if (seen.length > 0 && echo.subarray(0, seen.length).equals(seen)) {
        if (seen.length < echo.length) return "wait for more";
        this.#echo = "came";
        this.#drop(at + echo.length);
        return "further";
      }
    }
    if (rest.length < REPLY_HEADER_BYTES) return "wait for more";
    const length = replyLengthAt(rest, 0);
    if (length !== undefined && rest.length < length) return "wait for more";
    if (length === undefined) {
      this.#looked++;
      return "further";
    }
    const frame = Buffer.from(rest.subarray(0, length));
    const mine = waiting !== undefined && answers(frame, waiting.expected);
    if (!isWhole(frame)) {
      this.#looked++;
      if (mine && frame[1] === waiting.expected.functionCode)
        this.#observer.onDamage(`wrong checksum in a reply of ${length} bytes`);
      return "further";
    }
    this.#drop(at + length);
    if (!mine) {
      this.#observer.onStray(frame[0]!);
      return "further";
    }
    this.#waiting = undefined;
    this.#forgetBytes();
    this._transactionIdRead = waiting.slot;
    this.emit("data", frame);
    return "wait for more";
  }

  /** Everything up to `end`: a frame may begin there. */
  #drop(end: number): void {
    this.#received = this.#received.subarray(end);
    this.#looked = 0;
  }
}
