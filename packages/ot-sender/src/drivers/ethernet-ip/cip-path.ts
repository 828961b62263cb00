/** Paths inside a controller: which object or tag a request is for.
 *  place tag, tag list → [CIP path] → request
 *
 *  | segment                    | bytes                                   | source: ODVA Vol 1 Appendix C-1.4             |
 *  | class, 8 bit               | 20 cc                                   | C-1.4.2 logical segment                       |
 *  | class, 16 bit              | 21 00 cc cc                             |                                               |
 *  | instance, 8 / 16 / 32 bit  | 24 ii · 25 00 ii ii · 26 00 ii ii ii ii |                                               |
 *  | element, 8 / 16 / 32 bit   | 28 ee · 29 00 ee ee · 2A 00 ee ee ee ee | 1756-PM020, "CIP addressing examples"         |
 *  | tag or member name         | 91 length, characters, 00 if odd        | C-1.4.5.2 ANSI extended symbol segment        | */
import type { TagSegment } from "./address.ts";

/** Each part has an even length: requests of this driver are never odd. */
export function symbolPath(segments: readonly TagSegment[]): Uint8Array {
  const parts = segments.flatMap(({ name, indices }) => [symbolSegment(name), ...indices.map(elementSegment)]);
  return Buffer.concat(parts);
}

function symbolSegment(name: string): Uint8Array {
  const text = Buffer.from(name, "latin1");
  const segment = Buffer.alloc(2 + text.length + (text.length % 2));
  segment[0] = 0x91;
  segment[1] = text.length;
  text.copy(segment, 2);
  return segment;
}

/** @param index  0 … 2^31 − 1 */
export function elementSegment(index: number): Uint8Array {
  return logicalSegment(0x28, index);
}

/** @param classId and @param instance  up to 16 and 32 bits. */
export function objectPath(classId: number, instance: number): Uint8Array {
  return Buffer.concat([logicalSegment(0x20, classId), logicalSegment(0x24, instance)]);
}

function logicalSegment(kind: number, value: number): Uint8Array {
  if (value <= 0xff) return Uint8Array.of(kind, value);
  const wide = value > 0xffff;
  const segment = Buffer.alloc(wide ? 6 : 4);
  segment[0] = kind + (wide ? 2 : 1);
  if (wide) segment.writeUInt32LE(value, 2);
  else segment.writeUInt16LE(value, 2);
  return segment;
}
