/** What a word of YAML stands for, quoted or not.
 *  plain reader → [plain scalar] → values */
import { parse } from "yaml";

/** Whatever is no text in YAML 1.2's core schema (§10.3.2), and a little more. */
const PERHAPS_NO_TEXT =
  /^(?:[-+]?[0-9]*\.?[0-9]*(?:e[-+]?[0-9]+)?|0o[0-7]+|0x[0-9a-f]+|[-+]?\.(?:inf|nan)|null|true|false|~)$/i;
const NUMBER = /^(?:0|-?[1-9][0-9]{0,14})(?:\.[0-9]{1,20})?$/;
const WORDS: ReadonlyMap<string, boolean | null> = new Map([
  ["true", true],
  ["false", false],
  ["null", null],
]);

/** @param word  without quotes, and without the spaces around it. */
export function wordValue(word: string): unknown {
  if (!PERHAPS_NO_TEXT.test(word)) return word;
  if (NUMBER.test(word)) return Number(word);
  const known = WORDS.get(word);
  return known === undefined ? (parse(word) as unknown) : known;
}

/** @param inner  of double quotes, on one line. @returns undefined for escapes that JSON does not have. */
export function doubleQuotedText(inner: string): string | undefined {
  if (!inner.includes("\\")) return inner;
  try {
    return JSON.parse(`"${inner}"`) as string;
  } catch {
    return undefined;
  }
}

/** @param inner  of single quotes, on one line. */
export function singleQuotedText(inner: string): string {
  return inner.replaceAll("''", "'");
}
