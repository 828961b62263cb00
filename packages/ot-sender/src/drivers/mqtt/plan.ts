/** Which topics to subscribe to, and which tags each message serves.
 *  tag addresses → [plan] → MQTT driver */
import type { ReadPlan, RefusedTag, TagAddress } from "../driver.ts";
import { type JsonPointer, parsePointer } from "../json-pointer.ts";
import type { TimeFormat } from "../json-time.ts";
import { placeTags } from "../place-tags.ts";
import { type MqttAddress, parseAddress, SPARKPLUG } from "./address.ts";
import type { MqttDeviceConfig, MqttTagOptions } from "./config.ts";

export interface PlannedTag {
  readonly tag: TagAddress;
  readonly address: MqttAddress;
  /** Where its time is in the payload; undefined: the time of arrival. */
  readonly timestamp: JsonPointer | undefined;
  readonly timeFormat: TimeFormat;
  readonly staleAfterMs: number | undefined;
}

/** The planned metrics of a Sparkplug edge node and its devices. */
export interface PlannedNode {
  readonly group: string;
  readonly node: string;
  /** Rows by device and metric: see metricKey. */
  readonly rows: Map<string, number[]>;
}

export function metricKey(device: string, metric: string): string {
  return `${device}\0${metric}`;
}

/** Rows lie in the order of the tags; refused tags come last. */
export class MqttPlan implements ReadPlan {
  readonly tagIds: readonly number[];
  readonly refused: readonly RefusedTag[];
  readonly tags: readonly PlannedTag[];
  /** Rows by topic. */
  readonly topics: ReadonlyMap<string, readonly number[]>;
  /** By "group/node". */
  readonly nodes: ReadonlyMap<string, PlannedNode>;
  /** What to subscribe to. */
  readonly filters: readonly string[];
  readonly #qos: number;

  constructor(all: readonly TagAddress[], config: MqttDeviceConfig) {
    const { placed, refused } = placeTags(all, (tag) => planTag(tag, config));
    const tags: PlannedTag[] = [];
    const topics = new Map<string, number[]>();
    const nodes = new Map<string, PlannedNode>();
    for (const { place: planned } of placed) {
      const row = tags.push(planned) - 1;
      const { address } = planned;
      if (address.kind === "metric") {
        const { group, node, device, metric } = address;
        const key = `${group}/${node}`;
        const entry = nodes.get(key) ?? { group, node, rows: new Map<string, number[]>() };
        nodes.set(key, entry);
        append(entry.rows, metricKey(device, metric), row);
      } else append(topics, address.topic, row);
    }
    this.tags = tags;
    this.refused = refused;
    this.topics = topics;
    this.nodes = nodes;
    this.tagIds = [...tags.map(({ tag }) => tag.tagId), ...refused.map(({ tagId }) => tagId)];
    const own = [...topics.keys(), ...[...nodes.values()].flatMap(nodeFilters)];
    this.filters = config.filters.length > 0 && own.length > 0 ? config.filters : own;
    this.#qos = config.qos;
  }

  get requests(): readonly string[] {
    return this.filters.map((filter) => {
      const tags = this.topics.get(filter)?.length;
      return `SUBSCRIBE ${filter} (QoS ${this.#qos}${tags === undefined ? "" : `, ${tags} ${tags === 1 ? "tag" : "tags"}`})`;
    });
  }
}

/** Births, data and deaths; never commands. All of a node's devices: only so a missing message shows in the sequence. */
function nodeFilters({ group, node }: PlannedNode): string[] {
  const of = (type: string): string => `${SPARKPLUG}/${group}/${type}/${node}`;
  return [...["NBIRTH", "NDATA", "NDEATH"].map(of), ...["DBIRTH", "DDATA", "DDEATH"].map((type) => `${of(type)}/+`)];
}

function append(map: Map<string, number[]>, key: string, row: number): void {
  const rows = map.get(key);
  if (rows === undefined) map.set(key, [row]);
  else rows.push(row);
}

/** @returns where the value comes from, or what is wrong and what to write. Never throws. */
export function planTag(tag: TagAddress, config: MqttDeviceConfig): PlannedTag | { readonly mistake: string } {
  const address = parseAddress(tag.address);
  if ("mistake" in address) return address;
  if (tag.dataType === "FLOAT16") return { mistake: "no message has a FLOAT16; write type: FLOAT32" };
  const options = tag.options as MqttTagOptions;
  const text = options.timestamp ?? config.timestamp;
  const timestamp = text === undefined ? undefined : parsePointer(text);
  if (timestamp !== undefined && "mistake" in timestamp) return { mistake: `timestamp: ${timestamp.mistake}` };
  if (options.timestamp !== undefined && address.kind !== "json")
    return { mistake: "a timestamp is looked for in JSON; end the address with # and a JSON pointer" };
  return {
    tag,
    address,
    timestamp: address.kind === "json" ? timestamp : undefined,
    timeFormat: options.timeFormat ?? config.timeFormat,
    staleAfterMs: options.staleAfter ?? config.staleAfter,
  };
}
