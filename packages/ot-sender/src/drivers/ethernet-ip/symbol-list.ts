/** The list of tags that a controller keeps, read page by page.
 *  CIP connection → [symbol list] → browse
 *
 *  | bytes | one entry of Get Instance Attribute List (1756-PM020, "Access to the symbol object")   |
 *  | 4     | instance                                                                               |
 *  | 2 + n | attribute 1: name                                                                      |
 *  | 2     | attribute 2: type. Bit 15 structure, 13 and 14 number of dimensions, 12 system,        |
 *  |       | 0 to 11 template instance or type code (a BOOL's bits 8 to 10 are its place)           |
 *  | 3 · 4 | attribute 8: dimensions                                                                |
 *  | 1     | attribute 10: External Access in bits 0 and 1; 3 is None                               | */
import type { TagSegment } from "./address.ts";
import { Service, writeRequest } from "./cip-message.ts";
import { objectPath, symbolPath } from "./cip-path.ts";
import { Cursor, DamagedReply } from "./cursor.ts";

export interface ControllerSymbol {
  readonly instance: number;
  readonly name: string;
  readonly type: SymbolType;
  readonly dimensions: readonly number[]; // 0 to 3
  readonly access: "readable" | "none";
}

export type SymbolType =
  | { readonly kind: "atomic"; readonly code: number }
  | { readonly kind: "structure"; readonly template: number }
  | { readonly kind: "system" };

const SYMBOL_CLASS = 0x6b;
const STRUCTURE_BIT = 0x8000;
const SYSTEM_BIT = 0x1000;
const TYPE_BITS = 0x0fff;
const CODE_BITS = 0x00ff;
const NO_ACCESS = 3;

/** The more the better; older controllers know neither External Access nor, some, the dimensions. */
export const ATTRIBUTE_SETS = [
  [1, 2, 8, 10],
  [1, 2, 8],
  [1, 2],
] as const;
export type AttributeSet = (typeof ATTRIBUTE_SETS)[number];

/** @param scope  the program as a segment, or nothing for the controller. @param from  first instance wanted. */
export function writeListRequest(scope: readonly TagSegment[], from: number, attributes: AttributeSet): Buffer {
  const data = Buffer.alloc(2 + attributes.length * 2);
  data.writeUInt16LE(attributes.length);
  for (const [index, attribute] of attributes.entries()) data.writeUInt16LE(attribute, 2 + index * 2);
  const path = Buffer.concat([symbolPath(scope), objectPath(SYMBOL_CLASS, from)]);
  return writeRequest(Service.getInstanceAttributeList, path, data);
}

/** @throws {DamagedReply} also if the instances do not ascend from `from`: the next page would never end. */
export function readList(data: Uint8Array, from: number, attributes: AttributeSet): ControllerSymbol[] {
  const cursor = new Cursor(data);
  const symbols: ControllerSymbol[] = [];
  let least = from;
  while (cursor.remaining > 0) {
    const instance = cursor.u32();
    if (instance < least) throw new DamagedReply(`instance ${instance} after ${least - 1}`);
    least = instance + 1;
    const name = cursor.bytes(cursor.u16()).toString("latin1");
    const type = cursor.u16();
    const sizes = attributes.length > 2 ? [cursor.u32(), cursor.u32(), cursor.u32()] : [0, 0, 0];
    const access = attributes.length > 3 && (cursor.u8() & 3) === NO_ACCESS ? "none" : "readable";
    symbols.push({ instance, name, type: symbolType(type), dimensions: sizes.slice(0, dimensionsOf(type)), access });
  }
  return symbols;
}

export function symbolType(type: number): SymbolType {
  if ((type & SYSTEM_BIT) !== 0) return { kind: "system" };
  if ((type & STRUCTURE_BIT) !== 0) return { kind: "structure", template: type & TYPE_BITS };
  return { kind: "atomic", code: type & CODE_BITS };
}

export function dimensionsOf(type: number): number {
  return (type >> 13) & 3;
}
