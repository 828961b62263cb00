/** What a controller tells about its tags and types: the symbol list and the templates.
 *  message router → [symbol list] → tag table, type table
 *
 *  Source: Rockwell 1756-PM020, "Access to the symbol object", "Access to the template object". */
import type { Member, StructureType } from "./controller-type.ts";
import type { ControllerTag, TagTable } from "./tag-table.ts";

const PARTIAL = 0x06;
const ATTRIBUTE_NOT_SUPPORTED = 0x14;
const STRUCTURE_BIT = 0x8000;
const SYSTEM_BIT = 0x1000;
const DIMENSIONS_SHIFT = 13;

export interface ListReply {
  readonly status: number;
  readonly data: Buffer;
}

interface Symbol {
  readonly instance: number;
  readonly name: string;
  readonly type: number;
  readonly dimensions: readonly number[];
  readonly access: number;
}

/** Get Instance Attribute List: tags from an instance on, as many as the reply holds. @param room bytes of data. */
export function listSymbols(
  tags: TagTable,
  program: string | undefined,
  from: number,
  attributes: readonly number[],
  room: number,
): ListReply {
  const symbols = symbolsOf(tags, program);
  if (symbols === undefined) return { status: 0x05, data: Buffer.alloc(0) };
  const entries: Buffer[] = [];
  let used = 0;
  for (const symbol of symbols) {
    if (symbol.instance < from) continue;
    const entry = entryOf(symbol, attributes);
    if (entry === undefined) return { status: ATTRIBUTE_NOT_SUPPORTED, data: Buffer.alloc(0) };
    if (used + entry.length > room) return { status: PARTIAL, data: Buffer.concat(entries) };
    entries.push(entry);
    used += entry.length;
  }
  return { status: 0, data: Buffer.concat(entries) };
}

/** The programs stand among the controller's tags. */
function symbolsOf(tags: TagTable, program: string | undefined): Symbol[] | undefined {
  const own = tags.tagsOf(program);
  if (own === undefined) return undefined;
  const symbols = own.filter(({ access }) => access !== "none").map(symbolOf);
  if (program !== undefined) return symbols;
  const last = own.at(-1)?.instance ?? 0;
  const programs = tags.programs.map((name, index) => ({
    instance: last + 1 + index,
    name: `Program:${name}`,
    type: SYSTEM_BIT | 0x68,
    dimensions: [],
    access: 0,
  }));
  return [...symbols, ...programs];
}

function symbolOf({ instance, name, type, dimensions, access }: ControllerTag): Symbol {
  const base = type.kind === "structure" ? STRUCTURE_BIT | type.templateId : type.code;
  return {
    instance,
    name,
    type: base | (dimensions.length << DIMENSIONS_SHIFT),
    dimensions,
    access: access === "read-only" ? 2 : 0,
  };
}

function entryOf(symbol: Symbol, attributes: readonly number[]): Buffer | undefined {
  const parts = [u32(symbol.instance)];
  for (const attribute of attributes) {
    const part = attributeOf(symbol, attribute);
    if (part === undefined) return undefined;
    parts.push(part);
  }
  return Buffer.concat(parts);
}

function attributeOf({ name, type, dimensions, access }: Symbol, attribute: number): Buffer | undefined {
  switch (attribute) {
    case 1:
      return Buffer.concat([u16(name.length), Buffer.from(name, "latin1")]);
    case 2:
      return u16(type);
    case 3: // symbol address
    case 5: // symbol object address
    case 6: // software control
      return u32(0);
    case 8:
      return Buffer.concat([0, 1, 2].map((dimension) => u32(dimensions[dimension] ?? 0)));
    case 10:
      return Buffer.from([access]);
    default:
      return undefined;
  }
}

/** Get Attribute List of a template: 1 structure handle, 2 member count, 4 definition size in 32-bit words, 5 structure size in bytes. */
export function templateAttributes(type: StructureType, attributes: readonly number[]): Buffer {
  const parts = attributes.map((attribute) => {
    const value = templateAttribute(type, attribute);
    const head = Buffer.concat([u16(attribute), u16(value === undefined ? ATTRIBUTE_NOT_SUPPORTED : 0)]);
    return value === undefined ? head : Buffer.concat([head, value]);
  });
  return Buffer.concat([u16(attributes.length), ...parts]);
}

function templateAttribute(type: StructureType, attribute: number): Buffer | undefined {
  switch (attribute) {
    case 1:
      return u16(type.handle);
    case 2:
      return u16(type.members.length);
    case 4:
      // "(size × 4) − 23 bytes are to be read".
      return u32(Math.ceil((templateBytes(type).length + 23) / 4));
    case 5:
      return u32(type.bytes);
    default:
      return undefined;
  }
}

/** Member table of 8 bytes each, then the names, each ended by NUL; the template's own is followed by ";" and what only Rockwell knows. */
export function templateBytes(type: StructureType): Buffer {
  const table = type.members.map(memberEntry);
  const names = [`${type.name};nECAEAEA`, ...type.members.map(({ name }) => name)].map((name) => `${name}\0`);
  return Buffer.concat([...table, Buffer.from(names.join(""), "latin1")]);
}

function memberEntry({ type, offset, length, bit }: Member): Buffer {
  const base = type.kind === "structure" ? STRUCTURE_BIT | type.templateId : type.code;
  const entry = Buffer.alloc(8);
  entry.writeUInt16LE(bit ?? length, 0);
  entry.writeUInt16LE(base | (length > 0 ? 1 << DIMENSIONS_SHIFT : 0), 2);
  entry.writeUInt32LE(offset, 4);
  return entry;
}

function u16(value: number): Buffer {
  const bytes = Buffer.alloc(2);
  bytes.writeUInt16LE(value);
  return bytes;
}

function u32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32LE(value);
  return bytes;
}
