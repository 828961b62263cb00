/** What a broker's clients publish, as the beginning of a tag list.
 *  MQTT message → [browse] → browse command */
import { BATCH_LIMITS, type DataType } from "@nonreturn/wire-format";
import type { Browsed, BrowsedTag } from "../driver.ts";
import { readJson, showJson, showText } from "../json-document.ts";
import { writePointer } from "../json-pointer.ts";
import type { Message } from "./mqtt-session.ts";
import { OVERSIZED } from "./packet-filter.ts";
import { decodePayload, tagTypeOf, typeName } from "./sparkplug-payload.ts";

const MAX_TAGS = 10_000;
const MAX_LEVELS = 8;

export class BrowseList {
  readonly #tags = new Map<string, BrowsedTag>();
  #isCut = false;

  take({ topic, payload }: Message): void {
    if (topic.startsWith(OVERSIZED) || payload.length === 0) return;
    const [, group, type, node, device] = /^spBv1\.0\/([^/]+)\/([ND]BIRTH)\/([^/]+)(?:\/([^/]+))?$/.exec(topic) ?? [];
    if (type !== undefined) this.#takeBirth([group, node, device].filter((id) => id !== undefined).join("/"), payload);
    else if (!topic.startsWith("spBv1.0/")) this.#takePlain(topic, payload);
  }

  browsed(): Browsed {
    const tags = [...this.#tags.values()].sort((a, b) => (a.address < b.address ? -1 : 1));
    return { tags, extent: this.#isCut ? "cut" : "all" };
  }

  #takeBirth(place: string, payload: Uint8Array): void {
    // bdSeq pairs births with deaths: no value of the plant.
    for (const { name, type = 0 } of decodePayload(payload)?.metrics ?? [])
      if (name !== undefined && name !== "" && name !== "bdSeq")
        this.#add(`spBv1.0/${place}!${name}`, `${place}/${name}`, tagTypeOf(type), typeName(type));
  }

  #takePlain(topic: string, payload: Uint8Array): void {
    const read = readJson(payload);
    if ("mistake" in read || typeof read.document !== "object" || read.document === null) {
      const isText = !("mistake" in read) || payload.length <= BATCH_LIMITS.stringBytes;
      const dataType = "mistake" in read ? (isText ? "STRING" : undefined) : typeOf(read.document);
      this.#add(topic, topic, dataType, showText(Buffer.from(payload).toString("utf8")));
    } else this.#takeJson(topic, read.document, []);
  }

  #takeJson(topic: string, value: unknown, tokens: readonly string[]): void {
    if (typeof value === "object" && value !== null && !Array.isArray(value) && tokens.length < MAX_LEVELS) {
      for (const [key, each] of Object.entries(value)) this.#takeJson(topic, each, [...tokens, key]);
      return;
    }
    const first: unknown = Array.isArray(value) ? value[0] : value;
    this.#add(`${topic}#${writePointer(tokens)}`, [topic, ...tokens].join("/"), typeOf(first), showJson(value));
  }

  #add(address: string, path: string, dataType: DataType | undefined, description: string): void {
    if (this.#tags.size >= MAX_TAGS && !this.#tags.has(address)) this.#isCut = true;
    else this.#tags.set(address, { address, path: path.replaceAll(/\p{Cc}/gu, "·"), dataType, description });
  }
}

function typeOf(value: unknown): DataType | undefined {
  switch (typeof value) {
    case "boolean":
      return "BOOLEAN";
    case "number":
      return "FLOAT64";
    case "bigint":
      return value < 0n ? "INT64" : "UINT64";
    case "string":
      return "STRING";
    default:
      return undefined;
  }
}
