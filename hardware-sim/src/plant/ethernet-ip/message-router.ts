/** Gives each CIP request to the object it is for, and makes a reply of what that says.
 *  CIP server → [message router] → tag services, symbol list, identity */
import type { StructureType, TypeTable } from "./controller-type.ts";
import { type PathSegment, parsePath } from "./request-path.ts";
import { listSymbols, templateAttributes, templateBytes } from "./symbol-list.ts";
import type { ShownValue } from "./tag-image.ts";
import { readTag } from "./tag-services.ts";
import type { TagTable } from "./tag-table.ts";

export interface Identity {
  readonly vendor: number;
  readonly deviceType: number;
  readonly productCode: number;
  readonly revision: readonly [number, number];
  readonly serial: number;
  readonly productName: string;
}

export interface Controller {
  readonly identity: Identity;
  readonly family: "logix" | "micro800";
  readonly types: TypeTable;
  readonly tags: TagTable;
}

/** What one request, with everything packed into it, brought about. */
export interface Turn {
  readonly timeMs: number;
  readonly describe: boolean;
  readonly shown: ShownValue[];
  shownCount: number;
  writesRefused: number;
  /** Statuses other than success, of the request and of everything packed into it. */
  readonly refusals: number[];
  /** What a request for these tags suffers now. */
  faultOf(
    path: readonly PathSegment[],
  ): { readonly status: number; readonly extended?: number | undefined } | undefined;
}

const Service = {
  getAttributesAll: 0x01,
  getAttributeList: 0x03,
  multiple: 0x0a,
  getAttributeSingle: 0x0e,
  read: 0x4c,
  readFragmented: 0x52,
  list: 0x55,
} as const;
/** Write Tag, Read-Modify-Write, Write Tag Fragmented, Set Attribute (all, list, single). */
const WRITES: ReadonlySet<number> = new Set([0x4d, 0x4e, 0x53, 0x02, 0x04, 0x10]);

const Status = {
  pathSegment: 0x04,
  destination: 0x05,
  unsupported: 0x08,
  privilege: 0x0f,
  tooLarge: 0x11,
  tooShort: 0x13,
  noAttribute: 0x14,
  embedded: 0x1e,
} as const;

const REPLY_HEAD = 4;

/** @param room  bytes that the reply may have, its head included. @returns a whole reply. */
export function route(controller: Controller, message: Buffer, room: number, turn: Turn): Buffer {
  const service = message[0] ?? 0;
  const reply = answer(controller, message, room - REPLY_HEAD, turn);
  if (reply.status !== 0 && reply.status !== 0x06 && reply.status !== Status.embedded) turn.refusals.push(reply.status);
  const words = reply.extended === undefined ? 0 : 1;
  const head = Buffer.alloc(REPLY_HEAD + words * 2);
  head[0] = service | 0x80;
  head[2] = reply.status;
  head[3] = words;
  if (reply.extended !== undefined) head.writeUInt16LE(reply.extended, 4);
  return Buffer.concat([head, reply.data ?? Buffer.alloc(0)]);
}

interface Answer {
  readonly status: number;
  readonly extended?: number | undefined;
  readonly data?: Buffer;
}

function answer(controller: Controller, message: Buffer, room: number, turn: Turn): Answer {
  const service = message[0];
  const words = message[1] ?? 0;
  if (service === undefined || message.length < 2 + words * 2) return { status: Status.tooShort };
  const path = parsePath(message.subarray(2, 2 + words * 2));
  if (path === undefined) return { status: Status.pathSegment };
  const data = message.subarray(2 + words * 2);
  if (WRITES.has(service)) {
    turn.writesRefused++;
    return { status: Status.privilege };
  }
  const [first, second] = path;
  const object = first?.kind === "class" && second?.kind === "instance" ? first.value : undefined;
  switch (object) {
    case 0x01:
      return identityAnswer(controller.identity, service, path);
    case 0x02:
      return service === Service.multiple && controller.family === "logix"
        ? multiple(controller, data, room, turn)
        : { status: Status.unsupported };
    case 0x6c:
      return templateAnswer(controller, service, second, data, room);
  }
  const symbols = symbolScope(path);
  if (service === Service.list && symbols !== undefined) return symbolAnswer(controller, symbols, data, room);
  if (service !== Service.read && service !== Service.readFragmented) return { status: Status.unsupported };
  const fault = turn.faultOf(path);
  if (fault !== undefined) return fault;
  const fragmented = service === Service.readFragmented;
  const reply = readTag(controller.tags, path, data, fragmented, room, turn.timeMs, turn.describe);
  if (!("data" in reply)) return reply;
  turn.shown.push(...reply.shown);
  turn.shownCount += reply.shownCount;
  return reply;
}

function multiple(controller: Controller, data: Buffer, room: number, turn: Turn): Answer {
  if (data.length < 2) return { status: Status.tooShort };
  const count = data.readUInt16LE(0);
  if (data.length < 2 + count * 2) return { status: Status.tooShort };
  const offsets = Array.from({ length: count }, (_, index) => data.readUInt16LE(2 + index * 2));
  let at = 2 + count * 2;
  const table = Buffer.alloc(at);
  table.writeUInt16LE(count);
  const replies: Buffer[] = [];
  let failed = false;
  for (const [index, offset] of offsets.entries()) {
    const message = data.subarray(offset, offsets[index + 1] ?? data.length);
    const reply = route(controller, message, room, turn);
    failed ||= reply[2] !== 0;
    table.writeUInt16LE(at, 2 + index * 2);
    at += reply.length;
    // A controller does not answer a part of a packet: the client has to size it.
    if (at > room) return { status: Status.tooLarge };
    replies.push(reply);
  }
  return { status: failed ? Status.embedded : 0, data: Buffer.concat([table, ...replies]) };
}

/** "Program:Main" and the symbol class, or the class alone. */
function symbolScope(path: readonly PathSegment[]): { program: string | undefined; from: number } | undefined {
  const [head] = path;
  const program = head?.kind === "name" && /^program:/i.test(head.name) ? head.name.slice(8) : undefined;
  const [first, second] = program === undefined ? path : path.slice(1);
  if (first?.kind !== "class" || first.value !== 0x6b) return undefined;
  return { program, from: second?.kind === "instance" ? second.value : 0 };
}

function symbolAnswer(
  { tags }: Controller,
  { program, from }: { program: string | undefined; from: number },
  data: Buffer,
  room: number,
): Answer {
  const attributes = attributesOf(data);
  return attributes === undefined ? { status: Status.tooShort } : listSymbols(tags, program, from, attributes, room);
}

function templateAnswer(
  { types }: Controller,
  service: number,
  instance: PathSegment | undefined,
  data: Buffer,
  room: number,
): Answer {
  const id = instance?.kind === "instance" ? instance.value : 0;
  const type: StructureType | undefined = types.structures().find(({ templateId }) => templateId === id);
  if (type === undefined) return { status: Status.destination };
  if (service === Service.getAttributeList) {
    const attributes = attributesOf(data);
    return attributes === undefined
      ? { status: Status.tooShort }
      : { status: 0, data: templateAttributes(type, attributes) };
  }
  if (service !== Service.read) return { status: Status.unsupported };
  if (data.length < 6) return { status: Status.tooShort };
  const bytes = templateBytes(type);
  const from = data.readUInt32LE(0);
  const end = Math.min(bytes.length, from + data.readUInt16LE(4));
  const part = bytes.subarray(from, Math.min(end, from + room));
  return { status: from + part.length < end ? 0x06 : 0, data: part };
}

function attributesOf(data: Buffer): number[] | undefined {
  if (data.length < 2) return undefined;
  const count = data.readUInt16LE(0);
  if (data.length < 2 + count * 2) return undefined;
  return Array.from({ length: count }, (_, index) => data.readUInt16LE(2 + index * 2));
}

/** Source: ODVA Vol 1 §5A-2. */
function identityAnswer(identity: Identity, service: number, path: readonly PathSegment[]): Answer {
  const attributes = identityAttributes(identity);
  if (service === Service.getAttributesAll) return { status: 0, data: Buffer.concat(attributes) };
  const attribute = path.find(({ kind }) => kind === "attribute");
  if (service !== Service.getAttributeSingle || attribute?.kind !== "attribute") return { status: Status.unsupported };
  const data = attributes[attribute.value - 1];
  return data === undefined ? { status: Status.noAttribute } : { status: 0, data };
}

/** Vendor, device type, product code, revision, status, serial number, product name. */
export function identityAttributes({
  vendor,
  deviceType,
  productCode,
  revision,
  serial,
  productName,
}: Identity): Buffer[] {
  const u16 = (value: number) => Buffer.from([value & 0xff, value >> 8]);
  const number = Buffer.alloc(4);
  number.writeUInt32LE(serial);
  const name = Buffer.from(productName, "latin1");
  return [
    u16(vendor),
    u16(deviceType),
    u16(productCode),
    Buffer.from(revision),
    u16(0x3060), // configured, in run mode
    number,
    Buffer.concat([Buffer.from([name.length]), name]),
  ];
}
