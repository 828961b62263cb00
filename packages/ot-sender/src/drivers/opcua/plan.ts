/** What to ask the server for: one node a tag, resolved anew at every connect.
 *  tag addresses → [plan] → OPC UA driver */
import { StatusCode } from "@nonreturn/wire-format";
import type { ReadPlan, RefusedTag, TagAddress } from "../driver.ts";
import { type NodeAddress, parseNodeAddress } from "./address.ts";
import type { OpcuaDeviceConfig, OpcuaTagOptions } from "./config.ts";

export interface PlannedNode {
  readonly tag: TagAddress;
  readonly address: NodeAddress;
  readonly options: OpcuaTagOptions;
}

/** A node as it stands in one session. */
export interface ResolvedNode extends PlannedNode {
  /** In the plan. */
  readonly row: number;
  readonly nodeId: string;
}

/** Rows lie in the order of the nodes; refused tags come last. */
export class OpcuaPlan implements ReadPlan {
  readonly tagIds: readonly number[];
  readonly refused: readonly RefusedTag[];
  readonly nodes: readonly PlannedNode[];
  readonly requests: readonly string[];

  constructor(tags: readonly TagAddress[], config: OpcuaDeviceConfig) {
    const nodes: PlannedNode[] = [];
    const refused: RefusedTag[] = [];
    for (const tag of tags) {
      const node = planNode(tag);
      if ("mistake" in node) {
        const { tagId, path } = tag;
        refused.push({ tagId, path, statusCode: StatusCode.BadNodeIdInvalid, reason: node.mistake });
      } else nodes.push(node);
    }
    this.nodes = nodes;
    this.refused = refused;
    this.tagIds = [...nodes.map(({ tag }) => tag.tagId), ...refused.map(({ tagId }) => tagId)];
    this.requests = requestsOf(nodes.length, config);
  }
}

/** @returns the node, or what is wrong and what to write. Never throws. */
export function planNode(tag: TagAddress): PlannedNode | { readonly mistake: string } {
  const address = parseNodeAddress(tag.address);
  if ("mistake" in address) return address;
  if (tag.dataType === "FLOAT16") return { mistake: "OPC UA has no FLOAT16; write type: FLOAT32" };
  return { tag, address, options: tag.options as OpcuaTagOptions };
}

/** Cut a list into parts of at most `size`. */
export function partsOf<T>(list: readonly T[], size: number): T[][] {
  return Array.from({ length: Math.ceil(list.length / size) }, (_, part) => list.slice(part * size, (part + 1) * size));
}

function requestsOf(count: number, { valuesPerRequest, reading }: OpcuaDeviceConfig): string[] {
  const what = reading === "polling" ? "Read" : "CreateMonitoredItems";
  const whole = Array.from({ length: Math.ceil(count / valuesPerRequest) }, (_, part) =>
    Math.min(valuesPerRequest, count - part * valuesPerRequest),
  );
  return whole.map((values) => `${what} ${values} ${values === 1 ? "node" : "nodes"}`);
}
