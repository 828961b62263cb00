/** Reads maps and lists of one-line values, in block and in flow style, straight into JavaScript values.
 *  YAML text → [plain reader] → plain YAML
 *
 *  Sections of https://yaml.org/spec/1.2.2/ are named where a rule is kept. Whatever does not follow the rules that are kept here is NotPlain. */
import {
  BEGINS_NO_WORD,
  BLANK_LINES,
  COLON_AFTER_QUOTES,
  DOUBLE_QUOTED,
  FLOW_COLON_AFTER_QUOTES,
  FLOW_KEY,
  FLOW_WORD,
  KEY,
  LAST_COMMENT,
  LINE,
  LINE_END,
  REST_OF_LINE,
  SINGLE_QUOTED,
  SPACES,
  UNUSUAL,
} from "./plain-patterns.ts";
import { doubleQuotedText, singleQuotedText, wordValue } from "./plain-scalar.ts";

/** For another reader: unknown here, or wrong. */
export class NotPlain extends Error {}

export interface Place {
  /** Of a list's item that of its value. */
  readonly key: number; // offset
  readonly value: number; // offset
}

/** By the map or list they are in; keys, and indexes as text. */
export type Places = Map<unknown, ReadonlyMap<string, Place>>;

const NESTING = 100;
/** Of a key and what surrounds it, at most 1024 (§7.4.3). */
const KEY_CHARACTERS = 200;
const NO_KEYS: ReadonlySet<string> = new Set(["__proto__", "<<"]);

export class PlainReader {
  readonly #text: string;
  readonly #places: Places | undefined;
  #at = 0;
  /** Of the first character in the line that is neither space nor comment; −1 at the end of the text. */
  #column = 0;
  #lineStart = 0;
  #depth = 0;

  /** @param places  completed while reading. */
  constructor(text: string, places?: Places) {
    this.#text = text;
    this.#places = places;
  }

  /** Called once. @throws {NotPlain} */
  read(): { readonly value: unknown; readonly start: number } {
    if (UNUSUAL.test(this.#text)) throw new NotPlain();
    this.#skipBlankLines();
    const start = this.#at;
    let value: unknown;
    if (this.#isOneOf("{[")) {
      value = this.#flow(-1);
      this.#endLine();
    } else value = this.#block();
    if (this.#column !== -1) throw new NotPlain();
    return { value, start };
  }

  /** A map or list whose first key or dash is here. */
  #block(): unknown {
    if (this.#depth++ > NESTING) throw new NotPlain();
    const column = this.#at - this.#lineStart;
    const value = this.#isDash() ? this.#list(column) : this.#map(column);
    this.#depth--;
    return value;
  }

  #map(column: number): Record<string, unknown> {
    const map: Record<string, unknown> = {};
    const places = this.#placesIn(map);
    for (;;) {
      const from = this.#at;
      const key = this.#key(KEY, COLON_AFTER_QUOTES);
      if (key === undefined || Object.hasOwn(map, key)) throw new NotPlain();
      this.#match(SPACES);
      if (this.#isValueBelow()) {
        this.#endLine();
        // A list may stand at the column of the key it belongs to (§8.2.1, "compact").
        if (this.#column < column || (this.#column === column && !this.#isDash())) throw new NotPlain();
        places?.set(key, { key: from, value: this.#at });
        map[key] = this.#block();
      } else {
        places?.set(key, { key: from, value: this.#at });
        map[key] = this.#lineValue(column);
      }
      if (this.#column > column) throw new NotPlain();
      if (this.#column < column) return map;
    }
  }

  #list(column: number): unknown[] {
    const list: unknown[] = [];
    const places = this.#placesIn(list);
    for (;;) {
      this.#at++; // the dash
      this.#match(SPACES);
      const isBelow = this.#isValueBelow();
      if (isBelow) {
        this.#endLine();
        if (this.#column <= column) throw new NotPlain();
      }
      const value = this.#at;
      places?.set(String(list.length), { key: value, value });
      list.push(isBelow || this.#isDash() || this.#isKey() ? this.#block() : this.#lineValue(column));
      if (this.#column > column) throw new NotPlain();
      // What follows at the same column without a dash belongs to a map at that column, or is wrong.
      if (this.#column < column || !this.#isDash()) return list;
    }
  }

  /** A value on the rest of the line; in flow style it may go on over lines that are indented more than `column`. */
  #lineValue(column: number): unknown {
    let value: unknown;
    if (this.#isOneOf("{[")) value = this.#flow(column);
    else if (this.#isOneOf("\"'")) value = this.#quoted();
    else {
      const line = this.#match(LINE)![0];
      const comment = line.indexOf(" #");
      value = this.#word(comment === -1 ? line : line.slice(0, comment));
    }
    this.#endLine();
    return value;
  }

  /** @param column  every further line is indented more. */
  #flow(column: number): unknown {
    if (this.#depth++ > NESTING) throw new NotPlain();
    const value = this.#text[this.#at] === "{" ? this.#flowMap(column) : this.#flowList(column);
    this.#depth--;
    return value;
  }

  #flowMap(column: number): Record<string, unknown> {
    const map: Record<string, unknown> = {};
    const places = this.#placesIn(map);
    this.#beginEntry(column);
    while (this.#text[this.#at] !== "}") {
      const from = this.#at;
      const key = this.#key(FLOW_KEY, FLOW_COLON_AFTER_QUOTES);
      if (key === undefined || Object.hasOwn(map, key)) throw new NotPlain();
      this.#skipInFlow(column);
      places?.set(key, { key: from, value: this.#at });
      map[key] = this.#flowValue(column);
      this.#endEntry(column, "}");
    }
    this.#at++;
    return map;
  }

  #flowList(column: number): unknown[] {
    const list: unknown[] = [];
    const places = this.#placesIn(list);
    this.#beginEntry(column);
    while (this.#text[this.#at] !== "]") {
      const value = this.#at;
      places?.set(String(list.length), { key: value, value });
      list.push(this.#flowValue(column));
      this.#endEntry(column, "]");
    }
    this.#at++;
    return list;
  }

  #flowValue(column: number): unknown {
    if (this.#isOneOf("{[")) return this.#flow(column);
    if (this.#isOneOf("\"'")) return this.#quoted();
    return this.#word(this.#match(FLOW_WORD)![0]);
  }

  /** Past a bracket or comma. */
  #beginEntry(column: number): void {
    this.#at++;
    this.#skipInFlow(column);
  }

  #endEntry(column: number, closing: "}" | "]"): void {
    this.#skipInFlow(column);
    if (this.#text[this.#at] === ",") this.#beginEntry(column);
    else if (this.#text[this.#at] !== closing) throw new NotPlain();
  }

  #skipInFlow(column: number): void {
    this.#match(SPACES);
    while (this.#match(LINE_END) !== null) {
      this.#lineStart = this.#at;
      this.#match(SPACES);
      if (this.#at - this.#lineStart <= column && !this.#isOneOf("\r\n")) throw new NotPlain();
    }
  }

  /** Past its colon. Undefined where there is none, or one that is no text. */
  #key(plain: RegExp, colonAfterQuotes: RegExp): string | undefined {
    const from = this.#at;
    let key: unknown;
    if (this.#isOneOf("\"'")) {
      key = this.#quoted();
      if (this.#match(colonAfterQuotes) === null) return undefined;
    } else key = wordValue(this.#match(plain)?.[1] ?? "");
    if (this.#at - from > KEY_CHARACTERS || typeof key !== "string" || NO_KEYS.has(key)) return undefined;
    return key;
  }

  #quoted(): string {
    const double = this.#text[this.#at] === '"';
    const inner = this.#match(double ? DOUBLE_QUOTED : SINGLE_QUOTED)?.[1];
    const text = inner === undefined || !double ? inner : doubleQuotedText(inner);
    if (text === undefined) throw new NotPlain();
    return double ? text : singleQuotedText(text);
  }

  /** @param written  with spaces behind it. */
  #word(written: string): unknown {
    let end = written.length;
    while (written[end - 1] === " ") end--;
    const word = written.slice(0, end);
    const begins = word !== "" && !BEGINS_NO_WORD.has(word[0]!) && !(word[0] === "-" && (word[1] ?? " ") === " ");
    // A colon with a space behind it is a key's (§7.3.3).
    if (!begins || word.endsWith(":") || word.includes(": ") || word.includes(" #")) throw new NotPlain();
    return wordValue(word);
  }

  #isValueBelow(): boolean {
    return this.#at === this.#text.length || this.#isOneOf("\r\n#");
  }

  #isDash(): boolean {
    return (
      this.#text[this.#at] === "-" &&
      (this.#at + 1 === this.#text.length || " \r\n".includes(this.#text[this.#at + 1]!))
    );
  }

  #isKey(): boolean {
    const from = this.#at;
    const isQuoted = this.#isOneOf("\"'");
    if (isQuoted) this.#quoted();
    const isKey = this.#match(isQuoted ? COLON_AFTER_QUOTES : KEY) !== null;
    this.#at = from;
    return isKey;
  }

  #isOneOf(characters: string): boolean {
    return this.#at < this.#text.length && characters.includes(this.#text[this.#at]!);
  }

  #endLine(): void {
    if (this.#match(REST_OF_LINE) === null) throw new NotPlain();
    this.#skipBlankLines();
  }

  /** From the beginning of a line. */
  #skipBlankLines(): void {
    this.#match(BLANK_LINES);
    this.#lineStart = this.#at;
    this.#match(SPACES);
    this.#match(LAST_COMMENT);
    this.#column = this.#at === this.#text.length ? -1 : this.#at - this.#lineStart;
  }

  #match(pattern: RegExp): RegExpExecArray | null {
    pattern.lastIndex = this.#at;
    const match = pattern.exec(this.#text);
    if (match !== null) this.#at = pattern.lastIndex;
    return match;
  }

  #placesIn(container: object): Map<string, Place> | undefined {
    if (this.#places === undefined) return undefined;
    const places = new Map<string, Place>();
    this.#places.set(container, places);
    return places;
  }
}
