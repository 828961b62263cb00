/** Topics of tags by a pattern of levels that the user writes, e.g. `{device}/{last}`.
 *  tag definition → [topic template] → topic */
import type { TagDefinition } from "@nonreturn/wire-format";
import { escapeLevel, type Topic, type TopicLimits, topicOfLevels } from "./topic.ts";

/** A level: text as it stands, or what it becomes for a tag. */
type Level = string | ((tag: TagDefinition) => readonly string[]);

export type TopicTemplate = readonly Level[];

const MAXIMUM_LEVELS = 32;

/** What the whole path shows, so that payloads need not repeat it. */
export const PATH_TEMPLATE = "{path}";

const WORDS: ReadonlyMap<string, (tag: TagDefinition) => readonly string[]> = new Map([
  ["path", ({ path }) => path.split("/")],
  ["parent", ({ path }) => orNothing(path.split("/").slice(0, -1))],
  ["last", ({ path }) => path.split("/").slice(-1)],
  ["device", ({ device }) => [device]],
  ...Array.from({ length: MAXIMUM_LEVELS }, (_, index) => {
    const level = ({ path }: TagDefinition): readonly string[] => [path.split("/")[index] ?? ""];
    return [`level${index + 1}`, level] as const;
  }),
]);

// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what must not be in a topic
const PLAIN = /^[^+#%$/{}\u0000-\u001f\u007f-\u009f]+$/;

/** undefined for what is no template. Every level is either plain text or one word in braces. */
export function parseTemplate(text: string): TopicTemplate | undefined {
  const levels = text.split("/").map((level): Level | undefined => {
    const word = /^\{(\w+)\}$/.exec(level)?.[1];
    if (word !== undefined) return WORDS.get(word);
    return PLAIN.test(level) && level !== "." && level !== ".." && level.isWellFormed() ? level : undefined;
  });
  return levels.length > MAXIMUM_LEVELS || levels.includes(undefined) ? undefined : (levels as TopicTemplate);
}

/**
 * A tag's topic: below the prefix and within the limits, whatever its path and device are. A level that the tag does not have is a single
 * "%". Tags may share a topic; shortened ones do only where template and path are the same.
 */
export function topicByTemplate(
  prefix: string,
  template: TopicTemplate,
  tag: TagDefinition,
  limits: TopicLimits,
): Topic {
  const levels = template.flatMap((level) => (typeof level === "string" ? [level] : level(tag).map(escapeLevel)));
  return topicOfLevels(prefix, levels, levels.join("/"), limits);
}

function orNothing(levels: readonly string[]): readonly string[] {
  return levels.length === 0 ? [""] : levels;
}
