/** Turns messages into samples of the planned tags, and knows which tags have been silent too long.
 *  MQTT session → [reception] → MQTT driver → samples */
import type { Clock } from "@nonreturn/station";
import { StatusCode } from "@nonreturn/wire-format";
import { type JsonOutcome, readJson } from "../json-document.ts";
import type { ToUtc } from "../local-time.ts";
import { SPARKPLUG } from "./address.ts";
import { badOf, type Converted, convertPlain } from "./convert.ts";
import type { Message } from "./mqtt-session.ts";
import { OVERSIZED } from "./packet-filter.ts";
import type { MqttPlan } from "./plan.ts";
import { type NodeMessage, SparkplugNode } from "./sparkplug-node.ts";

/** What was taken and gave no value, or gave reason to doubt. */
const DROPPED = ["oversized", "unwanted", "damaged", "missed", "unborn"] as const;
export type Dropped = (typeof DROPPED)[number];
export type DroppedCounts = Map<Dropped, number>;

export function noneDropped(): DroppedCounts {
  return new Map(DROPPED.map((dropped) => [dropped, 0]));
}

export interface ReceptionSettings {
  readonly maxPayloadBytes: number;
  readonly retained: "uncertain" | "good" | "ignore";
}

const NODE_TOPIC =
  /^spBv1\.0\/([^/]+)\/(?:(N(?:BIRTH|DATA|DEATH))\/([^/]+)|(D(?:BIRTH|DATA|DEATH))\/([^/]+)\/([^/]+))$/;

export class Reception {
  readonly #plan: MqttPlan;
  readonly #settings: ReceptionSettings;
  readonly #toUtc: ToUtc;
  readonly #clock: Clock;
  readonly #nodes = new Map<string, SparkplugNode>();
  /** By row: when the last message came, and whether its silence has been told. NaN: not watched. */
  readonly #heardMs: number[];
  readonly #rowOf: ReadonlyMap<number, number>;
  readonly #dropped: DroppedCounts;

  /** @param dropped  counted up; it may outlive this reception. */
  constructor(
    plan: MqttPlan,
    settings: ReceptionSettings,
    toUtc: ToUtc,
    clock: Clock,
    dropped: DroppedCounts = noneDropped(),
  ) {
    this.#dropped = dropped;
    this.#plan = plan;
    this.#settings = settings;
    this.#toUtc = toUtc;
    this.#clock = clock;
    const note = (dropped: Dropped): void => this.#drop(dropped);
    for (const [key, node] of plan.nodes)
      this.#nodes.set(key, new SparkplugNode(node, { tags: plan.tags, toUtc, note }));
    this.#heardMs = plan.tags.map(() => clock.monotonicMs());
    this.#rowOf = new Map(plan.tags.map(({ tag }, row) => [tag.tagId, row]));
  }

  /** What waits for its first message. */
  begin(hasStored: boolean): Converted[] {
    if (!hasStored) for (const node of this.#nodes.values()) node.forget();
    const nowMs = this.#clock.monotonicMs();
    this.#heardMs.fill(nowMs);
    const now = this.#clock.nowUtcMicros();
    return this.#plan.tags.map(({ tag }) =>
      badOf(tag.tagId, StatusCode.BadWaitingForInitialData, "no message yet", now),
    );
  }

  take(message: Message): Converted[] {
    const converted = this.#convert(message);
    const nowMs = this.#clock.monotonicMs();
    for (const { sample } of converted) this.#heardMs[this.#rowOf.get(sample.tagId)!] = nowMs;
    return converted;
  }

  /** Tags whose silence has become too long since the last call. */
  silent(): Converted[] {
    const nowMs = this.#clock.monotonicMs();
    return this.#plan.tags.flatMap(({ tag, staleAfterMs }, row) => {
      if (staleAfterMs === undefined || !(nowMs - this.#heardMs[row]! > staleAfterMs)) return [];
      this.#heardMs[row] = Number.NaN;
      const reason = `no message for ${Math.round(staleAfterMs)} ms`;
      return [badOf(tag.tagId, StatusCode.BadNoCommunication, reason, this.#clock.nowUtcMicros())];
    });
  }

  get dropped(): ReadonlyMap<Dropped, number> {
    return this.#dropped;
  }

  #convert({ topic, payload, isRetained, isDuplicate }: Message): Converted[] {
    const now = this.#clock.nowUtcMicros();
    if (topic.startsWith(OVERSIZED) || payload.length > this.#settings.maxPayloadBytes)
      return this.#oversized(topic.startsWith(OVERSIZED) ? topic.slice(OVERSIZED.length) : topic);
    const node = topic.startsWith(`${SPARKPLUG}/`) ? NODE_TOPIC.exec(topic) : null;
    if (node !== null) {
      const [, group, ofNode, name = "", ofDevice, behind = "", device = ""] = node;
      const known = this.#nodes.get(`${group}/${ofNode === undefined ? behind : name}`);
      if (known !== undefined)
        return known.take((ofNode ?? ofDevice) as NodeMessage, device, payload, now, isDuplicate);
    }
    const rows = this.#plan.topics.get(topic);
    if (rows === undefined) {
      this.#drop("unwanted");
      return [];
    }
    let read: JsonOutcome | undefined;
    const { retained } = this.#settings;
    const doubted = isRetained && retained !== "good";
    const plain = {
      payload,
      json: () => (read ??= readJson(payload)),
      arrival: now,
      status: doubted ? StatusCode.UncertainLastUsableValue : StatusCode.Good,
    };
    const converted = rows.map((row) => convertPlain(this.#plan.tags[row]!, plain, this.#toUtc));
    return isRetained && retained === "ignore"
      ? converted.filter(({ sample }) => sample.statusCode !== StatusCode.UncertainLastUsableValue)
      : converted;
  }

  #oversized(topic: string): Converted[] {
    this.#drop("oversized");
    const now = this.#clock.nowUtcMicros();
    return (this.#plan.topics.get(topic) ?? []).map((row) =>
      badOf(
        this.#plan.tags[row]!.tag.tagId,
        StatusCode.BadEncodingLimitsExceeded,
        "the payload is longer than maxPayloadBytes",
        now,
      ),
    );
  }

  #drop(dropped: Dropped): void {
    this.#dropped.set(dropped, (this.#dropped.get(dropped) ?? 0) + 1);
  }
}
