/** Modbus TCP: requests and replies in MBAP framing, told apart by transaction id. Decision 0013.
 *  modbus connection ⇄ [MBAP port] ⇄ TCP socket
 *
 *  | offset | bytes | MBAP header (MODBUS Messaging on TCP/IP V1.0b §3.1.3)   |
 *  |   0    |   2   | transaction id, copied by the device                   |
 *  |   2    |   2   | protocol id, 0                                         |
 *  |   4    |   2   | length of what follows: unit id and PDU, 2 … 254       |
 *  |   6    |   1   | unit id                                                |
 *
 *  | offset | bytes | PDU (MODBUS Application Protocol V1.1b3 §6.1–6.4, §7)  |
 *  |   7    |   1   | function code; in an exception with bit 7              |
 *  |   8    |       | request: start u16, quantity u16                       |
 *  |   8    |       | reply: byte count u8, registers or bits                |
 *  |   8    |   1   | exception: code                                        | */
import type { Duplex } from "node:stream";
import { FUNCTION_CODE } from "./address.ts";
import { dataBytesOf, type OnOutcome, type ReadRequest, type ReplyOutcome, type RequestPort } from "./request-port.ts";

const HEADER_BYTES = 6;
const REQUEST_BYTES = HEADER_BYTES + 6;
const MINIMUM_LENGTH = 2; // unit id, function code
const MAXIMUM_LENGTH = 254; // unit id, PDU of at most 253

const NOTHING = Buffer.alloc(0);

/** What the port notices beside replies. */
export interface PortObserver {
  readonly onOutcome: OnOutcome;
  /** The stream no longer consists of frames; everything received was dropped. The replies to all requests in flight are lost with it. */
  onDamage(what: string): void;
  /** A reply to nothing that is waited for: late, repeated, or invented. */
  onStray(): void;
}

interface Waiting {
  readonly transactionId: number;
  readonly slot: number;
  readonly request: ReadRequest;
}

/** A transaction id comes back only after 65,536 others, and a reply is passed on only while its request waits. */
export class MbapPort implements RequestPort {
  readonly #socket: Duplex;
  readonly #observer: PortObserver;
  /** In the order of sending. As many as there are requests in flight: 16 at most. */
  readonly #waiting: Waiting[] = [];
  #transactionId = 0;
  #received: Buffer = NOTHING;

  /** @param socket  connected; its owner listens for "error" and "close". */
  constructor(socket: Duplex, observer: PortObserver) {
    this.#socket = socket;
    this.#observer = observer;
    socket.on("data", (chunk: Buffer) => this.#receive(chunk));
  }

  send(slot: number, request: ReadRequest): void {
    this.#transactionId = (this.#transactionId + 1) & 0xffff;
    this.#waiting.push({ transactionId: this.#transactionId, slot, request });
    const frame = Buffer.allocUnsafe(REQUEST_BYTES);
    frame.writeUInt16BE(this.#transactionId, 0);
    frame.writeUInt16BE(0, 2);
    frame.writeUInt16BE(REQUEST_BYTES - HEADER_BYTES, 4);
    frame[6] = request.unit;
    frame[7] = FUNCTION_CODE[request.table];
    frame.writeUInt16BE(request.start, 8);
    frame.writeUInt16BE(request.quantity, 10);
    this.#socket.write(frame);
  }

  forget(slot: number): void {
    const at = this.#waiting.findIndex((waiting) => waiting.slot === slot);
    if (at >= 0) this.#waiting.splice(at, 1);
  }

  /** Garbage on a TCP connection is damage, and said at once. */
  heard(): undefined {}

  #receive(chunk: Buffer): void {
    const bytes = this.#received.length === 0 ? chunk : Buffer.concat([this.#received, chunk]);
    let at = 0;
    while (bytes.length - at >= HEADER_BYTES) {
      const length = bytes.readUInt16BE(at + 4);
      if (bytes.readUInt16BE(at + 2) !== 0 || length < MINIMUM_LENGTH || length > MAXIMUM_LENGTH) {
        this.#received = NOTHING;
        const header = bytes.subarray(at, at + HEADER_BYTES).toString("hex");
        this.#observer.onDamage(`header ${header} is no Modbus TCP header`);
        return;
      }
      const end = at + HEADER_BYTES + length;
      if (bytes.length < end) break;
      this.#pass(bytes, at, end);
      at = end;
    }
    // Shorter than one frame. Copied: the chunk is lent by the socket.
    this.#received = at === bytes.length ? NOTHING : Buffer.from(bytes.subarray(at));
  }

  /** A whole frame. */
  #pass(bytes: Buffer, at: number, end: number): void {
    const transactionId = bytes.readUInt16BE(at);
    const index = this.#waiting.findIndex((waiting) => waiting.transactionId === transactionId);
    if (index < 0) {
      this.#observer.onStray();
      return;
    }
    const [{ slot, request }] = this.#waiting.splice(index, 1) as [Waiting];
    this.#observer.onOutcome(slot, outcomeOf(bytes, at + HEADER_BYTES, end, request));
  }
}

/** @param at  of the unit id. At least two bytes are there. */
function outcomeOf(bytes: Buffer, at: number, end: number, request: ReadRequest): ReplyOutcome {
  const functionCode = FUNCTION_CODE[request.table];
  const answered = bytes[at + 1]!;
  // Whatever unit it names: a gateway that cannot reach the unit may answer for itself.
  if (answered === (functionCode | 0x80) && end - at >= 3) return { kind: "exception", code: bytes[at + 2]! };
  if (bytes[at] !== request.unit) return damaged(`unit ${bytes[at]} answers for unit ${request.unit}`);
  if (answered !== functionCode) return damaged(`function code ${answered} answers ${functionCode}`);
  const from = at + 3;
  const expected = dataBytesOf(request);
  if (end - from !== expected) return damaged(`${Math.max(0, end - from)} bytes where ${expected} were asked for`);
  if (bytes[at + 2] !== expected) return damaged(`a byte count of ${bytes[at + 2]} where there are ${expected}`);
  // A copy: the chunk is lent by the socket.
  return { kind: "reply", bytes: Uint8Array.prototype.slice.call(bytes, from, end) };
}

function damaged(what: string): ReplyOutcome {
  return { kind: "damaged", what };
}
