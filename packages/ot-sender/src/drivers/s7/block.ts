/** A range of bytes that is read as one item, and the tags that live in it.
 *  plan → [block] → block list → pack requests */
import { type BlockLayout, layOut } from "../block-layout.ts";
import type { Area } from "./address.ts";
import type { Conversion } from "./convert.ts";
import type { PlacedTag } from "./place-tag.ts";
import type { ReadItem } from "./s7-pdu.ts";

export interface Block {
  readonly area: Area;
  readonly db: number;
  readonly start: number;
  /** Bytes, up to the end of the furthest member. */
  readonly quantity: number;
  readonly members: readonly Member[];
  /** Of the members; offsets in bytes. */
  readonly layout: BlockLayout<Conversion>;
  readonly origin: Block | undefined;
}

/** A tag within a block. */
export interface Member {
  /** Index in the plan's tagIds. */
  readonly row: number;
  readonly place: PlacedTag;
}

/** @param members  at least one, of one area and data block, ascending by start. */
export function blockOf(members: readonly Member[], origin?: Block): Block {
  const { area, db, start } = members[0]!.place;
  const end = members.reduce((furthest, { place }) => Math.max(furthest, place.start + place.quantity), 0);
  return { area, db, start, quantity: end - start, members, layout: layOut(start, members), origin };
}

/** "DB1 0 … 221" */
export function describeRange({ area, db, start, quantity }: ReadItem): string {
  const name = area === "DB" ? `DB${db}` : area;
  if (area === "T" || area === "C") return `${name}${start / 2}`;
  return quantity === 1 ? `${name} ${start}` : `${name} ${start} … ${start + quantity - 1}`;
}
