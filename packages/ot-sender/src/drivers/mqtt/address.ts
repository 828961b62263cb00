/** Addresses of values in MQTT messages.
 *  config, command line → [address] → plan
 *
 *  line/1/speed                        the payload is the value, as text
 *  line/1/status#/motor/speed          value at a JSON pointer of the payload; "line/1/status#" is the whole JSON
 *  spBv1.0/plant/edge-1!Pump/Speed     metric of a Sparkplug B edge node: group, node, metric
 *  spBv1.0/plant/edge-1/press!Force    metric of a device behind it
 *  Source: MQTT 3.1.1 §4.7 (topics; none can contain #), Eclipse Sparkplug 3.0.0 §4.1 (topic namespace). */
import { type JsonPointer, parsePointer } from "../json-pointer.ts";

export type MqttAddress =
  | { readonly kind: "text"; readonly topic: string }
  | { readonly kind: "json"; readonly topic: string; readonly pointer: JsonPointer }
  | MetricAddress;

export interface MetricAddress {
  readonly kind: "metric";
  readonly group: string;
  readonly node: string;
  /** "" for the node's own metrics. */
  readonly device: string;
  readonly metric: string;
}

export const SPARKPLUG = "spBv1.0";

const MAX_TOPIC_BYTES = 1024;
const MAX_TEXT = 4000;
const WRITE = 'write it like "line/1/status#/speed" or "spBv1.0/group/node/device!metric"';

/** @returns the address, or what is wrong with the text and what to write. Never throws. */
export function parseAddress(text: string): MqttAddress | { readonly mistake: string } {
  if (text.length > MAX_TEXT) return { mistake: `an address has at most ${MAX_TEXT} characters; ${WRITE}` };
  if (text.startsWith(`${SPARKPLUG}/`)) return parseMetric(text);
  const hash = text.indexOf("#");
  const topic = hash < 0 ? text : text.slice(0, hash);
  const mistake = topicMistake(topic);
  if (mistake !== undefined) return { mistake };
  if (hash < 0) return { kind: "text", topic };
  const pointer = parsePointer(text.slice(hash + 1));
  return "mistake" in pointer ? { mistake: pointer.mistake } : { kind: "json", topic, pointer };
}

function parseMetric(text: string): MetricAddress | { readonly mistake: string } {
  const mark = text.indexOf("!");
  const [, group = "", node = "", device = "", ...more] = text.slice(0, Math.max(mark, 0)).split("/");
  const metric = text.slice(mark + 1);
  const ids = [group, node, device].join("/");
  if (mark < 0 || group === "" || node === "" || more.length > 0 || metric === "")
    return {
      mistake: `${show(text)} names no metric; write "spBv1.0/GROUP/NODE!METRIC" or "spBv1.0/GROUP/NODE/DEVICE!METRIC"`,
    };
  const mistake = topicMistake(ids.replace(/\/$/, "")) ?? (metric.isWellFormed() ? undefined : "the metric is no text");
  return mistake === undefined ? { kind: "metric", group, node, device, metric } : { mistake };
}

function topicMistake(topic: string): string | undefined {
  if (topic === "") return `there is no topic; ${WRITE}`;
  if (topic.includes("+"))
    return `${show(topic)} has a wildcard: a tag is of one topic; use filters for what to subscribe to, or a template for equal machines`;
  return textMistake(topic);
}

/** What is wrong with a topic filter. */
export function filterMistake(filter: string): string | undefined {
  const levels = filter.split("/");
  const isPlaced = levels.every(
    (level, index) => level === "+" || (level === "#" && index === levels.length - 1) || !/[+#]/.test(level),
  );
  if (filter === "" || !isPlaced)
    return `${show(filter)} is no topic filter; write it like "line/+/status" or "line/#"`;
  return textMistake(filter);
}

function textMistake(text: string): string | undefined {
  if (/\p{Cc}/u.test(text) || !text.isWellFormed()) return `${show(text)} contains a character that no topic may have`;
  return Buffer.byteLength(text) > MAX_TOPIC_BYTES ? `a topic has at most ${MAX_TOPIC_BYTES} bytes` : undefined;
}

function show(text: string): string {
  return JSON.stringify(text.length > 40 ? `${text.slice(0, 40)}…` : text);
}
