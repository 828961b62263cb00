/** One Read Tag service and the tags that live on its reply.
 *  plan → [tag read] → read list, packet */
import { Service, writeRequest } from "./cip-message.ts";
import { elementSegment } from "./cip-path.ts";
import type { Conversion, Mistyped } from "./convert.ts";
import type { PlacedTag } from "./place-tag.ts";

/** A tag within a read. */
export interface Member {
  /** Index in the plan's tagIds. */
  readonly row: number;
  readonly place: PlacedTag;
}

export interface TagRead {
  readonly name: string;
  /** Undefined: the tag itself rather than an element of it. */
  readonly first: number | undefined;
  readonly elements: number;
  /** Never empty; ascending by index. */
  readonly members: readonly Member[];
  readonly path: Uint8Array;
  /** Of the elements in a reply; undefined while nobody knows. Corrected by the first reply. */
  replyBytes: number | undefined;
  /** Of the last reply. */
  layout?: ReplyLayout;
}

/** Of replies of one type and length: both are the controller's to say, and mostly it says the same for ever. */
export interface ReplyLayout {
  readonly type: number;
  readonly length: number;
  readonly fields: readonly Field[];
}

/** A tag of the read. */
export interface Field {
  /** Index in the plan's tagIds. */
  readonly row: number;
  /** Of its elements; from the first byte of all. */
  readonly from: number;
  readonly to: number;
  readonly convert: Conversion | Mistyped;
}

/** Logix' own STRING: LEN, 82 characters, 2 of padding. */
const STRING_BYTES = 88;

/** @param members  at least one, of one key, ascending by index. */
export function tagReadOf(members: readonly Member[]): TagRead {
  const { base, name, index: first } = members[0]!.place;
  const end = members.reduce((furthest, { place }) => Math.max(furthest, (place.index ?? 0) + place.elements), 0);
  const elements = end - (first ?? 0);
  const path = first === undefined ? base : Buffer.concat([base, elementSegment(first)]);
  return { name, first, elements, members, path, replyBytes: expectedBytes(members, elements) };
}

function expectedBytes(members: readonly Member[], elements: number): number | undefined {
  let each = 0;
  for (const { place } of members) {
    const bytes = place.elementBytes ?? (place.conversion.dataType === "STRING" ? STRING_BYTES : undefined);
    if (bytes === undefined) return undefined;
    each = Math.max(each, bytes);
  }
  return each * elements;
}

export function readTagRequest({ path, elements }: TagRead): Buffer {
  const count = Buffer.alloc(2);
  count.writeUInt16LE(elements);
  return writeRequest(Service.readTag, path, count);
}

/** @param offset  in bytes, of the elements alone. */
export function readFragmentRequest({ path, elements }: TagRead, offset: number): Buffer {
  const range = Buffer.alloc(6);
  range.writeUInt16LE(elements);
  range.writeUInt32LE(offset, 2);
  return writeRequest(Service.readTagFragmented, path, range);
}

/** "Motor[0] … [9] (10 elements, 3 tags)" */
export function describeRead({ name, first, elements, members }: TagRead): string {
  const start =
    first === undefined ? name : name.endsWith("]") ? `${name.slice(0, -1)},${first}]` : `${name}[${first}]`;
  const to = elements === 1 || first === undefined ? "" : ` … [${first + elements - 1}]`;
  const counted = (count: number, word: string) => (count === 1 ? [] : [`${count} ${word}s`]);
  const figures = [...counted(elements, "element"), ...counted(members.length, "tag")].join(", ");
  return `${start}${to}${figures === "" ? "" : ` (${figures})`}`;
}

/** Where a refused read is cut: one of its tags may be the only one that is not there. Undefined if all are the same elements. */
export function halves({ members }: TagRead): readonly [TagRead, TagRead] | undefined {
  const middle = members.length / 2;
  let best: number | undefined;
  for (let at = 1; at < members.length; at++) {
    const [before, after] = [members[at - 1]!.place, members[at]!.place];
    const differs = before.index !== after.index || before.elements !== after.elements;
    if (differs && (best === undefined || Math.abs(at - middle) < Math.abs(best - middle))) best = at;
  }
  return best === undefined ? undefined : [tagReadOf(members.slice(0, best)), tagReadOf(members.slice(best))];
}
