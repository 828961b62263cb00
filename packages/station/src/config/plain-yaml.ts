/** Reads the YAML that people and programs write into configuration files without making a tree of nodes of it.
 *  YAML text → [plain YAML] → YAML document
 *
 *  js-yaml makes values of a large file in a tenth of the time and a third of the memory. Left to the yaml package, which has the better words
 *  for mistakes and the places of everything: text that is wrong, anchors, tags, directives, keys written twice; and where a file has empty
 *  values or text in blocks, its places. */
import {
  CORE_SCHEMA,
  constructFromEvents,
  EVENT_ID,
  type Event,
  getScalarValue,
  mapTag,
  parseEvents,
  SCALAR_STYLE,
  type ScalarEvent,
} from "js-yaml";

/** Tabs, carriage returns alone, characters that nobody sees; an indented `---`, which is text to one of the packages. */
const UNUSUAL = /[^\P{Cc}\n\r]|[\u2028\u2029\ufeff]|\r(?!\n)|^ +---\s/mu;

/** Keys are text; of `null: 1` or `[a]: 1` the two packages make different keys. */
const SCHEMA = CORE_SCHEMA.withTags({
  ...mapTag,
  addPair: (map: Record<string, unknown>, key, value) =>
    typeof key === "string" && key !== "__proto__" ? mapTag.addPair(map, key, value) : "no key",
});

type Path = readonly PropertyKey[];

export interface PlainYaml {
  readonly value: unknown;
  /** Undefined where only the yaml package knows them. */
  readonly offsets: Offsets | undefined;
}

/** As the yaml package has them: of a list in block style that of its first dash, of a map that of its first key. */
export interface Offsets {
  /** A path that does not exist gives the deepest part that does. The first question reads the text once more. */
  offsetOfValue(path: Path): number;
  /** Of a key in the map at `path`; of what is there, if that has no such key. */
  offsetOfKey(path: Path, key: string): number;
}

/** Where a value stands in the text, and what is in it. */
interface Placed {
  readonly offset: number;
  /** Of a map or list: by key, or by index as text. */
  readonly inner: Map<string, Placed> | undefined;
  /** Where the keys of a map stand. */
  readonly keys: Map<string, number> | undefined;
}

/**
 * @returns undefined for what is left to the yaml package. Never throws.
 *
 * The same values and places as the yaml package gives, or none: a test compares them.
 */
export function readPlainYaml(text: string): PlainYaml | undefined {
  const read = plainValue(text);
  if (read === undefined) return undefined;
  return { value: read.value, offsets: read.hasOffsets ? offsetsIn(text) : undefined };
}

function offsetsIn(text: string): Offsets {
  let root: Placed | undefined;
  const follow = (path: Path): Placed => {
    root ??= placesOf(text);
    let here = root;
    for (const part of path) {
      const next = here.inner?.get(String(part));
      if (next === undefined) break;
      here = next;
    }
    return here;
  };
  return {
    offsetOfValue: (path) => follow(path).offset,
    offsetOfKey(path, key) {
      const { offset, keys } = follow(path);
      return keys?.get(key) ?? offset;
    },
  };
}

function plainValue(text: string): { readonly value: unknown; readonly hasOffsets: boolean } | undefined {
  if (UNUSUAL.test(text)) return undefined;
  try {
    const events = parseEvents(text, {});
    if (!events.every((event) => isPlain(event, text))) return undefined;
    const [value, ...others] = constructFromEvents(events, { source: text, schema: SCHEMA });
    if (typeof value !== "object" || value === null || others.length > 0) return undefined;
    return { value, hasOffsets: events.every(hasOffset) };
  } catch {
    return undefined; // the yaml package says what is wrong, and where
  }
}

function isPlain(event: Event, text: string): boolean {
  switch (event.type) {
    case EVENT_ID.ALIAS:
      return false;
    case EVENT_ID.POP:
      return true;
    case EVENT_ID.DOCUMENT:
      return event.directives.length === 0;
    case EVENT_ID.SCALAR:
      return !isBeyondBounds(event, text) && !isUnusualBlock(event, text) && hasNoProperties(event);
    default:
      return hasNoProperties(event);
  }
}

function hasOffset(event: Event): boolean {
  return event.type !== EVENT_ID.SCALAR || (event.valueStart !== -1 && !isBlock(event));
}

function isBlock({ style }: ScalarEvent): boolean {
  return style === SCALAR_STYLE.LITERAL_BLOCK || style === SCALAR_STYLE.FOLDED_BLOCK;
}

/** Where the packages do not agree: lines of nothing but spaces, an indentation that is written down (`|2`), a `|` on a line of its own. */
function isUnusualBlock(event: ScalarEvent, text: string): boolean {
  if (!isBlock(event)) return false;
  const { valueStart, valueEnd } = event;
  const header = text.slice(text.lastIndexOf("\n", valueStart - 2) + 1, valueStart);
  return !/[:-] +[|>][-+]? *\r?\n$/.test(header) || /^ +\r?$/m.test(text.slice(valueStart, valueEnd));
}

function hasNoProperties(event: { readonly anchorStart: number; readonly tagStart: number }): boolean {
  return event.anchorStart === -1 && event.tagStart === -1;
}

/** A number that no double holds: text to one package, infinity to the other. */
function isBeyondBounds({ style, valueStart, valueEnd }: ScalarEvent, text: string): boolean {
  return style === SCALAR_STYLE.PLAIN && Math.abs(Number(text.slice(valueStart, valueEnd))) === Infinity;
}

/** Of text that was read before. */
function placesOf(text: string): Placed {
  const events = parseEvents(text, {});
  let at = 1; // behind the document's own event

  const place = (): Placed => {
    const event = events[at++]!;
    if (event.type === EVENT_ID.SCALAR) return { offset: startOf(event), inner: undefined, keys: undefined };
    const inner = new Map<string, Placed>();
    const isMap = event.type === EVENT_ID.MAPPING;
    const keys = isMap ? new Map<string, number>() : undefined;
    while (events[at]!.type !== EVENT_ID.POP) {
      const key = keys === undefined ? String(inner.size) : nameOf(keys);
      inner.set(key, place());
    }
    at++;
    return { offset: "start" in event ? event.start : 0, inner, keys };
  };

  const nameOf = (keys: Map<string, number>): string => {
    const event = events[at++]!;
    if (event.type !== EVENT_ID.SCALAR) return "";
    const name = getScalarValue(text, event);
    keys.set(name, startOf(event));
    return name;
  };

  return place();
}

/** js-yaml counts from behind the quote. */
function startOf({ valueStart, style }: ScalarEvent): number {
  return style === SCALAR_STYLE.SINGLE_QUOTED || style === SCALAR_STYLE.DOUBLE_QUOTED ? valueStart - 1 : valueStart;
}
