/** Gathers tags into ranges of bytes, and these into requests of the size that the CPU grants.
 *  tag addresses → place tag → [plan] → pack requests → S7 driver */
import { BlockList } from "../block-list.ts";
import type { ReadPlan, RefusedTag, TagAddress } from "../driver.ts";
import { gatherNeighbours } from "../gather-neighbours.ts";
import type { ToUtc } from "../local-time.ts";
import { placeTags } from "../place-tags.ts";
import { type Block, blockOf, type Member } from "./block.ts";
import type { S7DeviceConfig } from "./config.ts";
import { describeRequest, packRequests, payloadOf, type Request } from "./pack-requests.ts";
import { placeTag } from "./place-tag.ts";

/** What every CPU grants at least: requests are shown for it until the connection has negotiated more. */
const SMALLEST_PDU_BYTES = 240;

/** What the S7 driver reads. Rows lie in the order of addresses; refused tags come last. */
export class S7Plan implements ReadPlan {
  readonly tagIds: readonly number[];
  readonly refused: readonly RefusedTag[];
  readonly #members: readonly Member[];
  readonly #maxGap: number;
  #pduBytes: number;
  #blocks: BlockList<Member, Block>;
  #packed: { readonly of: readonly Block[]; readonly requests: readonly Request[] } | undefined;

  constructor(
    tagIds: readonly number[],
    refused: readonly RefusedTag[],
    members: readonly Member[],
    { maxGap, maxPdu }: S7DeviceConfig,
  ) {
    this.tagIds = tagIds;
    this.refused = refused;
    this.#members = members;
    this.#maxGap = maxGap;
    this.#pduBytes = Math.min(maxPdu, SMALLEST_PDU_BYTES);
    this.#blocks = this.#coalesce();
  }

  /** Learns while reading: which ranges the CPU refuses. */
  get blocks(): BlockList<Member, Block> {
    return this.#blocks;
  }

  /** As things stand: ranges that had to be split appear as their parts. */
  get requests(): readonly string[] {
    const all = [...this.#blocks.active, ...this.#blocks.refused.map(({ block }) => block)];
    return packRequests(all, this.#pduBytes).map(describeRequest);
  }

  /** Called after connecting. Another size than before makes the ranges anew, and what was refused is tried again. */
  fit(pduBytes: number): void {
    if (pduBytes === this.#pduBytes) return;
    this.#pduBytes = pduBytes;
    this.#blocks = this.#coalesce();
  }

  /** Requests for everything that is not refused; packed anew only where that has changed. */
  get scan(): readonly Request[] {
    const { active } = this.#blocks;
    if (this.#packed?.of !== active) this.#packed = { of: active, requests: this.pack(active) };
    return this.#packed.requests;
  }

  pack(blocks: readonly Block[]): readonly Request[] {
    return packRequests(blocks, this.#pduBytes);
  }

  /** Ranges that a reply can carry; only a tag that is longer by itself makes a longer one. */
  #coalesce(): BlockList<Member, Block> {
    const most = payloadOf(this.#pduBytes);
    const groups = gatherNeighbours(
      this.#members,
      ({ area, db, start, quantity }, first, end) =>
        first.area === area &&
        first.db === db &&
        // Timers and counters are no bytes that could lie between others.
        start - end <= (area === "T" || area === "C" ? -1 : this.#maxGap) &&
        Math.max(end, start + quantity) - first.start <= most,
    );
    return new BlockList(
      groups.map((group) => blockOf(group)),
      blockOf,
    );
  }
}

/** Never throws; a tag that cannot be read is among the refused. Cost: one sort. */
export function planTags(tags: readonly TagAddress[], config: S7DeviceConfig, toUtc: ToUtc): S7Plan {
  const { placed, refused } = placeTags(tags, (tag) => placeTag(tag, toUtc));
  placed.sort(
    ({ place: a }, { place: b }) =>
      (a.area < b.area ? -1 : a.area > b.area ? 1 : 0) || a.db - b.db || a.start - b.start || a.quantity - b.quantity,
  );
  const members = placed.map(({ place }, row): Member => ({ row, place }));
  const tagIds = [...placed.map(({ tag }) => tag.tagId), ...refused.map(({ tagId }) => tagId)];
  return new S7Plan(tagIds, refused, members, config);
}
