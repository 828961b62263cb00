/** The members of a structure, as the controller describes them.
 *  CIP connection → [template] → browse
 *
 *  Source: 1756-PM020, "Access to the template object". A member is 8 bytes: array length or bit u16, type u16, offset u32. After the table
 *  come names, each ended by NUL: the template's own up to ";", then the members' in their order. */
import { Service, writeRequest } from "./cip-message.ts";
import { objectPath } from "./cip-path.ts";
import { Cursor, DamagedReply } from "./cursor.ts";
import { dimensionsOf, type SymbolType, symbolType } from "./symbol-list.ts";

export interface TemplateSize {
  readonly members: number;
  /** Of the description, not of the structure. */
  readonly bytes: number;
}

export interface TemplateMember {
  readonly name: string;
  readonly type: SymbolType;
  /** Elements of an array; 0 if it is none. */
  readonly length: number;
}

export interface Template {
  readonly name: string;
  readonly members: readonly TemplateMember[];
}

const TEMPLATE_CLASS = 0x6c;
const MEMBER_COUNT = 2;
const DEFINITION_WORDS = 4;
const MEMBER_BYTES = 8;
/** "The number of bytes to read is the definition size times 4, less 23." */
const DEFINITION_HEAD = 23;
const MAX_MEMBERS = 4096;
const MAX_BYTES = 262_144;

export function writeTemplateSize(template: number): Buffer {
  const attributes = Buffer.from([2, 0, MEMBER_COUNT, 0, DEFINITION_WORDS, 0]);
  return writeRequest(Service.getAttributeList, objectPath(TEMPLATE_CLASS, template), attributes);
}

/** @throws {DamagedReply} also if it is larger than any structure. */
export function readTemplateSize(data: Uint8Array): TemplateSize {
  const cursor = new Cursor(data);
  if (cursor.u16() !== 2) throw new DamagedReply("another number of attributes than were asked for");
  const attribute = <T>(wanted: number, read: () => T): T => {
    if (cursor.u16() !== wanted || cursor.u16() !== 0) throw new DamagedReply(`attribute ${wanted} is missing`);
    return read();
  };
  const members = attribute(MEMBER_COUNT, () => cursor.u16());
  const bytes = attribute(DEFINITION_WORDS, () => cursor.u32()) * 4 - DEFINITION_HEAD;
  if (members > MAX_MEMBERS || bytes > MAX_BYTES || bytes < members * MEMBER_BYTES)
    throw new DamagedReply(`${members} members in ${bytes} bytes`);
  return { members, bytes };
}

/** @param bytes  of what is left from `offset` on, at most 65,535. */
export function writeTemplateRead(template: number, offset: number, bytes: number): Buffer {
  const range = Buffer.alloc(6);
  range.writeUInt32LE(offset);
  range.writeUInt16LE(Math.min(bytes, 0xffff), 4);
  return writeRequest(Service.readTag, objectPath(TEMPLATE_CLASS, template), range);
}

/** @param definition  all of it. @throws {DamagedReply} */
export function readTemplate(definition: Uint8Array, members: number): Template {
  const cursor = new Cursor(definition);
  const table = Array.from({ length: members }, () => {
    const info = cursor.u16();
    const type = cursor.u16();
    cursor.u32(); // offset
    return { type: symbolType(type), length: dimensionsOf(type) > 0 ? info : 0 };
  });
  const [own = "", ...names] = cursor.rest().toString("latin1").split("\0");
  if (names.length < members) throw new DamagedReply(`${names.length} names for ${members} members`);
  return {
    name: own.split(";")[0]!,
    members: table.map((member, index) => ({ ...member, name: names[index]! })),
  };
}
