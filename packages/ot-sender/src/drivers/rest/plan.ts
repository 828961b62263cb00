/** Gathers tags into one request for each resource.
 *  tag addresses → [plan] → REST driver */
import type { ReadPlan, RefusedTag, TagAddress } from "../driver.ts";
import { type JsonPointer, parsePointer, writePointer } from "../json-pointer.ts";
import type { TimeFormat } from "../json-time.ts";
import { placeTags } from "../place-tags.ts";
import { parseAddress } from "./address.ts";
import type { RestDeviceConfig, RestTagOptions } from "./config.ts";

export interface PlannedTag {
  readonly tag: TagAddress;
  readonly pointer: JsonPointer;
  /** Where its time is in the same body; undefined: the time of the reply. */
  readonly timestamp: JsonPointer | undefined;
  readonly timeFormat: TimeFormat;
}

export interface HttpRequest {
  readonly method: "GET" | "POST";
  /** With the device's base path. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | undefined;
}

/** One request and the tags that its reply holds. */
export interface Resource {
  readonly request: HttpRequest;
  /** In the plan; the tags' rows follow one another. */
  readonly firstRow: number;
  readonly tags: readonly PlannedTag[];
  /** Set while the server refuses it: when to ask again, and what to say until then. */
  refusal: Refusal | undefined;
}

export interface Refusal {
  readonly statusCode: number;
  readonly reason: string;
  readonly retryAtMs: number;
}

/** Rows lie in the order of the requests; refused tags come last. */
export class RestPlan implements ReadPlan {
  readonly tagIds: readonly number[];
  readonly refused: readonly RefusedTag[];
  readonly resources: readonly Resource[];

  constructor(tags: readonly TagAddress[], config: RestDeviceConfig) {
    const { placed, refused } = placeTags(tags, (tag) => planTag(tag, config));
    const groups = new Map<string, { request: HttpRequest; tags: PlannedTag[] }>();
    for (const { place: planned } of placed) {
      const group = groups.get(planned.key);
      if (group === undefined) groups.set(planned.key, { request: planned.request, tags: [planned] });
      else group.tags.push(planned);
    }
    let firstRow = 0;
    this.resources = [...groups.values()].map((group) => {
      const resource: Resource = { ...group, firstRow, refusal: undefined };
      firstRow += group.tags.length;
      return resource;
    });
    this.refused = refused;
    this.tagIds = [
      ...this.resources.flatMap((resource) => resource.tags.map(({ tag }) => tag.tagId)),
      ...refused.map(({ tagId }) => tagId),
    ];
  }

  get requests(): readonly string[] {
    return this.resources.map(({ request: { method, path, body }, tags }) => {
      const bytes = body === undefined ? "" : `${Buffer.byteLength(body)} bytes, `;
      const pointers = tags.length === 1 ? writePointer(tags[0]!.pointer) || "whole answer" : `${tags.length} tags`;
      return `${method} ${path} (${bytes}${pointers})`;
    });
  }
}

type Planned = PlannedTag & { readonly request: HttpRequest; readonly key: string };

/** @returns the request and where the value is in its reply, or what is wrong and what to write. Never throws. */
export function planTag(tag: TagAddress, config: RestDeviceConfig): Planned | { readonly mistake: string } {
  const address = parseAddress(tag.address);
  if ("mistake" in address) return address;
  if (tag.dataType === "FLOAT16") return { mistake: "JSON has no FLOAT16; write type: FLOAT32" };
  const { resource, pointer } = address;
  const named = resource.startsWith("/") ? undefined : config.requests.find(({ name }) => name === resource);
  if (named === undefined && !resource.startsWith("/"))
    return {
      mistake: `the device has no request ${JSON.stringify(resource)}; add it to requests, or begin a path with /`,
    };
  if (named?.body !== undefined && named.method === "GET")
    return { mistake: `a GET has no body; write method: POST for the request ${JSON.stringify(resource)}` };
  const options = tag.options as RestTagOptions;
  const text = options.timestamp ?? named?.timestamp ?? config.timestamp;
  const timestamp = text === undefined ? undefined : parsePointer(text);
  if (timestamp !== undefined && "mistake" in timestamp) return { mistake: `timestamp: ${timestamp.mistake}` };
  const request: HttpRequest = {
    method: named?.method ?? "GET",
    path: `${config.basePath}${named?.path ?? resource}`,
    headers: named?.method === "POST" ? { "Content-Type": named.contentType, ...named.headers } : { ...named?.headers },
    body: named?.method === "POST" ? (named.body ?? "") : undefined,
  };
  return {
    tag,
    pointer,
    timestamp,
    timeFormat: options.timeFormat ?? named?.timeFormat ?? config.timeFormat,
    request,
    key: JSON.stringify(request), // two names of one request are asked once
  };
}
