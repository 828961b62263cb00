import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { expect, test } from "vitest";
import { stringify } from "yaml";
import { readPlainYaml } from "../../src/config/plain-yaml.ts";
import { readByNodes, readYaml, type YamlDocument } from "../../src/config/yaml-document.ts";

const CONFIG = join(import.meta.dirname, "../../../../config");

/** Every path in a value, and some that are not there. */
function pathsIn(value: unknown, path: readonly PropertyKey[] = []): (readonly PropertyKey[])[] {
  const inner =
    typeof value !== "object" || value === null
      ? []
      : Object.entries(value).flatMap(([key, each]) =>
          pathsIn(each, [...path, Array.isArray(value) ? Number(key) : key]),
        );
  return [path, [...path, "missing"], [...path, 99, "missing"], ...inner];
}

function placesIn({ value, placeOfValue, placeOfKey }: YamlDocument): unknown {
  return pathsIn(value).map((path) => ({
    path,
    value: placeOfValue(path),
    key: placeOfKey(path.slice(0, -1), String(path.at(-1))),
  }));
}

/** What the yaml package says of it, or nothing at all. @returns whether it was read. */
function expectTheSame(text: string): boolean {
  if (readPlainYaml(text) === undefined) return false;
  const [mine, theirs] = [readYaml(text), readByNodes(text)];
  expect(theirs.mistakes, text).toEqual([]);
  expect(mine.value, text).toStrictEqual(theirs.value);
  expect(placesIn(mine), text).toEqual(placesIn(theirs));
  return true;
}

const PIECES = [..." \n:-#,[]{}\"'&*|>?!%@~.+0159abex\\\t\r"].concat([
  "\n  ",
  "\n    ",
  ": ",
  "- ",
  " #",
  "\n- ",
  "null",
  "true",
  "Yes",
  "0x1F",
  "1e3",
  "-0",
  ".inf",
  "---",
  "<<",
  "°",
  "€",
  "__proto__: 1",
]);

const word = fc.oneof(
  fc.string({ maxLength: 8 }),
  fc.constantFrom(
    "hr:100",
    "10s",
    "192.0.2.2",
    "°C",
    "a b",
    "x: y",
    "true",
    "null",
    "1.50",
    "0o17",
    "-40",
    "",
    "it's",
    'say "so"',
    "#1",
    "a#b",
    "two\nlines",
    "of a block\n\n  indented\n",
    "long text in a block that is folded, because it is wider than\nwhat somebody likes to read\n",
    null,
  ),
);
const value = fc.letrec((tie) => ({
  any: fc.oneof({ maxDepth: 4 }, word, fc.integer(), fc.double({ noNaN: true }), fc.boolean(), tie("map"), tie("list")),
  map: fc.dictionary(
    fc.oneof(fc.constantFrom("path", "address", "type", "tags", "a-b", "with space"), word.map(String)),
    tie("any"),
    { maxKeys: 5 },
  ),
  list: fc.array(tie("any"), { maxLength: 4 }),
})).map;

const text = fc
  .tuple(value, fc.constantFrom("block", "flat", "quoted", "json", "pretty"), fc.constantFrom("\n", "\r\n"))
  .map(([file, style, lineEnd]) => {
    if (style === "json") return JSON.stringify(file);
    if (style === "pretty") return JSON.stringify(file, null, 2).replaceAll("\n", lineEnd);
    const nullStr = style === "quoted" ? "null" : "";
    const defaultStringType = style === "quoted" ? ("QUOTE_SINGLE" as const) : ("PLAIN" as const);
    return stringify(file, {
      indentSeq: style !== "flat",
      lineWidth: style === "flat" ? 40 : 0,
      defaultStringType,
      nullStr,
    }).replaceAll("\n", lineEnd);
  });

const change = fc.record({
  at: fc.nat(),
  length: fc.nat({ max: 3 }),
  by: fc.array(fc.constantFrom(...PIECES), { maxLength: 3 }),
});

function spoilt(original: string, changes: readonly { at: number; length: number; by: readonly string[] }[]): string {
  return changes.reduce((now, { at, length, by }) => {
    const place = at % (now.length + 1);
    return now.slice(0, place) + by.join("") + now.slice(place + length);
  }, original);
}

test("a plain file means what it means to the yaml package, place by place; a spoilt one too, or it is left to that package", () => {
  let [whole, broken] = [0, 0];
  fc.assert(
    fc.property(text, fc.array(change, { minLength: 1, maxLength: 3 }), (original, changes) => {
      if (expectTheSame(original)) whole++;
      if (expectTheSame(spoilt(original, changes))) broken++;
    }),
    { seed: 20_261_125, numRuns: 500 },
  );
  expect(whole).toBeGreaterThan(450);
  expect(broken).toBeGreaterThan(100);
});

test("so does any text", () => {
  let read = 0;
  fc.assert(
    fc.property(fc.array(fc.constantFrom(...PIECES, ": ", "\n", "- "), { maxLength: 25 }), (pieces) => {
      if (expectTheSame(pieces.join(""))) read++;
    }),
    { seed: 20_261_125, numRuns: 3000 },
  );
  expect(read).toBeGreaterThan(50);
});

test("and whatever stands in and around text in blocks", () => {
  const pieces = fc.constantFrom(
    "|",
    ">",
    "\n",
    "\n  ",
    "\n    ",
    " ",
    "x",
    " #",
    "-",
    "+",
    "1",
    "\n\n",
    "\nb: y",
    "- ",
    ":",
  );
  let blocks = 0;
  fc.assert(
    fc.property(fc.array(pieces, { maxLength: 14 }), (after) => {
      const written = `a: ${after.join("")}`;
      if (expectTheSame(written) && /[|>]/.test(written)) blocks++;
    }),
    { seed: 20_261_125, numRuns: 3000 },
  );
  expect(blocks).toBeGreaterThan(50);
});

test.each([
  ["block style", "a: 1\nb:\n  - x: hr:100\n    y: 2 # two\n  - - 1\n    - -2\nc:\n- 3\n"],
  ["flow style over lines", "a:\n  - { path: x, range: [-40, 85.5] }\n  - {\n      path: 'it''s',\n    }\n"],
  ["JSON", '{"a":[1,{"b c":"\\u00b0C","d":null}],"e":{}}'],
  ["text over lines", "a: one\n  two\n"],
  ["lines that end as on Windows", "# heading\r\na: x y\r\nb:\r\n  c: true\r\n"],
  ["a key without a value", "a:\nb: 1\n"],
  ["text in blocks", "a: >\n  one\n  two\nb: |-\n  # one\n\n   two\nc: |+\n    one\n\nd:\n"],
])("%s is read", (_, text) => expect(expectTheSame(text)).toBe(true));

test.each([
  ["a key written twice", "a: 1\na: 2\n"],
  ["anchors", "a: &x 1\nb: *x\n"],
  ["a list that is not indented like its neighbours", "a:\n   - 1\n  - 2\n"],
  ["a bracket that is left open", "a: [1, 2\nb: 3\n"],
  ["flow style that is indented too little", "a:\n  b: [1,\n2]\n"],
  ["two documents", "a: 1\n---\nb: 2\n"],
  ["a tab", "a:\tb\n"],
  ["nothing", ""],
  ["endless nesting", "[".repeat(100_000)],
])("%s is left to the yaml package", (_, text) => expect(readPlainYaml(text)).toBeUndefined());

test("the examples are read", () => {
  const files = readdirSync(CONFIG).filter((file) => /^[oi]t-station.*\.yaml$/.test(file));
  expect(files.filter((file) => !expectTheSame(readFileSync(join(CONFIG, file), "utf8")))).toEqual([]);
  expect(files.length).toBeGreaterThan(5);
});
