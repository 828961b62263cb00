/** Packs many reads into one Multiple Service Packet, as full as the connection allows, and takes the reply apart.
 *  read list → [packet] → CIP connection → [packet] → reading
 *
 *  | bytes | Multiple Service Packet, request and reply alike (ODVA Vol 1 §, 1756-PM020)   |
 *  | 2     | number of services                                                                  |
 *  | 2 · n | offset of each from the first byte of this table                                    |
 *  |       | the services one after the other, each a whole request or reply                     | */
import { Service, writeRequest } from "./cip-message.ts";
import { objectPath } from "./cip-path.ts";
import { Cursor, DamagedReply } from "./cursor.ts";
import { describeRead, readTagRequest, type TagRead } from "./tag-read.ts";

/** The reads of one request. */
export interface Packet {
  readonly reads: readonly TagRead[];
  /** Of a Multiple Service Packet: made when it is first sent, since the packets of a scan are kept. */
  request?: Buffer;
}

const MESSAGE_ROUTER = objectPath(0x02, 1);
const OFFSET_BYTES = 2;
const REQUEST_HEAD = 2 + MESSAGE_ROUTER.length + 2; // service, path length, path, count
const REPLY_HEAD = 4 + 2; // service, reserved, status, extended size; count
const READ_REPLY_HEAD = 4 + 4; // the same; type, and a structure's handle

/** Bytes of the whole reply to a read on its own; undefined while nobody knows. */
export function replyBytesOf({ replyBytes }: TagRead): number | undefined {
  return replyBytes === undefined ? undefined : READ_REPLY_HEAD + replyBytes;
}

/**
 * In the order given; a read that does not fit beside others, or whose length nobody knows yet, travels alone.
 * @param capacity  bytes of a request or a reply.
 */
export function pack(reads: readonly TagRead[], capacity: number, services: "many" | "one"): Packet[] {
  const packets: Packet[] = [];
  let gathered: TagRead[] = [];
  let request = REQUEST_HEAD;
  let reply = REPLY_HEAD;
  const close = (): void => {
    if (gathered.length > 0) packets.push({ reads: gathered });
    gathered = [];
    request = REQUEST_HEAD;
    reply = REPLY_HEAD;
  };
  for (const read of reads) {
    const ownReply = replyBytesOf(read);
    const ownRequest = read.path.length + 4; // service, path length, elements
    const fits = (bytes: number, own: number): boolean => bytes + own + OFFSET_BYTES <= capacity;
    const alone =
      services === "one" || ownReply === undefined || !fits(REPLY_HEAD, ownReply) || !fits(REQUEST_HEAD, ownRequest);
    if (alone) {
      packets.push({ reads: [read] });
      continue;
    }
    if (!fits(request, ownRequest) || !fits(reply, ownReply)) close();
    gathered.push(read);
    request += ownRequest + OFFSET_BYTES;
    reply += ownReply + OFFSET_BYTES;
  }
  close();
  return packets;
}

/** @param reads  two or more; a single one needs no packet. */
export function writeMultiple(reads: readonly TagRead[]): Buffer {
  const requests = reads.map(readTagRequest);
  const table = Buffer.alloc(2 + requests.length * OFFSET_BYTES);
  table.writeUInt16LE(requests.length);
  let offset = table.length;
  for (const [index, request] of requests.entries()) {
    table.writeUInt16LE(offset, 2 + index * OFFSET_BYTES);
    offset += request.length;
  }
  return writeRequest(Service.multipleService, MESSAGE_ROUTER, Buffer.concat([table, ...requests]));
}

/** @returns where in the data the reply of each service begins, in their order, and at last where they end. @throws {DamagedReply} */
export function readMultiple(data: Buffer, services: number): Uint16Array {
  const cursor = new Cursor(data);
  const count = cursor.u16();
  if (count !== services) throw new DamagedReply(`${count} replies to ${services} services`);
  const table = cursor.bytes(count * OFFSET_BYTES);
  const offsets = new Uint16Array(count + 1);
  let begin = 2 + table.length;
  for (let index = 0; index < count; index++) {
    const offset = table[index * OFFSET_BYTES]! | (table[index * OFFSET_BYTES + 1]! << 8);
    if (offset < begin || offset > data.length)
      throw new DamagedReply(
        `reply ${index + 1} of ${count} lies at ${offset}, not between ${begin} and ${data.length}`,
      );
    offsets[index] = offset;
    begin = offset;
  }
  offsets[count] = data.length;
  return offsets;
}

const DESCRIBED = 4;

/** "Multiple Service Packet of 34 reads: Speed; Motor[0] … [9] (10 elements, 3 tags); …" */
export function describePacket({ reads }: Packet): string {
  const named = reads.slice(0, DESCRIBED).map(describeRead).join("; ");
  if (reads.length === 1) return `Read Tag ${named}`;
  return `Multiple Service Packet of ${reads.length} reads: ${named}${reads.length > DESCRIBED ? "; …" : ""}`;
}
