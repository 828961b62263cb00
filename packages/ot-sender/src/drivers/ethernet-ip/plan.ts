/** Gathers tags into reads: elements of one array together, bits of one integer too.
 *  tag addresses → place tag → [plan] → read list → EtherNet/IP driver */
import type { ReadPlan, RefusedTag, TagAddress } from "../driver.ts";
import { placeTags } from "../place-tags.ts";
import type { EthernetIpDeviceConfig } from "./config.ts";
import { describePacket } from "./packet.ts";
import { type PlacedTag, placeTag } from "./place-tag.ts";
import { ReadList } from "./read-list.ts";
import { describeRead, type Member, type TagRead, tagReadOf } from "./tag-read.ts";

/** How requests are packed at the moment: known once connected. */
export interface Packing {
  readonly capacity: number;
  readonly services: "many" | "one";
}

/** Fits beside others into the smallest connection of 500 bytes. */
const GATHERED_BYTES = 400;
/** About what a read of its own costs: service, path, reply header, two offsets. */
const GAP_BYTES = 32;

/** What the EtherNet/IP driver reads. Rows lie in the order of the reads; refused tags come last. */
export class EthernetIpPlan implements ReadPlan {
  readonly tagIds: readonly number[];
  readonly refused: readonly RefusedTag[];
  /** Learns while reading: what the controller refuses, and how long replies are. */
  readonly reads: ReadList;
  readonly #packing: () => Packing;

  constructor(
    tagIds: readonly number[],
    refused: readonly RefusedTag[],
    reads: readonly TagRead[],
    packing: () => Packing,
  ) {
    this.tagIds = tagIds;
    this.refused = refused;
    this.reads = new ReadList(reads);
    this.#packing = packing;
  }

  /** As things stand. */
  get requests(): readonly string[] {
    const { capacity, services } = this.#packing();
    const refused = [...this.reads.refused.keys()].map((read) => `Read Tag ${describeRead(read)}, refused`);
    return [...this.reads.packets(capacity, services).map(describePacket), ...refused];
  }
}

/** Never throws; a tag that cannot be read is among the refused. Cost: one sort. */
export function planTags(
  tags: readonly TagAddress[],
  config: EthernetIpDeviceConfig,
  packing: () => Packing,
): EthernetIpPlan {
  const { placed, refused } = placeTags(tags, (tag) => placeTag(tag, config));
  placed.sort(({ place: a }, { place: b }) => compare(a, b));
  const members = placed.map(({ place }, row): Member => ({ row, place }));
  const tagIds = [...placed.map(({ tag }) => tag.tagId), ...refused.map(({ tagId }) => tagId)];
  return new EthernetIpPlan(tagIds, refused, gather(members), packing);
}

function compare(a: PlacedTag, b: PlacedTag): number {
  if (a.key !== b.key) return a.key < b.key ? -1 : 1;
  return (a.index ?? -1) - (b.index ?? -1) || a.elements - b.elements;
}

/** @param members  ascending by key, index and elements. */
function gather(members: readonly Member[]): TagRead[] {
  const reads: TagRead[] = [];
  let gathered: Member[] = [];
  let end = 0;
  let each = 0;
  for (const member of members) {
    const { place } = member;
    const first = gathered[0]?.place;
    const wider = Math.max(each, place.elementBytes ?? 0);
    if (first === undefined || !sharesRead(first, place, end, wider)) {
      if (first !== undefined) reads.push(tagReadOf(gathered));
      gathered = [];
      end = 0;
      each = 0;
    }
    gathered.push(member);
    end = Math.max(end, (place.index ?? 0) + place.elements);
    each = Math.max(each, place.elementBytes ?? 0);
  }
  if (gathered.length > 0) reads.push(tagReadOf(gathered));
  return reads;
}

/** @param end  after the last element of the read so far; @param each  bytes of an element. */
function sharesRead(first: PlacedTag, next: PlacedTag, end: number, each: number): boolean {
  if (first.key !== next.key) return false;
  // The same elements once more: several bits of one integer, or a tag under two paths.
  if (first.index === next.index && first.elements === next.elements && end === (first.index ?? 0) + first.elements)
    return true;
  if (first.index === undefined || next.index === undefined) return false;
  if (first.elementBytes === undefined || next.elementBytes === undefined) return false;
  const last = Math.max(end, next.index + next.elements);
  return (next.index - end) * each <= GAP_BYTES && (last - first.index) * each <= GATHERED_BYTES;
}
