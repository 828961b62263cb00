/** Tag paths as MQTT topics: reversible, injective, and never outside their own subtree.
 *  tag path → [topic] → publish */
import { createHash } from "node:crypto";
import { percentEscape, percentUnescape } from "../percent-escape.ts";

/*
 * Levels of a path are separated by "/", as in a topic. Within a level these become %XX, one per byte of UTF-8, upper-case hex:
 *   %                  so that escapes are unambiguous
 *   /                  where the text is one level by itself, a device's name for instance
 *   + #                wildcards (MQTT 3.1.1 §4.7.1, MQTT 5 §4.7.1)
 *   $ at its start     "$SYS", "$share" and our own "$status" (§4.7.2)
 *   U+0000 … U+001F, U+007F … U+009F and non-characters: a server may close the connection (§1.5.3, MQTT 5 §1.5.4)
 *   . and .. as whole levels: topics are often mapped to files or URLs
 * An empty level becomes a single "%". A lone surrogate, which UTF-8 cannot carry, becomes %uXXXX.
 * A topic beyond a limit becomes its first levels, "%~" and the SHA-256 of all its levels in hex; the payload then carries the path.
 */

/** MQTT strings have a 16-bit length (§1.5.3). */
export const MAXIMUM_TOPIC_BYTES = 65_535;
/** Brokers end the connection at a topic of more: mosquitto beyond 200, EMQX beyond 128, Aedes beyond 100. */
export const MAXIMUM_TOPIC_LEVELS = 100;

/** What a broker takes. Counted with the prefix. */
export interface TopicLimits {
  readonly bytes: number;
  readonly levels: number;
}

const MQTT_LIMITS: TopicLimits = { bytes: MAXIMUM_TOPIC_BYTES, levels: MAXIMUM_TOPIC_LEVELS };

const DIGEST_BYTES = 2 + 64; // "%~" and SHA-256 in hex

// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what must not be in a topic
const UNSAFE = /[%+#/\u0000-\u001f\u007f-\u009f]|\p{Noncharacter_Code_Point}|\p{Surrogate}/gu;

export interface Topic {
  readonly topic: string;
  /** whole: {@link pathOf} gives the path back. shortened: it does not; send the path along. */
  readonly form: "whole" | "shortened";
}

/**
 * The topic of a tag path under a prefix.
 *
 * @param prefix  a valid topic name; the result begins with it and "/", whatever the path is.
 *
 * Different paths have different topics (of shortened ones: as surely as SHA-256 has no collisions).
 */
export function topicOf(prefix: string, path: string): Topic {
  const levels = path.split("/").map(escapeLevel);
  return topicOfLevels(prefix, levels, levels.join("/"));
}

/**
 * A prefix and levels that {@link escapeLevel} made.
 *
 * @param whole  what a shortened topic is told apart by: different ones have different topics.
 * @param limits  must leave room behind the prefix for a level and a digest.
 */
export function topicOfLevels(
  prefix: string,
  levels: readonly string[],
  whole: string,
  limits: TopicLimits = MQTT_LIMITS,
): Topic {
  const topic = `${prefix}/${levels.join("/")}`;
  const free = Math.max(1, limits.levels - prefix.split("/").length);
  // A UTF-16 unit has at most 3 bytes: count exactly only where it could matter.
  const fits = topic.length * 3 <= limits.bytes || Buffer.byteLength(topic) <= limits.bytes;
  if (fits && levels.length <= free) return { topic, form: "whole" };
  return { topic: shorten(prefix, levels.slice(0, free - 1), whole, limits.bytes), form: "shortened" };
}

/** The inverse for whole topics; undefined for anything that {@link topicOf} does not make of a path. */
export function pathOf(prefix: string, topic: string): string | undefined {
  if (!topic.startsWith(`${prefix}/`)) return undefined;
  const levels = topic
    .slice(prefix.length + 1)
    .split("/")
    .map(unescapeLevel);
  if (levels.includes(undefined)) return undefined;
  const path = levels.join("/");
  return topicOf(prefix, path).topic === topic ? path : undefined;
}

/**
 * `prefix/$alarms/`, the levels of the path, and the condition as one level. No tag has it: a level of a tag's topic never begins with a
 * literal "$". Different alarms have different topics.
 */
export function alarmTopicOf(prefix: string, path: string, condition: string, limits?: TopicLimits): Topic {
  const levels = [...path.split("/").map(escapeLevel), escapeLevel(condition)];
  return topicOfLevels(`${prefix}/$alarms`, levels, levels.join("/"), limits);
}

/** No tag has it: a level of a tag's topic never begins with a literal "$". */
export function statusTopicOf(prefix: string): string {
  return `${prefix}/$status`;
}

/** One level of a topic, whatever the text is. */
export function escapeLevel(level: string): string {
  if (level === "") return "%";
  if (level === "." || level === "..") return level.replaceAll(".", "%2E");
  const escaped = percentEscape(level, UNSAFE);
  return escaped.startsWith("$") ? `%24${escaped.slice(1)}` : escaped;
}

function unescapeLevel(level: string): string | undefined {
  return level === "%" ? "" : percentUnescape(level);
}

function shorten(prefix: string, levels: readonly string[], whole: string, bytes: number): string {
  // Of UTF-16 units: lone surrogates must not fall together.
  const digest = createHash("sha256").update(Buffer.from(whole, "utf16le")).digest("hex");
  let topic = prefix;
  let room = bytes - Buffer.byteLength(prefix) - 1 - DIGEST_BYTES;
  for (const level of levels) {
    room -= Buffer.byteLength(level) + 1;
    if (room < 0) break;
    topic += `/${level}`;
  }
  return `${topic}/%~${digest}`;
}
