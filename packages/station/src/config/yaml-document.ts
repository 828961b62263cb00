/** Reads YAML text and remembers where everything stands.
 *  file → [YAML document] → zod → config */
import { isAlias, isMap, isNode, isScalar, isSeq, LineCounter, type Node, type Pair, parseDocument } from "yaml";
import type { ConfigMistake } from "./config-error.ts";
import { readPlainYaml } from "./plain-yaml.ts";

export interface Place {
  readonly line: number;
  readonly column: number;
}

/** Places are asked for by path, as zod's issues name them. A path that does not exist gives the deepest part that does. */
export interface YamlDocument {
  /** Plain JavaScript values; undefined if the text has syntax mistakes. */
  readonly value: unknown;
  readonly mistakes: readonly ConfigMistake[];
  placeOfValue(path: readonly PropertyKey[]): Place;
  placeOfKey(path: readonly PropertyKey[], key: string): Place;
  /** A path as a person reads it: "devices[0].port". */
  nameOf(path: readonly PropertyKey[]): string;
}

/** A hundred thousand tags are about 10 MB. */
export const MAXIMUM_CONFIG_BYTES = 16 * 1024 * 1024;

/** How often aliases may multiply a part of the file: a handful of shared blocks, not a billion laughs. */
const MAXIMUM_ALIASES = 1000;

const tooDeep: ConfigMistake = {
  line: 1,
  column: 1,
  path: "",
  text: "the file is nested too deeply; write it flatter",
};

/**
 * Parse YAML 1.2 (core schema). Never throws: syntax, duplicate keys, unknown tags, several documents, too many aliases,
 * too deep nesting come back as mistakes.
 */
export function readYaml(text: string): YamlDocument {
  return readPlainly(text) ?? readByNodes(text);
}

/** What most files are, in a tenth of the memory. */
function readPlainly(text: string): YamlDocument | undefined {
  const plain = readPlainYaml(text);
  if (plain === undefined) return undefined;
  const { value, offsets } = plain;
  if (offsets === undefined) {
    let nodes: YamlDocument | undefined;
    const places = (): YamlDocument => {
      nodes ??= readByNodes(text); // only if there is a mistake to be placed
      return nodes;
    };
    return {
      value,
      mistakes: [],
      placeOfValue: (path) => places().placeOfValue(path),
      placeOfKey: (path, key) => places().placeOfKey(path, key),
      nameOf: writePath,
    };
  }
  let lineStarts: readonly number[] | undefined;
  const placeAt = (offset: number): Place => {
    lineStarts ??= [0, ...Array.from(text.matchAll(/\n/g), ({ index }) => index + 1)];
    const line = countUpTo(lineStarts, offset);
    return { line, column: offset - lineStarts[line - 1]! + 1 };
  };
  return {
    value,
    mistakes: [],
    placeOfValue: (path) => placeAt(offsets.offsetOfValue(path)),
    placeOfKey: (path, key) => placeAt(offsets.offsetOfKey(path, key)),
    nameOf: writePath,
  };
}

/** Of ascending numbers, how many are at most `bound`. */
function countUpTo(numbers: readonly number[], bound: number): number {
  let [low, high] = [0, numbers.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (numbers[middle]! <= bound) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Anything else. */
export function readByNodes(text: string): YamlDocument {
  const lines = new LineCounter();
  const placeAt = (offset: number): Place => {
    const { line, col } = lines.linePos(offset);
    return { line: Math.max(1, line), column: Math.max(1, col) };
  };
  const nowhere = (mistakes: readonly ConfigMistake[]): YamlDocument => {
    const start = { line: 1, column: 1 };
    return { value: undefined, mistakes, placeOfValue: () => start, placeOfKey: () => start, nameOf: writePath };
  };
  try {
    // uniqueKeys is checked below: the parser's own check compares every pair of keys of a map (quadratic in tags).
    const document = parseDocument(text, {
      lineCounter: lines,
      prettyErrors: false,
      uniqueKeys: false,
      logLevel: "error",
      version: "1.2",
      strict: true,
    });
    // The parser turns an exhausted stack into an error of its own, followed by one per open bracket.
    if (document.errors.some((error) => error.message.startsWith("Maximum call stack"))) return nowhere([tooDeep]);
    const mistakes = [...document.errors, ...document.warnings].map((error) => ({
      ...placeAt(error.pos[0]),
      path: "",
      text: explainSyntax(error.code, error.message),
    }));
    if (mistakes.length > 0) return nowhere(mistakes);
    const root = document.contents;
    const duplicates: ConfigMistake[] = [];
    collectKeyMistakes(root, [], (offset, path, text) => duplicates.push({ ...placeAt(offset), path, text }));
    return {
      value: document.toJS({ maxAliasCount: MAXIMUM_ALIASES }),
      mistakes: duplicates,
      placeOfValue: (path) => placeAt(offsetOf(follow(root, path, document).reached)),
      placeOfKey(path, key) {
        const { reached } = follow(root, path, document);
        const pair = isMap(reached) ? pairOf(reached.items, key) : undefined;
        return placeAt(offsetOf(isNode(pair?.key) ? pair.key : reached));
      },
      nameOf: writePath,
    };
  } catch (error) {
    // The yaml package throws for aliases (ReferenceError); our own walk throws where nesting exhausts the stack (RangeError).
    if (error instanceof RangeError) return nowhere([tooDeep]);
    const aliases = "aliases (*name) repeat too much of the file, or name nothing; write the repeated parts out";
    const text =
      error instanceof ReferenceError ? aliases : `not readable as YAML (${String(error)}); simplify the file`;
    return nowhere([{ line: 1, column: 1, path: "", text }]);
  }
}

/** "devices[0].port" */
export function writePath(path: readonly PropertyKey[]): string {
  let text = "";
  for (const part of path) {
    if (typeof part === "number") text += `[${part}]`;
    else
      text += `${text === "" ? "" : "."}${/^[\w-]+$/.test(String(part)) ? String(part) : JSON.stringify(String(part))}`;
  }
  return text;
}

type AnyPair = Pair<unknown, unknown>;

/** Duplicate keys, and keys that are no plain names. Walks the text's own tree, so aliases cost nothing. */
function collectKeyMistakes(
  node: unknown,
  path: readonly PropertyKey[],
  report: (offset: number, path: string, text: string) => void,
): void {
  if (isSeq(node)) {
    for (const [index, item] of node.items.entries()) collectKeyMistakes(item, [...path, index], report);
    return;
  }
  if (!isMap(node)) return;
  const seen = new Set<string>();
  for (const pair of node.items) {
    const offset = isNode(pair.key) ? offsetOf(pair.key) : offsetOf(node);
    if (!isScalar(pair.key)) {
      report(offset, writePath(path), "a key must be a plain name; write name: value");
      continue;
    }
    const key = String(pair.key.value);
    if (key === "__proto__") report(offset, writePath([...path, key]), "cannot be a name; choose another");
    if (seen.has(key)) report(offset, writePath([...path, key]), "is written twice; remove one of the two");
    seen.add(key);
    collectKeyMistakes(pair.value, [...path, key], report);
  }
}

function follow(
  root: unknown,
  path: readonly PropertyKey[],
  document: { readonly contents: unknown } & Parameters<Node["toJS"]>[0],
): { reached: Node | undefined } {
  let reached: Node | undefined = isNode(root) ? root : undefined;
  for (const part of path) {
    const target: Node | undefined = isAlias(reached) ? reached.resolve(document) : reached;
    const next: unknown = isMap(target)
      ? pairOf(target.items, String(part))?.value
      : isSeq(target)
        ? target.items[Number(part)]
        : undefined;
    if (!isNode(next)) {
      // "port:" with nothing behind it has no node of its own: the key is the place.
      const key = isMap(target) ? pairOf(target.items, String(part))?.key : undefined;
      return { reached: isNode(key) ? key : reached };
    }
    reached = next;
  }
  return { reached };
}

/** Of a key written twice, the last counts, as in the values. Each map is indexed once: every tag of a large file may have a mistake. */
const indexes = new WeakMap<readonly AnyPair[], Map<string, AnyPair>>();

function pairOf(items: readonly AnyPair[], key: string): AnyPair | undefined {
  let index = indexes.get(items);
  if (index === undefined) {
    index = new Map(items.flatMap((pair) => (isScalar(pair.key) ? [[String(pair.key.value), pair] as const] : [])));
    indexes.set(items, index);
  }
  return index.get(key);
}

function offsetOf(node: Node | undefined): number {
  return node?.range?.[0] ?? 0;
}

/** The parser's own words, and for the usual slips what to do. */
function explainSyntax(code: string, message: string): string {
  if (code === "MULTIPLE_DOCS") return "a second document begins here; remove the '---' line";
  const advice: Readonly<Record<string, string>> = {
    TAB_AS_INDENT: "indent with spaces, not tabs",
    MISSING_CHAR: "close the quote or bracket",
    BAD_INDENT: "line it up with its neighbours",
    BLOCK_AS_IMPLICIT_KEY: "put quotes around text that contains ': '",
    MULTILINE_IMPLICIT_KEY: "put quotes around the text, or check the missing ':' on this line",
    TAG_RESOLVE_FAILED: "remove the !tag",
  };
  return `${message}; ${advice[code] ?? "correct the YAML here"}`;
}
