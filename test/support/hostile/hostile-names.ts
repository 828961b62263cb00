/** Tag paths and device names that an enemy on the plant network would choose, drawn with a seed.
 *  seed → [hostile names] → tags → publishers */
import { seededRandom } from "../../../hardware-sim/src/index.ts";

/** Pieces of which paths are made: what some far side gives a meaning, and what its escapes look like. */
const PIECES = [
  ...[
    "/",
    "//",
    "..",
    ".",
    "../",
    "+",
    "#",
    "$",
    "$SYS",
    "$share",
    "%",
    "%2F",
    "%2f",
    "%25",
    "%%",
    "%~",
    "%00",
    "\\",
    "\\x00",
  ],
  ...[
    "'",
    '"',
    "`",
    "''",
    ";",
    "--",
    "/*",
    "*/",
    "{",
    "}",
    "{{path}}",
    "$HOME",
    "$(id)",
    "|",
    "&",
    "<",
    ">",
    "<script>",
    "&amp;",
  ],
  ...[
    "=",
    "=cmd()",
    "=1+1",
    "@SUM(A1)",
    "-1",
    "+1",
    "＝1",
    ",",
    ",,",
    " ",
    "  ",
    "\t",
    "\n",
    "\r\n",
    "\u0000",
    "\u0001",
    "\u0007",
    "\u001b[2J",
  ],
  ...["\u007f", "\u0085", "\u200b", "\u200e", "\u202e", "\u2066", "\u2028", "\ufeff", "\ufffd", "\ufffe", "\uffff"],
  ...[
    "é",
    "e\u0301",
    "ß",
    "SS",
    "ı",
    "İ",
    "K",
    "K",
    "ﬁ",
    "锅炉",
    "غلاية",
    "котёл",
    "🔥",
    "👨‍👩‍👧",
    "\ud800",
    "\udc00",
    "a",
    "A",
    "b",
    "0",
    "null",
    "NULL",
  ],
  ...[
    "ns=2;s=x",
    "i=85",
    "*",
    ">",
    "tag.>",
    "spBv1.0",
    "NCMD",
    "DROP TABLE tag",
    "name=1,x=2",
    "path=",
    "__proto__",
    "constructor",
    "_",
    "~",
    "^",
  ],
];

/** Whole paths: each once. The last ones are at the limit of what a directory carries. */
const WHOLE = [
  ...[
    "",
    " ",
    "/",
    "//",
    "///",
    ".",
    "..",
    "../../etc/passwd",
    "/etc/passwd",
    "a/../b",
    "a/./b",
    "a//b",
    "a/b",
    "a/b/",
    "/a/b",
  ],
  ...[
    "a%2Fb",
    "a%2fb",
    "a+b",
    "a%2Bb",
    "a#b",
    "a%23b",
    "$status",
    "%24status",
    "%",
    "%25",
    "%~",
    "a\u0000",
    "a",
    "A",
    "a ",
    " a",
    "a\n",
    "a\\0",
  ],
  ...[
    "quote'\"; DROP TABLE tag; --",
    "\\'; DROP TABLE tag; --",
    "__proto__",
    "constructor",
    "toString",
    "é",
    "e\u0301",
    "\ud800",
    "x\udc00y",
  ],
  ...[
    "#",
    "+",
    "$",
    "$SYS/broker/clients",
    "$share/group/x",
    "=cmd()",
    "=cmd|' /C calc'!A0",
    "\t=1",
    "@x",
    "-x",
    "+x",
    "\u202egnp.exe",
  ],
  ...[
    "x".repeat(2000),
    "x".repeat(65_000),
    `${"x".repeat(65_000)}y`,
    `${"ü".repeat(32_000)}`,
    "/".repeat(2000),
    "a/".repeat(30_000),
  ],
];

/**
 * Different names as they arrive: of well-formed UTF-8, since nothing else crosses the link (a lone surrogate has become U+FFFD).
 *
 * @returns `count` names, the fixed ones first.
 */
export function hostileNames(seed: number, count: number): string[] {
  const random = seededRandom(seed, "hostile names");
  const piece = (): string => PIECES[Math.floor(random() * PIECES.length)]!;
  const names = new Set(WHOLE.map((name) => name.toWellFormed()));
  while (names.size < count) {
    let name = "";
    for (let pieces = 1 + Math.floor(random() * 6); pieces > 0; pieces--) name += piece();
    names.add(name.toWellFormed());
  }
  return [...names].slice(0, count);
}

/** What a far side shows under one name. */
export interface FoundName {
  readonly name: string;
  readonly value: unknown;
}

/**
 * Every name must be found exactly once, with its own value: the index.
 *
 * @returns what is wrong, one line each; empty if nothing is.
 */
export function judgeNames(names: readonly string[], found: readonly FoundName[]): string[] {
  const wrong: string[] = [];
  const indexes = new Map(names.map((name, index) => [name, index]));
  const seen = new Set<string>();
  for (const { name, value } of found) {
    const index = indexes.get(name);
    if (index === undefined) wrong.push(`nobody sent ${shown(name)}`);
    else if (value !== index) wrong.push(`${shown(name)} has ${String(value)}, not ${index}`);
    if (seen.has(name)) wrong.push(`${shown(name)} is there twice`);
    seen.add(name);
  }
  for (const name of names) if (!seen.has(name)) wrong.push(`${shown(name)} is missing`);
  return wrong;
}

function shown(name: string): string {
  return JSON.stringify(name.length > 60 ? `${name.slice(0, 60)}… (${name.length})` : name);
}
