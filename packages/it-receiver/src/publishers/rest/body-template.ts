/** Bodies of requests from a JSON template with {{words}}. What a tag is called cannot end its string: values go in as JSON, never as text.
 *  push config → [body template] → push publisher */
import { type AlarmEvent, qualityOf, type TagDefinition, type UtcMicros, type Value } from "@nonreturn/wire-format";
import { isoMicros } from "../iso-micros.ts";
import { jsonOf } from "../sample-json.ts";
import { kindOf, textOf } from "../value-text.ts";
import { keyOf } from "./tag-table.ts";

export type Template = string | number | boolean | null | readonly Template[] | { readonly [name: string]: Template };

/** One sample and what it is called. */
export interface PushedSample {
  readonly tag: TagDefinition;
  readonly value: Value | null;
  readonly statusCode: number;
  readonly sourceTimestamp: UtcMicros;
  readonly role: "live" | "historical";
}

/** One alarm event and the tag it is about. */
export interface PushedEvent {
  readonly tag: TagDefinition;
  readonly event: AlarmEvent;
  readonly role: "live" | "historical";
}

/** Of either. */
const TAG_WORDS: Readonly<Record<string, (given: { readonly tag: TagDefinition }) => string>> = {
  path: ({ tag }) => JSON.stringify(tag.path),
  key: ({ tag }) => `"${keyOf(tag.path)}"`,
  unit: ({ tag }) => JSON.stringify(tag.unit),
  description: ({ tag }) => JSON.stringify(tag.description),
  device: ({ tag }) => JSON.stringify(tag.device),
};

/** Each as JSON. */
const WORDS: Readonly<Record<string, (sample: PushedSample) => string>> = {
  ...TAG_WORDS,
  value: ({ value }) => jsonOf(value),
  valueText: ({ value }) => JSON.stringify(textOf(value)),
  kind: ({ value }) => `"${kindOf(value)}"`,
  timestamp: ({ sourceTimestamp }) => `"${isoMicros(sourceTimestamp)}"`,
  odataDate: ({ sourceTimestamp }) => odataDate(sourceTimestamp),
  quality: ({ statusCode }) => `"${qualityOf(statusCode)}"`,
  qualityCode: ({ statusCode }) => String(statusCode),
  historical: ({ role }) => String(role === "historical"),
};
export const SAMPLE_WORDS: readonly string[] = Object.keys(WORDS);

const OF_EVENT: Readonly<Record<string, (pushed: PushedEvent) => string>> = {
  ...TAG_WORDS,
  timestamp: ({ event }) => `"${isoMicros(event.time)}"`,
  odataDate: ({ event }) => odataDate(event.time),
  condition: ({ event }) => JSON.stringify(event.condition),
  state: ({ event }) => `"${event.state}"`,
  severity: ({ event }) => String(event.severity),
  text: ({ event }) => JSON.stringify(event.text),
  value: ({ event }) => jsonOf(event.value),
  valueText: ({ event }) => JSON.stringify(textOf(event.value)),
  eventSequence: ({ event }) => String(event.eventSequence),
  historical: ({ role }) => String(role === "historical"),
};
export const EVENT_WORDS: readonly string[] = Object.keys(OF_EVENT);
export const BODY_WORDS: readonly string[] = ["samples", "sample", "events", "event", "count", "idempotencyKey"];

/** OData 2, JSON format §4: Edm.DateTime, milliseconds. */
function odataDate(micros: UtcMicros): string {
  return `"/Date(${Math.floor(micros / 1000)})/"`;
}

const WORD = /\{\{([^{}]*)\}\}/g;
const MAXIMUM_DEPTH = 20;

/** What is wrong with a template, for its author. */
export function templateMistake(template: Template, words: readonly string[], depth = 0): string | undefined {
  if (depth > MAXIMUM_DEPTH) return "is nested too deeply";
  if (typeof template === "string") {
    const unknown = [...template.matchAll(WORD)].map(([, word]) => word!).find((word) => !words.includes(word));
    return unknown === undefined
      ? undefined
      : `there is no {{${unknown}}} here; write ${words.map((word) => `{{${word}}}`).join(" ")}`;
  }
  if (typeof template !== "object" || template === null) return undefined;
  for (const part of Object.values(template)) {
    const mistake = templateMistake(part as Template, words, depth + 1);
    if (mistake !== undefined) return mistake;
  }
  return undefined;
}

type Render<T> = (given: T) => string;

/** Made once per publisher. */
export function sampleTemplate(template: Template): Render<PushedSample> {
  return compile(template, (word) => WORDS[word]!);
}

export function eventTemplate(template: Template): Render<PushedEvent> {
  return compile(template, (word) => OF_EVENT[word]!);
}

export interface PushedBody {
  /** Samples or events, rendered. */
  readonly items: readonly string[];
  readonly idempotencyKey: string;
}

export function bodyTemplate(template: Template): Render<PushedBody> {
  const words: Readonly<Record<string, Render<PushedBody>>> = {
    samples: listed,
    events: listed,
    sample: first,
    event: first,
    count: ({ items }) => String(items.length),
    idempotencyKey: ({ idempotencyKey }) => JSON.stringify(idempotencyKey),
  };
  return compile(template, (word) => words[word]!);
}

function listed({ items }: PushedBody): string {
  return `[${items.join(",")}]`;
}

function first({ items }: PushedBody): string {
  return items[0]!;
}

/** A string that is one {{word}} becomes what the word is; within a longer string, its text. Names of members are taken as they stand. */
function compile<T>(template: Template, renderOf: (word: string) => Render<T>): Render<T> {
  if (typeof template === "string") return compileText(template, renderOf);
  if (Array.isArray(template)) {
    const parts = (template as readonly Template[]).map((part) => compile(part, renderOf));
    return (given) => `[${parts.map((part) => part(given)).join(",")}]`;
  }
  if (typeof template === "object" && template !== null) {
    const members = Object.entries(template).map(
      ([name, part]) => [JSON.stringify(name), compile(part as Template, renderOf)] as const,
    );
    return (given) => `{${members.map(([name, part]) => `${name}:${part(given)}`).join(",")}}`;
  }
  const fixed = JSON.stringify(template);
  return () => fixed;
}

function compileText<T>(template: string, renderOf: (word: string) => Render<T>): Render<T> {
  const whole = /^\{\{([^{}]*)\}\}$/.exec(template);
  if (whole !== null) return renderOf(whole[1]!);
  const parts = template.split(WORD); // text, word, text, word … text
  if (parts.length === 1) {
    const fixed = JSON.stringify(template);
    return () => fixed;
  }
  return (given) =>
    JSON.stringify(parts.map((part, index) => (index % 2 === 0 ? part : within(renderOf(part)(given)))).join(""));
}

/** A string without its quotes; anything else as its JSON. */
function within(json: string): string {
  return json.startsWith('"') ? (JSON.parse(json) as string) : json;
}
