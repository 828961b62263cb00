/** Where the tags of a read lie in its reply, and what makes values of them.
 *  tag read, its first reply → [reply layout] → reading */
import { conversionOf } from "./convert.ts";
import { elementBytes, type TagBytes } from "./read-reply.ts";
import type { Field, ReplyLayout, TagRead } from "./tag-read.ts";

/** @throws {DamagedReply} if the bytes are not those of so many elements. */
export function layOutReply({ members, first, elements }: TagRead, reply: TagBytes): ReplyLayout {
  const { type } = reply;
  const length = reply.to - reply.from;
  const each = elementBytes(reply, elements);
  const fields = members.map(({ row, place }): Field => {
    const from = each * ((place.index ?? 0) - (first ?? 0));
    const to = each === 0 ? length : from + each * place.elements;
    return { row, from, to, convert: conversionOf(place.conversion, type, each) };
  });
  return { type, length, fields };
}
