/** Samples as MQTT publications: one each, or those of a block that share a topic together; alarm events one each.
 *  stored entry → [publications] → send window */
import { type AlarmEvent, type TagDefinition, valueAt } from "@nonreturn/wire-format";
import { type AlarmStates, refusedEntry, type StoredEntry } from "../publisher.ts";
import { eventPayloadOf, payloadOf, type SampleRole } from "../sample-json.ts";
import type { MqttConfig } from "./config.ts";
import { type BrokerRules, rulesOf } from "./presets.ts";
import type { Publication } from "./send-window.ts";
import { alarmTopicOf } from "./topic.ts";
import { PATH_TEMPLATE, parseTemplate, type TopicTemplate, topicByTemplate } from "./topic-template.ts";

/** Fixed header (5) + topic length (2) + packet identifier (2) + MQTT 5 property length (1). */
const PACKET_OVERHEAD_BYTES = 10;
/** Samples that share a topic go into one message up to this size. */
const GROUP_BYTES = 128 * 1024;
/** What stands around the samples of a group. */
const FRAME_BYTES = 128;

interface TagTopic {
  readonly topic: string;
  /** Whether a subscriber knows the tag by the topic alone. */
  readonly path: "shown" | "hidden";
}

export class Publications {
  readonly #config: MqttConfig;
  readonly #publisher: string;
  readonly #alarmStates: AlarmStates | undefined;
  readonly #rules: BrokerRules;
  /** single: one publication per sample, and per alarm event, in order. */
  readonly format: "single" | "grouped";
  readonly #templateText: string;
  readonly #template: TopicTemplate;
  readonly #topics = new WeakMap<TagDefinition, TagTopic>();

  constructor(config: MqttConfig, publisher: string, alarmStates?: AlarmStates) {
    this.#alarmStates = alarmStates;
    this.#config = config;
    this.#publisher = publisher;
    this.#rules = rulesOf(config);
    this.format = config.format ?? this.#rules.format;
    this.#templateText = config.topic ?? (this.format === "single" ? PATH_TEMPLATE : "{device}");
    this.#template = parseTemplate(this.#templateText)!;
  }

  /**
   * In order per tag.
   * @param maximumPacketBytes  the broker's word.
   * @throws {StationError} PUBLISH_REFUSED_ENTRY for a sample that no message can carry, or whose tag is not known.
   */
  *of(entries: readonly StoredEntry[], maximumPacketBytes: number): Generator<Publication, void, void> {
    for (const entry of entries)
      if (entry.events !== undefined) yield* this.#alarms(entry, entry.events, maximumPacketBytes);
      else
        yield* this.format === "single"
          ? this.#singles(entry, maximumPacketBytes)
          : this.#groups(entry, maximumPacketBytes);
  }

  /** Retained where it is the alarm's present state, even if it came late. */
  *#alarms(
    entry: StoredEntry,
    events: readonly AlarmEvent[],
    maximumPacketBytes: number,
  ): Generator<Publication, void, void> {
    const { lane, tagOf } = entry;
    const role = lane === "late" ? "historical" : "live";
    for (const event of events) {
      const tag = tagOf(event.tagId);
      if (tag === undefined) throw refusedEntry(this.#publisher, `tag ${event.tagId} has no definition`);
      const topic = this.#alarmTopic(tag, event.condition);
      const payload = eventPayloadOf(event, tag, role);
      const most = this.#mostBytes(topic, maximumPacketBytes);
      if (most !== Number.POSITIVE_INFINITY) this.#checkSize(tag, Buffer.byteLength(payload), most);
      const isPresent = this.#alarmStates?.isPresent(entry, event) ?? role === "live";
      yield { topic, payload, retain: this.#config.retain && isPresent };
    }
  }

  #alarmTopic(tag: TagDefinition, condition: string): string {
    const { topicLimits, topicOnWire } = this.#rules;
    const { topic } = alarmTopicOf(this.#config.prefix, tag.path, condition, topicLimits);
    return topicOnWire?.(topic, this.#config) ?? topic;
  }

  *#singles(entry: StoredEntry, maximumPacketBytes: number): Generator<Publication, void, void> {
    const { samples } = entry;
    const role = roleOf(entry);
    const retain = this.#config.retain && role !== "historical";
    for (let row = 0; row < samples.count; row++) {
      const tag = this.#tag(entry, row);
      const { topic, path } = this.#topic(tag);
      const payload = jsonOf(entry, row, tag, role, path === "hidden" ? tag.path : undefined);
      const most = this.#mostBytes(topic, maximumPacketBytes);
      if (most !== Number.POSITIVE_INFINITY) this.#checkSize(tag, Buffer.byteLength(payload), most);
      yield { topic, payload, retain };
    }
  }

  *#groups(entry: StoredEntry, maximumPacketBytes: number): Generator<Publication, void, void> {
    const { samples, identity } = entry;
    const role = roleOf(entry);
    const head =
      identity === undefined
        ? "{"
        : `{"stream":${identity.stream},"sealingEpoch":${identity.sealingEpoch},"sequence":${identity.sequence},`;
    const groups = new Map<string, { list: string; bytes: number; part: number }>();
    const publication = (topic: string, { list, part }: { list: string; part: number }): Publication => ({
      topic,
      payload: `${head}"part":${part},"samples":[${list}]}`,
      retain: false,
    });
    for (let row = 0; row < samples.count; row++) {
      const tag = this.#tag(entry, row);
      const { topic } = this.#topic(tag);
      const sample = jsonOf(entry, row, tag, role, tag.path);
      const bytes = Buffer.byteLength(sample);
      const most = this.#mostBytes(topic, maximumPacketBytes) - FRAME_BYTES;
      if (bytes > most) this.#checkSize(tag, bytes, most);
      let group = groups.get(topic);
      if (group === undefined) {
        group = { list: "", bytes: 0, part: 0 };
        groups.set(topic, group);
      }
      if (group.list !== "" && group.bytes + bytes + 1 > Math.min(GROUP_BYTES, most)) {
        yield publication(topic, group);
        group.list = "";
        group.bytes = 0;
        group.part++;
      }
      group.list += group.list === "" ? sample : `,${sample}`;
      group.bytes += bytes + 1;
    }
    for (const [topic, group] of groups) yield publication(topic, group);
  }

  /** Of a payload. */
  #mostBytes(topic: string, maximumPacketBytes: number): number {
    const most = Math.min(this.#rules.payloadBytes, this.#config.maxPayload ?? Number.POSITIVE_INFINITY);
    if (maximumPacketBytes === Number.POSITIVE_INFINITY) return most;
    return Math.min(most, maximumPacketBytes - PACKET_OVERHEAD_BYTES - Buffer.byteLength(topic));
  }

  #checkSize(tag: TagDefinition, bytes: number, most: number): void {
    if (bytes <= most) return;
    const path = tag.path.slice(0, 200);
    throw refusedEntry(this.#publisher, `a value of ${path} needs ${bytes} bytes, the broker allows ${most}`);
  }

  #tag({ samples, tagOf }: StoredEntry, row: number): TagDefinition {
    const tag = tagOf(samples.tagIds[row]!);
    if (tag === undefined) throw refusedEntry(this.#publisher, `tag ${samples.tagIds[row]} has no definition`);
    return tag;
  }

  #topic(tag: TagDefinition): TagTopic {
    let known = this.#topics.get(tag);
    if (known === undefined) {
      const { topicLimits, topicOnWire } = this.#rules;
      const { topic, form } = topicByTemplate(this.#config.prefix, this.#template, tag, topicLimits);
      const isShown = topicOnWire === undefined && this.#templateText === PATH_TEMPLATE && form === "whole";
      known = { topic: topicOnWire?.(topic, this.#config) ?? topic, path: isShown ? "shown" : "hidden" };
      this.#topics.set(tag, known);
    }
    return known;
  }
}

function roleOf({ origin, lane }: StoredEntry): SampleRole {
  if (origin === "stale") return "stale";
  return lane === "late" ? "historical" : "live";
}

function jsonOf({ samples }: StoredEntry, row: number, tag: TagDefinition, role: SampleRole, path?: string): string {
  const value = valueAt(samples, row);
  return payloadOf(value, samples.statusCodes[row]!, samples.timestamps[row]!, tag, role, path);
}
