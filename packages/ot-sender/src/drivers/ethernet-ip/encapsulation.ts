/** EtherNet/IP encapsulation: frames on the TCP connection, and what is packed into them.
 *  CIP connection ⇄ [encapsulation] ⇄ TCP socket
 *
 *  | offset | bytes | header (ODVA Vol 2 §2-3), little-endian             |
 *  |   0    |   2   | command                                             |
 *  |   2    |   2   | length of what follows the header                   |
 *  |   4    |   4   | session handle                                      |
 *  |   8    |   4   | status, 0 in requests                               |
 *  |  12    |   8   | sender context, copied by the device                |
 *  |  20    |   4   | options, 0                                          |
 *
 *  SendRRData and SendUnitData carry: interface handle u32 0, time-out u16, item count u16, then items (type u16, length u16, bytes).
 *  Unconnected: null address item 0000, data item 00B2. Connected: address item 00A1 with the connection id, data item 00B1 that begins
 *  with a sequence count u16 (Vol 2 §2-6). */
import { Cursor, DamagedReply } from "./cursor.ts";

export const Command = {
  registerSession: 0x65,
  unregisterSession: 0x66,
  sendRRData: 0x6f,
  sendUnitData: 0x70,
} as const;

export const HEADER_BYTES = 24;
/** Twice the largest CIP connection asked for: what announces more is no reply of ours. */
export const MAX_DATA_BYTES = 8192;
const PROTOCOL_VERSION = 1;
const MAX_ITEMS = 8;

const ItemType = {
  nullAddress: 0x0000,
  connectedAddress: 0x00a1,
  connectedData: 0x00b1,
  unconnectedData: 0x00b2,
} as const;

export interface Frame {
  readonly command: number;
  readonly session: number;
  readonly status: number;
  readonly context: number; // low 32 bits of the sender context
  readonly data: Buffer;
}

export function writeFrame(command: number, session: number, context: number, data: Uint8Array): Buffer {
  const frame = Buffer.alloc(HEADER_BYTES + data.length);
  frame.writeUInt16LE(command, 0);
  frame.writeUInt16LE(data.length, 2);
  frame.writeUInt32LE(session, 4);
  frame.writeUInt32LE(context, 12);
  frame.set(data, HEADER_BYTES);
  return frame;
}

/** Body of RegisterSession: protocol version 1, no options. */
export const REGISTER_SESSION = Uint8Array.of(PROTOCOL_VERSION, 0, 0, 0);

export function writeUnconnected(message: Uint8Array): Buffer {
  const data = Buffer.alloc(16);
  data.writeUInt16LE(2, 6); // items; the null address item that follows is all zero
  data.writeUInt16LE(ItemType.unconnectedData, 12);
  data.writeUInt16LE(message.length, 14);
  return Buffer.concat([data, message]);
}

export function writeConnected(connectionId: number, sequence: number, message: Uint8Array): Buffer {
  const data = Buffer.alloc(22);
  data.writeUInt16LE(2, 6);
  data.writeUInt16LE(ItemType.connectedAddress, 8);
  data.writeUInt16LE(4, 10);
  data.writeUInt32LE(connectionId, 12);
  data.writeUInt16LE(ItemType.connectedData, 16);
  data.writeUInt16LE(2 + message.length, 18);
  data.writeUInt16LE(sequence, 20);
  return Buffer.concat([data, message]);
}

export type Carried =
  | { readonly kind: "unconnected"; readonly message: Buffer }
  | { readonly kind: "connected"; readonly connectionId: number; readonly sequence: number; readonly message: Buffer };

/** @throws {DamagedReply} */
export function readCarried(data: Uint8Array): Carried {
  const cursor = new Cursor(data);
  cursor.bytes(6); // interface handle, time-out
  const count = cursor.u16();
  if (count > MAX_ITEMS) throw new DamagedReply(`${count} items in one frame`);
  let connectionId: number | undefined;
  for (let item = 0; item < count; item++) {
    const type = cursor.u16();
    const body = new Cursor(cursor.bytes(cursor.u16()));
    if (type === ItemType.connectedAddress) connectionId = body.u32();
    else if (type === ItemType.unconnectedData) return { kind: "unconnected", message: body.rest() };
    else if (type === ItemType.connectedData) {
      if (connectionId === undefined) throw new DamagedReply("connected data without a connection id");
      return { kind: "connected", connectionId, sequence: body.u16(), message: body.rest() };
    }
  }
  throw new DamagedReply("a frame without data item");
}

/** Cuts what arrives into frames. Holds at most one incomplete frame. */
export class FrameReader {
  #received: Buffer = Buffer.alloc(0);

  /** Bytes of a frame that is not complete. */
  get pending(): number {
    return this.#received.length;
  }

  /** @returns the frames now complete, or what is damaged: everything received is then dropped, since nobody knows where the next frame begins. */
  receive(chunk: Buffer): readonly Frame[] | { readonly damage: string } {
    // A copy: the socket lends the chunk, and replies are read after this.
    let rest = Buffer.concat([this.#received, chunk]);
    const frames: Frame[] = [];
    while (rest.length >= HEADER_BYTES) {
      const length = rest.readUInt16LE(2);
      // "If the options field is non-zero, the packet shall be discarded" (Vol 2 §2-3.6).
      if (length > MAX_DATA_BYTES || rest.readUInt32LE(20) !== 0 || !isReply(rest.readUInt16LE(0))) {
        this.reset();
        return { damage: `header ${rest.subarray(0, HEADER_BYTES).toString("hex")} is no EtherNet/IP header` };
      }
      if (rest.length < HEADER_BYTES + length) break;
      frames.push({
        command: rest.readUInt16LE(0),
        session: rest.readUInt32LE(4),
        status: rest.readUInt32LE(8),
        context: rest.readUInt32LE(12),
        data: rest.subarray(HEADER_BYTES, HEADER_BYTES + length),
      });
      rest = rest.subarray(HEADER_BYTES + length);
    }
    // Copied, so that a large chunk is not kept for its last bytes.
    this.#received = Buffer.from(rest);
    return frames;
  }

  reset(): void {
    this.#received = Buffer.alloc(0);
  }
}

function isReply(command: number): boolean {
  return command === Command.sendUnitData || command === Command.sendRRData || command === Command.registerSession;
}

/** Source: Vol 2 §2-3.4 (status codes). */
export function encapsulationFault(status: number): string {
  const known: Readonly<Record<number, string>> = {
    1: "the device does not know the command",
    2: "the device is out of memory",
    3: "the device found the request malformed",
    100: "the device does not know the session",
    101: "the device found the length wrong",
    105: "the device speaks another version of the protocol",
  };
  return `${known[status] ?? "the device refuses the frame"} (encapsulation status 0x${status.toString(16)})`;
}
