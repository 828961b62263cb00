/** The TCP side of a Modbus connection, as modbus-serial's client wants a port to be: MBAP framing, transaction ids, damaged replies.
 *  modbus-serial client ⇄ [MBAP port] ⇄ TCP socket
 *
 *  | offset | bytes | MBAP header (MODBUS Messaging on TCP/IP V1.0b §3.1.3)   |
 *  |   0    |   2   | transaction id, copied by the device                   |
 *  |   2    |   2   | protocol id, 0                                         |
 *  |   4    |   2   | length of what follows: unit id and PDU, 2 … 254       |
 *  |   6    |   1   | unit id                                                |
 *
 *  modbus-serial's own TCP port is not used: it leaves sockets open when connecting fails, keeps 256 transaction ids, so that a late reply
 *  can be taken for that of a later request, waits for ever on a damaged length, and tells nobody when an error closed the socket. */
import { EventEmitter } from "node:events";
import type { Duplex } from "node:stream";
import { crc16 } from "./crc16.ts";

const HEADER_BYTES = 6;
const MINIMUM_LENGTH = 2; // unit id, function code
const MAXIMUM_LENGTH = 254; // unit id, PDU of at most 253

/** What the port notices beside replies. */
export interface PortObserver {
  /** The stream no longer consists of frames; everything received was dropped. The replies to all requests in flight are lost with it. */
  onDamage(what: string): void;
  /** A reply to nothing that is waited for: late, repeated, or invented. */
  onStray(): void;
}

/**
 * modbus-serial knows requests by small ids that are used again and again; here each one is a slot. On the wire a request carries a
 * transaction id that comes back only after 65,536 others, and a reply is passed on only while its request waits.
 *
 * Used by modbus-serial: `open`, `close`, `isOpen`, `write`, the two `_transactionId…` fields and the event "data".
 */
export class MbapPort extends EventEmitter {
  /** Slot of the reply being passed on. Written and read by modbus-serial. */
  _transactionIdRead = 0;
  /** Slot of the next request. Written and read by modbus-serial. */
  _transactionIdWrite = 0;
  readonly #socket: Duplex;
  readonly #observer: PortObserver;
  /** Transaction id on the wire → slot, for requests that wait. */
  readonly #waiting = new Map<number, number>();
  #transactionId = 0;
  #received: Buffer = Buffer.alloc(0);

  /** @param socket  connected; its owner listens for "error" and "close". */
  constructor(socket: Duplex, observer: PortObserver) {
    super();
    this.#socket = socket;
    this.#observer = observer;
    socket.on("data", (chunk: Buffer) => this.#receive(chunk));
  }

  get isOpen(): boolean {
    return !this.#socket.destroyed && this.#socket.writable;
  }

  open(callback: (error?: Error) => void): void {
    callback();
  }

  close(callback?: () => void): void {
    this.#socket.destroy();
    callback?.();
  }

  /** @param frame  an RTU frame: unit id, PDU, 2 bytes of CRC that do not go on the wire. */
  write(frame: Buffer): void {
    const length = frame.length - 2;
    this.#transactionId = (this.#transactionId + 1) & 0xffff;
    this.#waiting.set(this.#transactionId, this._transactionIdWrite);
    const request = Buffer.alloc(HEADER_BYTES + length);
    request.writeUInt16BE(this.#transactionId, 0);
    request.writeUInt16BE(length, 4);
    frame.copy(request, HEADER_BYTES, 0, length);
    this.#socket.write(request);
  }

  /** Nobody waits for the request of this slot any longer. */
  forget(slot: number): void {
    for (const [transactionId, waiting] of this.#waiting) if (waiting === slot) this.#waiting.delete(transactionId);
  }

  #receive(chunk: Buffer): void {
    let rest = this.#received.length === 0 ? chunk : Buffer.concat([this.#received, chunk]);
    while (rest.length >= HEADER_BYTES) {
      const protocol = rest.readUInt16BE(2);
      const length = rest.readUInt16BE(4);
      if (protocol !== 0 || length < MINIMUM_LENGTH || length > MAXIMUM_LENGTH) {
        this.#received = Buffer.alloc(0);
        this.#observer.onDamage(`header ${rest.subarray(0, HEADER_BYTES).toString("hex")} is no Modbus TCP header`);
        return;
      }
      if (rest.length < HEADER_BYTES + length) break;
      const frame = rest.subarray(HEADER_BYTES, HEADER_BYTES + length);
      const transactionId = rest.readUInt16BE(0);
      rest = rest.subarray(HEADER_BYTES + length);
      this.#pass(transactionId, frame);
    }
    // Shorter than one frame. Copied, so that a large chunk is not kept for its last bytes.
    this.#received = Buffer.from(rest);
  }

  #pass(transactionId: number, frame: Buffer): void {
    const slot = this.#waiting.get(transactionId);
    if (slot === undefined) {
      this.#observer.onStray();
      return;
    }
    const checked = Buffer.alloc(frame.length + 2);
    frame.copy(checked);
    checked.writeUInt16LE(crc16(frame), frame.length);
    this._transactionIdRead = slot;
    this.emit("data", checked);
  }
}
