/** One Modbus request and the tags that live on its reply.
 *  plan → [block] → block list → modbus driver */
import { plural } from "@nonreturn/station/thread";
import { type BlockLayout, layOut } from "../block-layout.ts";
import { FUNCTION_CODE, isBitTable, type Table } from "./address.ts";
import type { Conversion } from "./convert.ts";
import type { PlacedTag } from "./place-tag.ts";

/** One request: neighbouring registers or bits of one unit. */
export interface Block {
  readonly unit: number;
  readonly table: Table;
  readonly start: number;
  /** Registers or bits, up to the end of the furthest member. */
  readonly quantity: number;
  /** Ascending by start. Never empty. */
  readonly members: readonly Member[];
  /** Of the members; offsets in registers or bits. Bits have no conversion. */
  readonly layout: BlockLayout<Conversion | undefined>;
  /** The block of the original plan that this one was split from; itself undefined in the original. */
  readonly origin: Block | undefined;
}

/** A tag within a block. */
export interface Member {
  /** Index in the plan's tagIds. */
  readonly row: number;
  readonly place: PlacedTag;
}

/** @param members  at least one, of one unit and table, ascending by start. */
export function blockOf(members: readonly Member[], origin?: Block): Block {
  const { unit, table, start } = members[0]!.place;
  const end = members.reduce((furthest, { place }) => Math.max(furthest, place.start + place.quantity), 0);
  return { unit, table, start, quantity: end - start, members, layout: layOut(start, members), origin };
}

/** "FC3 unit 1 hr:100 … 163 (64 registers, 12 tags)" */
export function describeBlock({ unit, table, start, quantity, members }: Block): string {
  const what = isBitTable(table) ? "bit" : "register";
  const span = quantity === 1 ? "" : ` … ${start + quantity - 1}`;
  return `FC${FUNCTION_CODE[table]} unit ${unit} ${table}:${start}${span} (${plural(quantity, what)}, ${plural(members.length, "tag")})`;
}
