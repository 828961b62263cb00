/** Puts blocks into as few requests as the negotiated PDU allows.
 *  block list → [pack requests] → S7 driver → S7 connection */
import { plural } from "@nonreturn/station/thread";
import { type Block, describeRange } from "./block.ts";
import { dataFrame } from "./iso-frames.ts";
import { type ReadItem, readJob } from "./s7-pdu.ts";

/** A part of a block that fits a reply: the block itself unless it is longer. */
export interface Item extends ReadItem {
  readonly block: Block;
}

export interface Request {
  readonly items: readonly Item[];
  /** What is sent for it, without the reference: made once, sent with every scan. */
  readonly frame: Uint8Array;
}

/** CPUs refuse more. Source: S7-1500 and snap7 (MaxVars). */
const ITEMS_PER_REQUEST = 20;
const REQUEST_HEADER_BYTES = 12; // S7 header 10, function, item count
const ITEM_BYTES = 12;
const REPLY_HEADER_BYTES = 14; // S7 header 12, function, item count
const REPLY_ITEM_HEADER_BYTES = 4;

/** Bytes of a single item that a reply of this size can carry: 222 at 240. */
export function payloadOf(pduBytes: number): number {
  return pduBytes - REPLY_HEADER_BYTES - REPLY_ITEM_HEADER_BYTES;
}

/**
 * First fit, longest first. Every byte of every block is in exactly one item; items of one block may be in several requests.
 * Cost: O(items · requests still open).
 */
export function packRequests(blocks: readonly Block[], pduBytes: number): Request[] {
  const mostItems = Math.min(ITEMS_PER_REQUEST, Math.floor((pduBytes - REQUEST_HEADER_BYTES) / ITEM_BYTES));
  const items = blocks.flatMap((block) => itemsOf(block, payloadOf(pduBytes)));
  items.sort((a, b) => b.quantity - a.quantity);
  const filled: { readonly items: Item[]; room: number }[] = [];
  /** Requests before this one are full. */
  let firstOpen = 0;
  for (const item of items) {
    const bytes = REPLY_ITEM_HEADER_BYTES + item.quantity + (item.quantity % 2); // an odd item is filled up, unless it is the last
    let at = firstOpen;
    while (at < filled.length && (filled[at]!.items.length >= mostItems || filled[at]!.room < bytes)) at++;
    const place = filled[at] ?? { items: [], room: pduBytes + (pduBytes % 2) - REPLY_HEADER_BYTES };
    if (at === filled.length) filled.push(place);
    place.items.push(item);
    place.room -= bytes;
    while (firstOpen < filled.length && isFull(filled[firstOpen]!, mostItems)) firstOpen++;
  }
  return filled.map(({ items }) => ({ items, frame: dataFrame(readJob(items)) }));
}

function isFull(
  { items, room }: { readonly items: readonly Item[]; readonly room: number },
  mostItems: number,
): boolean {
  return items.length >= mostItems || room < REPLY_ITEM_HEADER_BYTES + 2;
}

function itemsOf(block: Block, payload: number): Item[] {
  // Even pieces, so that filling bytes never make a reply too long.
  const most = payload - (payload % 2);
  const { area, db } = block;
  const items: Item[] = [];
  for (let at = 0; at < block.quantity; at += most)
    items.push({ block, area, db, start: block.start + at, quantity: Math.min(most, block.quantity - at) });
  return items;
}

/** "DB1 0 … 221; M 10 … 13 (226 bytes, 57 tags)" */
export function describeRequest({ items }: Request): string {
  const ranges = items.map(describeRange);
  const bytes = items.reduce((sum, { quantity }) => sum + quantity, 0);
  const tags = new Set(items.flatMap(({ block }) => block.members)).size;
  return `Read Var ${ranges.join("; ")} (${plural(bytes, "byte")}, ${plural(tags, "tag")})`;
}
