/** Gathers tags into as few requests as the device allows.
 *  tag addresses → place tag → [plan] → block list → modbus driver */
import { BlockList } from "../block-list.ts";
import type { ReadPlan, RefusedTag, TagAddress } from "../driver.ts";
import { gatherNeighbours } from "../gather-neighbours.ts";
import { placeTags } from "../place-tags.ts";
import { FUNCTION_CODE, isBitTable } from "./address.ts";
import { type Block, blockOf, describeBlock, type Member } from "./block.ts";
import type { ModbusDeviceConfig } from "./config.ts";
import { placeTag } from "./place-tag.ts";

/** What the Modbus driver reads. Rows lie in the order of the requests, so that the samples of one reply stand together; refused tags come last. */
export class ModbusPlan implements ReadPlan {
  readonly tagIds: readonly number[];
  readonly refused: readonly RefusedTag[];
  /** By row; shorter than tagIds by the refused ones. */
  readonly members: readonly Member[];
  /** Learns while reading: which addresses the device refuses. */
  readonly blocks: BlockList<Member, Block>;

  constructor(
    tagIds: readonly number[],
    refused: readonly RefusedTag[],
    members: readonly Member[],
    blocks: readonly Block[],
  ) {
    this.tagIds = tagIds;
    this.refused = refused;
    this.members = members;
    this.blocks = new BlockList(blocks, blockOf);
  }

  /** As things stand: blocks that had to be split appear as their parts. */
  get requests(): readonly string[] {
    return [...this.blocks.active, ...this.blocks.refused.map(({ block }) => block)].map(describeBlock);
  }
}

/** Never throws; a tag that cannot be read is among the refused. Cost: one sort. */
export function planTags(tags: readonly TagAddress[], config: ModbusDeviceConfig): ModbusPlan {
  const { placed, refused } = placeTags(tags, (tag) => placeTag(tag, config));
  placed.sort(
    ({ place: a }, { place: b }) =>
      a.unit - b.unit ||
      FUNCTION_CODE[a.table] - FUNCTION_CODE[b.table] ||
      a.start - b.start ||
      a.quantity - b.quantity,
  );
  const members = placed.map(({ place }, row): Member => ({ row, place }));
  const tagIds = [...placed.map(({ tag }) => tag.tagId), ...refused.map(({ tagId }) => tagId)];
  return new ModbusPlan(tagIds, refused, members, coalesce(members, config));
}

/** @param members  ascending by unit, table and start. */
function coalesce(members: readonly Member[], config: ModbusDeviceConfig): Block[] {
  const groups = gatherNeighbours(members, ({ unit, table, start, quantity }, first, end) => {
    const [most, gap] = isBitTable(table)
      ? [config.maxBits, config.maxGapBits]
      : [config.maxRegisters, config.maxGapRegisters];
    return (
      config.coalesce === "blocks" &&
      first.unit === unit &&
      first.table === table &&
      start - end <= gap &&
      Math.max(end, start + quantity) - first.start <= most
    );
  });
  return groups.map((group) => blockOf(group));
}
